// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/lawful"
)

func (memory) Close() {}

// memory answers from a map: what a list costs beside its decisions.
type memory map[string]answer

func (m memory) Answer(_ context.Context, names [][]byte, out []answer) error {
	for i, name := range names {
		a, ok := m[string(name)]
		if !ok {
			a.Reason = lawful.ReasonUnknownSubject
		}
		out[i] = a
	}
	return nil
}

// yes is a memory of people who said yes: half of those who are in a list.
func yes(people int) memory {
	m := memory{}
	for i := 0; i < people; i += 2 {
		m[fmt.Sprintf("person.%07d@example.it", i)] = answer{Permitted: true, Reason: lawful.ReasonConsentGiven}
	}
	return m
}

// cleared puts a list through the stages.
func cleared(ctx context.Context, a asker, list io.Reader, out Outputs) (*clearing, error) {
	c := &clearing{
		options: ClearOptions{Purpose: "newsletter", Channel: "email", Language: "en"}, asks: func(string) (asker, time.Time) { return a, time.Time{} }, country: "IT", actor: access.Actor{},
		progress: func(Progress) {}, result: ClearResult{Reasons: map[string]int64{}, ValidUntil: time.Unix(1e9, 0)},
	}
	if err := c.open(list, out); err != nil {
		return c, err
	}
	if err := c.run(ctx); err != nil {
		return c, err
	}
	return c, c.end(list)
}

// plainList makes rows of about 80 bytes as they are read.
type plainList struct {
	rows, people, at int
	text             []byte
}

func (p *plainList) Read(b []byte) (int, error) {
	const row, digits = "0000000,Person.0000000@Example.it,Francesca,Reggio Emilia,2026-03-12,10.50,x\n", len("0000000,Person.")
	if p.at == 0 {
		p.text = append(p.text, "customer,email,first name,city,last order,amount,note\n"...)
	}
	for len(p.text) < len(b) && p.at < p.rows {
		p.text = append(p.text, row...)
		number := p.text[len(p.text)-len(row)+digits:][:7]
		for i, n := len(number)-1, p.at*7919%p.people; n > 0; i, n = i-1, n/10 {
			number[i] = byte('0' + n%10)
		}
		p.at++
	}
	if len(p.text) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.text)
	p.text = append(p.text[:0], p.text[n:]...)
	return n, nil
}

func (*failing) Close() {}

// failing answers so many blocks, and then fails.
type failing struct {
	memory
	blocks int
	err    error
}

func (f *failing) Answer(ctx context.Context, names [][]byte, out []answer) error {
	if f.blocks--; f.blocks < 0 {
		return f.err
	}
	return f.memory.Answer(ctx, names, out)
}

// slowly takes what is written, and fails or gives up in the end.
type slowly struct {
	left int
	end  func() error
}

func (s *slowly) Write(b []byte) (int, error) {
	if s.left -= len(b); s.left < 0 {
		if err := s.end(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// TestWhatGoesWrongEndsEveryStage breaks each stage, and has the caller give up:
// the run says what it was, in the order of the rows, and leaves nothing running.
func TestWhatGoesWrongEndsEveryStage(t *testing.T) {
	broken := errors.New("the line broke")
	people := yes(1000)
	long := func() io.Reader { return &plainList{rows: 50_000, people: 1000} }
	before := runtime.NumGoroutine()
	for name, run := range map[string]func(ctx context.Context, stop func()) (*clearing, error){
		"read": func(ctx context.Context, _ func()) (*clearing, error) {
			return cleared(ctx, people, io.MultiReader(long(), iotest.ErrReader(broken)), Outputs{})
		},
		"decide": func(ctx context.Context, _ func()) (*clearing, error) {
			return cleared(ctx, &failing{people, 3, broken}, long(), Outputs{})
		},
		"write": func(ctx context.Context, _ func()) (*clearing, error) {
			return cleared(ctx, people, long(), Outputs{Permitted: &slowly{1 << 20, func() error { return broken }}})
		},
		"caller": func(ctx context.Context, stop func()) (*clearing, error) {
			return cleared(ctx, people, long(), Outputs{Permitted: &slowly{1 << 20, func() error { stop(); return nil }}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancelCause(t.Context())
			c, err := run(ctx, func() { stop(broken) })
			if !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if n := c.result.Rows; n < 200 || name == "decide" && n > 200+2*batchRows {
				t.Errorf("%d rows were written before", n)
			}
		})
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func (panicking) Close() {}

// panicking quotes a row.
type panicking struct{}

func (panicking) Answer(_ context.Context, names [][]byte, _ []answer) error { panic(string(names[0])) }

// TestAPanicIsAnErrorAndQuotesNobody: a stage is not on the caller's goroutine,
// which alone survives one.
func TestAPanicIsAnErrorAndQuotesNobody(t *testing.T) {
	c, err := cleared(t.Context(), panicking{}, &plainList{rows: 10_000, people: 1000}, Outputs{})
	if err == nil || !strings.Contains(err.Error(), "Answer") || strings.Contains(err.Error(), "person.0") || c.result.Rows > 0 {
		t.Errorf("%d rows, %v", c.result.Rows, err)
	}
}

// TestMemoryDoesNotGrowWithTheList: what a long list takes at its peak is what a
// tenth of it takes, and little.
func TestMemoryDoesNotGrowWithTheList(t *testing.T) {
	people := yes(1000)
	peak := func(rows int) (peak uint64) {
		_, err := cleared(t.Context(), people, &plainList{rows: rows, people: 1000}, Outputs{
			Permitted: io.Discard, Rejected: io.Discard, Suppress: io.Discard,
			Progress: func(p Progress) {
				var m runtime.MemStats
				if p.Rows%(10*batchRows) < batchRows {
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapInuse+m.StackInuse)
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return peak
	}
	short, long := peak(100_000), peak(1_000_000)
	t.Logf("%d KiB for 100 000 rows, %d KiB for 1 000 000", short>>10, long>>10)
	if long > 64<<20 || long > short+16<<20 {
		t.Errorf("%d KiB for 100 000 rows, %d KiB for 1 000 000", short>>10, long>>10)
	}
}

func BenchmarkClear(b *testing.B) {
	a := yes(40_000)
	for name, out := range map[string]Outputs{"permitted": {}, "all": {Rejected: io.Discard, Suppress: io.Discard}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				c, err := cleared(b.Context(), a, &plainList{rows: 500_000, people: 40_000}, out)
				if err != nil || c.result.Permitted == 0 || c.result.Permitted == c.result.Rows {
					b.Fatal(err, c.result)
				}
				rows += int(c.result.Rows)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rows), "ns/row")
		})
	}
}
