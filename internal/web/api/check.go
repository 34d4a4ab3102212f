// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/api/plain"
	"github.com/lecito/lecito/lawful"
)

type decision = lawful.Decision

// check answers one question.
func (a *API) check(w http.ResponseWriter, r *http.Request) error {
	body, err := slurp(r)
	if err != nil {
		return err
	}
	q, err := question(&plain.Reader{}, body)
	if err != nil {
		return err
	}
	d, err := a.Standing.Check(r.Context(), web.Actor(r.Context()), q)
	if err != nil {
		return err
	}
	answer := plain.Writer{Out: make([]byte, 0, 512), HTML: true}
	if err := answer.Decision(&d); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, err = w.Write(answer.Out)
	return err
}

// question reads a question, the short way where it can.
func question(r *plain.Reader, body []byte) (standing.Question, error) {
	if q, ok := r.Question(body); ok {
		return q, nil
	}
	return parse[standing.Question](body)
}

// reachable counts who may be contacted.
func (a *API) reachable(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "purpose", "channel")
	use := standing.Use{Purpose: q.text("purpose"), Channel: q.text("channel")}
	if err := q.problem(); err != nil {
		return err
	}
	n, err := a.Standing.Reachable(r.Context(), web.Actor(r.Context()), use)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, n)
}

// certificate answers one question with its proof.
func (a *API) certificate(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[standing.Question](r)
	if err != nil {
		return err
	}
	signed, err := a.Standing.Certificate(r.Context(), web.Actor(r.Context()), q)
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/json", "certificate.json", signed)
}

// Bounds of a batch.
const (
	batchBlock = 1000     // questions answered from one snapshot
	batchLine  = 64 << 10 // most bytes of a line
	batchPiece = 64 << 10 // of answers that the caller has to take in one go
)

// line is an answer of a batch.
type line struct {
	*lawful.Decision
	Problem *web.Failure `json:"problem,omitempty"`
}

// batch answers questions as they come: a block is answered when it is full,
// or when the caller waits.
func (a *API) batch(w http.ResponseWriter, r *http.Request) error {
	in := bufio.NewReaderSize(r.Body, batchLine)
	w.Header().Set("Content-Type", ndjson)
	flush := http.NewResponseController(w)
	b := a.takeBlock()
	defer a.giveBack(b)
	for {
		end := b.read(in)
		if len(b.lines) > 0 {
			if err := a.answerBlock(r.Context(), b); err != nil {
				return err
			}
			for piece := range slices.Chunk(b.Out, batchPiece) {
				if _, err := w.Write(piece); err != nil {
					return fmt.Errorf("send answers: %w", err)
				}
			}
			if err := flush.Flush(); err != nil {
				return fmt.Errorf("send answers: %w", err)
			}
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return readError(end)
		}
	}
}

// block is what is read and answered at once.
type block struct {
	plain.Reader
	plain.Writer

	lines     []error // what is wrong with each line; nil: it is the next question
	questions []standing.Question
	answers   []standing.Answer
}

// mostKept is how many bytes of answers a block may have room for to be used again.
const mostKept = 1 << 20

// takeBlock gives a block that another batch had: filling new ones would cost
// the garbage collector more than answering does.
func (a *API) takeBlock() *block {
	if b, ok := a.blocks.Get().(*block); ok {
		return b
	}
	return &block{Reader: plain.Lines()}
}

// giveBack lets others have a block. Nothing that was asked stays in it.
func (a *API) giveBack(b *block) {
	if cap(b.Out) > mostKept {
		return
	}
	clear(b.lines[:cap(b.lines)])
	clear(b.questions[:cap(b.questions)])
	clear(b.answers[:cap(b.answers)])
	clear(b.Out[:cap(b.Out)])
	b.Forget()
	a.blocks.Put(b)
}

// readLine reads a line of a batch, which stands until the next is read. wrong says
// that it is too long. err is why there is no more: with a line, that it was the
// last; without one, the end or what broke.
func readLine(in *bufio.Reader) (raw []byte, wrong, err error) {
	raw, err = in.ReadSlice('\n')
	for errors.Is(err, bufio.ErrBufferFull) {
		wrong = problem.Newf(problem.TooLarge, "line_too_long", "A line is longer than %d bytes.", batchLine)
		_, err = in.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	return raw, wrong, err
}

// read reads lines until there are enough, or no more have arrived.
func (b *block) read(in *bufio.Reader) error {
	b.lines, b.questions = b.lines[:0], b.questions[:0]
	for {
		raw, wrong, err := readLine(in)
		if err != nil && len(raw) == 0 {
			return err
		}
		var q standing.Question
		if wrong == nil {
			q, wrong = question(&b.Reader, bytes.TrimRight(raw, "\r\n"))
		}
		b.lines = append(b.lines, wrong)
		if wrong == nil {
			b.questions = append(b.questions, q)
		}
		if err != nil || len(b.lines) == batchBlock || in.Buffered() == 0 {
			return err
		}
	}
}

// answerBlock writes one line for each line read.
func (a *API) answerBlock(ctx context.Context, b *block) error {
	b.answers = slices.Grow(b.answers[:0], len(b.questions))[:len(b.questions)]
	failed := a.Standing.CheckInto(ctx, web.Actor(ctx), b.questions, b.answers)
	b.Out = b.Out[:0]
	next := 0
	for _, wrong := range b.lines {
		var answer *standing.Answer
		if wrong == nil {
			answer = &b.answers[next]
			wrong = cmp.Or(failed, answer.Err)
			next++
		}
		var err error
		if wrong != nil {
			f := web.Explain(ctx, wrong)
			err = b.Long(line{Problem: &f})
		} else {
			err = b.Writer.Decision(&answer.Decision)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
