// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

// How a list is cleared: three stages work on it at once, each on a batch of a
// few thousand rows of its own.
//
//	read     takes the bytes in, hashes them, finds the rows and makes the
//	         identifier of each comparable                    (a goroutine)
//	decide   asks about all identifiers of a batch at once    (a goroutine)
//	write    counts the answers, writes each row where it
//	         belongs, and hashes what is permitted            (the caller)
//
// A batch goes from one to the next and, emptied, back to the first. There are
// batches of them and no more, so memory does not grow with the list, and the
// rows stay in order. What goes wrong travels with the batch it befell: all rows
// before it are written first, as if there were one stage. After that, or when
// the caller gives up, the stages empty their queues and end; a run waits for
// them, and so for the read under way.

// batches is how many there are: one for each stage and one to wait.
const batches = 4

// What a batch holds at most, about.
const (
	batchRows  = 4096
	batchBytes = 256 << 10
)

// batch is some rows on their way. Only the stage that has it touches it.
type batch struct {
	rows    sheet.Block
	names   [][]byte       // of the people in the rows that name somebody, in order
	about   []int          // for each row the place among names, from 1; 0: none
	wrong   map[int]string // by row, why it names nobody
	values  []byte         // of the identifiers, one after the other: what names are made of
	ends    []int          // where in values each ends
	answers []answer       // about names
	bytes   int64          // of the list, read by now
	err     error          // what follows the rows: io.EOF after the last
}

// run takes the list through the stages.
func (c *clearing) run(ctx context.Context) error {
	inner, stop := context.WithCancel(ctx)
	free, read, decided := make(chan *batch, batches), make(chan *batch, batches), make(chan *batch, batches)
	for range batches - 1 { // and the sample
		free <- &batch{}
	}
	var stages sync.WaitGroup
	defer stages.Wait()
	defer stop()
	stages.Go(func() {
		defer close(read)
		c.readAll(inner, free, read)
	})
	stages.Go(func() {
		defer close(decided)
		for b := range read {
			c.decide(inner, b)
			decided <- b
		}
	})
	for b := range decided {
		if err := c.write(b); err != nil {
			return err
		}
		if b.err != nil {
			return nil
		}
		free <- b
	}
	return fmt.Errorf("clear a list: %w", context.Cause(ctx))
}

// readAll fills batches until the list or the run ends. The first holds the
// rows that were read to tell what the list is.
func (c *clearing) readAll(ctx context.Context, free <-chan *batch, read chan<- *batch) {
	b := c.sample
	for {
		c.identify(b)
		end := b.err
		read <- b
		if end != nil {
			return
		}
		select {
		case b = <-free:
		case <-ctx.Done():
			return
		}
		if ctx.Err() != nil {
			return
		}
		c.fill(b)
	}
}

// fill reads the next rows.
func (c *clearing) fill(b *batch) {
	defer survive(&b.err)
	b.err = c.sheet.Fill(&b.rows, batchRows, batchBytes)
}

// survive makes of a panic the error of what was worked on: in a goroutine of the run it
// would end the process. What it says may quote a row; where it was does not.
func survive(err *error) {
	if recover() != nil {
		*err = fmt.Errorf("panic while clearing a list:\n%s", debug.Stack())
	}
}

// identify makes the identifiers of a batch comparable.
func (c *clearing) identify(b *batch) {
	defer survive(&b.err)
	b.bytes = c.in.bytes
	b.names, b.about, b.values, b.ends = b.names[:0], b.about[:0], b.values[:0], b.ends[:0]
	clear(b.wrong)
	for i := range b.rows.Len() {
		if b.rows.Bad(i) != nil || !c.name(b, i) {
			b.about = append(b.about, 0)
			continue
		}
		b.ends = append(b.ends, len(b.values))
		b.about = append(b.about, len(b.ends))
	}
	from := 0 // values may have moved while it grew
	for _, end := range b.ends {
		b.names = append(b.names, b.values[from:end])
		from = end
	}
}

// name adds the comparable form of a row's identifier to the values of the
// batch, or says what is wrong with it.
func (c *clearing) name(b *batch, row int) bool {
	cell := b.rows.Cell(row, c.column.index)
	if c.column.kind != lawful.IDPhone { // of phones the column knows more
		var done bool
		if b.values, done = subject.AppendPlain(b.values, c.column.kind, bytes.TrimSpace(cell)); done {
			return true
		}
	}
	value, detail := c.column.value(string(cell)), "is empty"
	if value != "" {
		id, err := subject.Normalise(c.column.kind, value, c.options.Source, c.country)
		if err == nil {
			b.values = append(b.values, id.Value...)
			return true
		}
		detail = detailOf(err)
	}
	if b.wrong == nil {
		b.wrong = map[int]string{}
	}
	b.wrong[row] = detail
	return false
}

// detailOf says what is wrong with an identifier.
func detailOf(err error) string {
	if p := problem.As(err); p != nil && len(p.Places) > 0 {
		return p.Places[0].Detail
	}
	return "can't be read"
}

// decide asks about the people of a batch, unless it can't be read to its end.
func (c *clearing) decide(ctx context.Context, b *batch) {
	defer survive(&b.err)
	if b.err != nil && !errors.Is(b.err, io.EOF) || len(b.names) == 0 {
		return
	}
	b.answers = slices.Grow(b.answers[:0], len(b.names))[:len(b.names)]
	if err := c.asker.Answer(ctx, b.names, b.answers); err != nil {
		b.err = err
	}
}

// write counts the rows of a batch and writes each where it belongs.
func (c *clearing) write(b *batch) error {
	if b.err != nil && !errors.Is(b.err, io.EOF) {
		return b.err
	}
	for i := range b.rows.Len() {
		if err := c.sort(b, i); err != nil {
			return err
		}
	}
	c.progress(Progress{Phase: PhaseClearing, Rows: c.result.Rows, Bytes: b.bytes})
	return nil
}

// sort writes one row where it belongs and counts it under its reason.
func (c *clearing) sort(b *batch, row int) error {
	c.result.Rows++
	at := b.about[row]
	if at == 0 {
		return c.unreadable(b, row, b.wrong[row])
	}
	a := &b.answers[at-1]
	if a.Err != nil {
		if p := problem.As(a.Err); p == nil || len(p.Places) == 0 {
			return a.Err
		}
		return c.unreadable(b, row, detailOf(a.Err))
	}
	c.reasons.count(a.Reason)
	if a.Permitted {
		c.permit(a)
		return c.permitted.KeepOf(&b.rows, row)
	}
	c.result.Rejected++
	if stopped(a) {
		c.result.Suppressed++
		if c.suppress != nil {
			if err := c.suppress.Cells([]string{c.column.value(string(b.rows.Cell(row, c.column.index)))}); err != nil {
				return err
			}
		}
	}
	if c.rejected == nil {
		return nil
	}
	return c.rejected.AddOf(&b.rows, row, string(a.Reason), a.Explanation)
}

// permit counts a row that is permitted: the list is good for as long as all are.
func (c *clearing) permit(a *answer) {
	if !a.Until.IsZero() && a.Until.Before(c.result.ValidUntil) {
		c.result.ValidUntil = a.Until.UTC()
	}
	c.result.Permitted++
}

// unreadable rejects a row about which nothing could be asked.
func (c *clearing) unreadable(b *batch, at int, detail string) error {
	c.result.Rejected++
	c.reasons.count(ReasonUnreadable)
	line, bad := b.rows.Line(at), b.rows.Bad(at)
	if bad != nil {
		c.bad.addBad(bad)
	} else {
		c.bad.add(problem.Place{Field: c.column.name, Line: line, Column: c.column.index + 1, Detail: detail})
	}
	if c.rejected == nil {
		return nil
	}
	explanation := unreadableRow(c.options.Language, line)
	if bad != nil {
		return c.rejected.Add(sheet.Row{Line: line, Cells: make([]string, len(c.sheet.Header))}, ReasonUnreadable, explanation)
	}
	return c.rejected.AddOf(&b.rows, at, ReasonUnreadable, explanation)
}

// tally counts under reasons. There are few in a list, and looking them up in a
// map would cost as much as the rest of a row.
type tally []reasonCount

type reasonCount struct {
	reason lawful.Reason
	rows   int64
}

func (t *tally) count(r lawful.Reason) {
	for i := range *t {
		if (*t)[i].reason == r {
			(*t)[i].rows++
			return
		}
	}
	*t = append(*t, reasonCount{r, 1})
}
