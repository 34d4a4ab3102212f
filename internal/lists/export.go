// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
)

// An export is the list of everybody who may be contacted now, with a clearance
// that says so: nothing went in, and what came out is what is on record.
//
//	name   lists the subjects, without those of whom memory knows
//	       that nothing is permitted                        (a goroutine)
//	open   reads the addresses of some subjects, in a row
//	       where they stand close together, and opens them,
//	       several at once                                  (goroutines)
//	write  asks about the addresses, in order, and writes
//	       each that is permitted, once                     (the caller)
//
// The answers are as of the instant it began, as a list's are. An address is asked
// about after it was opened: of who is erased meanwhile nothing is written.

// How many subjects are listed at once, and from how many on they are opened.
const (
	namedAtOnce  = 4000
	openedAtOnce = 500
)

// opened is some addresses on their way; done is closed when they are there.
type opened struct {
	subjects  []string
	among     int // how many stand from the first of them to the last
	addresses [][]byte
	err       error
	done      chan struct{}
}

// Export writes the addresses that may be contacted now, one a row, to the
// output for permitted rows, and gives the clearance of that list. It is for who
// may see everybody; one runs at a time in an organisation.
func (s *Service) Export(ctx context.Context, actor access.Actor, o ClearOptions, out Outputs) (ClearResult, error) {
	if err := actor.Require(access.ScopeSubjects); err != nil {
		return ClearResult{}, err
	}
	if o.At != nil || o.KnownAt != nil || o.Source != "" {
		return ClearResult{}, problem.New(problem.Invalid, "invalid_question", "An export is of addresses, and of who may be contacted now.")
	}
	c, err := s.ask(ctx, actor, o, false)
	if err != nil {
		return ClearResult{}, err
	}
	release, free := s.alone(running{org: actor.Org})
	if !free {
		return ClearResult{}, problem.New(problem.Conflict, "export_running", "Addresses are being exported at this moment. Wait for that export to end.")
	}
	defer release()
	if err := s.Standing.Prepare(ctx, actor.Org, math.MaxInt64); err != nil { // everybody is asked about
		return ClearResult{}, err
	}
	if err := c.openExport(out); err != nil {
		return ClearResult{}, err
	}
	defer c.asker.Close()
	if err := s.export(ctx, c); err != nil {
		return ClearResult{}, err
	}
	c.result.Rows = c.result.Permitted
	if err := c.end(http.NoBody); err != nil {
		return ClearResult{}, err
	}
	return s.sign(ctx, actor, c)
}

// openExport finds what kind of address is asked for, and begins the output.
func (c *clearing) openExport(out Outputs) error {
	kinds := reached(c.options.Channel)
	if c.options.Column != "" {
		kinds = slices.DeleteFunc(kinds, func(kind string) bool { return kind != c.options.Column })
	}
	if len(kinds) != 1 {
		return problem.New(problem.Invalid, "no_such_addresses",
			"An export holds e-mail addresses, phone numbers or devices. Name a channel that is reached by them and, where it is by more than one, which: email, phone or device.").
			At(problem.Place{Field: "column", Detail: "the channel is reached by " + strings.Join(reached(c.options.Channel), ", ")})
	}
	if err := random(c.salt[:]); err != nil {
		return err
	}
	c.in, c.out = newMeter(c.salt[:]), newMeter(c.salt[:])
	c.column = column{name: kinds[0], kind: kinds[0]}
	c.result.Column = c.column.name
	if out.Progress != nil {
		c.progress = out.Progress
	}
	to := io.Writer(c.out)
	if out.Permitted != nil {
		to = io.MultiWriter(c.out, out.Permitted)
	}
	var err error
	if c.permitted, err = sheet.Create(to, sheet.CSV, []string{c.column.name}); err != nil {
		return err
	}
	c.asker, c.result.At = c.asks(c.column.kind)
	c.result.KnownAt = c.result.At
	return nil
}

// export takes the addresses through the stages.
func (s *Service) export(ctx context.Context, c *clearing) error {
	inner, stop := context.WithCancel(ctx)
	order := make(chan *opened, runtime.GOMAXPROCS(0))
	var stages sync.WaitGroup
	defer stages.Wait()
	defer stop()
	var failed error
	stages.Go(func() {
		defer close(order)
		defer survive(&failed)
		failed = s.name(inner, c, func(b *opened) bool {
			select {
			case order <- b: // waits while as many are on their way
			case <-inner.Done():
				return false
			}
			stages.Go(func() { s.open(inner, c, b) })
			return true
		})
	})
	seen := map[[16]byte]struct{}{}
	var answers []answer
	for b := range order {
		<-b.done
		if b.err != nil {
			return b.err
		}
		answers = slices.Grow(answers[:0], len(b.addresses))[:len(b.addresses)]
		if err := c.asker.Answer(ctx, b.addresses, answers); err != nil {
			return err
		}
		if err := c.contact(b.addresses, answers, seen); err != nil {
			return err
		}
		c.progress(Progress{Phase: PhaseExporting, Rows: c.result.Permitted})
	}
	return failed // order is closed after it is set
}

// name gives the subjects to be opened, some at a time, until it is told to stop.
func (s *Service) name(ctx context.Context, c *clearing, give func(b *opened) bool) error {
	may := func(subjects []string) []string { return subjects }
	if r, ok := c.asker.(*remembered); ok {
		may = r.run.May
	}
	next := &opened{done: make(chan struct{})}
	for after, more := "", true; more; {
		subjects, err := s.Standing.After(ctx, c.actor, after, namedAtOnce)
		if err != nil {
			return err
		}
		if more = len(subjects) == namedAtOnce; len(subjects) > 0 {
			after = subjects[len(subjects)-1]
		}
		for some := range slices.Chunk(subjects, openedAtOnce) {
			next.subjects, next.among = append(next.subjects, may(some)...), next.among+len(some)
			if len(next.subjects) < openedAtOnce {
				continue
			}
			if !give(next) {
				return fmt.Errorf("export addresses: %w", context.Cause(ctx))
			}
			next = &opened{done: make(chan struct{})}
		}
	}
	if len(next.subjects) > 0 && !give(next) {
		return fmt.Errorf("export addresses: %w", context.Cause(ctx))
	}
	return nil
}

func (s *Service) open(ctx context.Context, c *clearing, b *opened) {
	defer close(b.done)
	defer survive(&b.err)
	b.addresses, b.err = s.Standing.Addresses(ctx, c.actor, b.subjects, b.among, c.column.kind)
}

// contact writes the addresses that are permitted and were not written before:
// several people may have one.
func (c *clearing) contact(addresses [][]byte, answers []answer, seen map[[16]byte]struct{}) error {
	var salted []byte
	for i := range answers {
		a := &answers[i]
		if a.Err != nil {
			return a.Err
		}
		if !a.Permitted {
			continue
		}
		salted = append(append(salted[:0], c.salt[:]...), addresses[i]...)
		sum := sha256.Sum256(salted)
		key := [16]byte(sum[:])
		if _, again := seen[key]; again {
			continue
		}
		seen[key] = struct{}{}
		c.reasons.count(a.Reason)
		c.permit(a)
		if err := c.permitted.Cells([]string{string(addresses[i])}); err != nil {
			return err
		}
	}
	return nil
}
