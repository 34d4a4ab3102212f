// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

type decision = lawful.Decision

// check answers one question.
func (a *API) check(w http.ResponseWriter, r *http.Request) error {
	q, err := decode[standing.Question](r)
	if err != nil {
		return err
	}
	d, err := a.Standing.Check(r.Context(), web.Actor(r.Context()), q)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, d)
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
)

// line is one answer of a batch.
type line struct {
	*lawful.Decision
	Problem *web.Failure `json:"problem,omitempty"`
}

// batch answers questions as they come: a block is answered when it is full,
// or when the caller waits.
func (a *API) batch(w http.ResponseWriter, r *http.Request) error {
	in := bufio.NewReaderSize(r.Body, batchLine)
	w.Header().Set("Content-Type", ndjson)
	out := bufio.NewWriter(w)
	flush := http.NewResponseController(w)
	for {
		lines, end := readBlock(in)
		if len(lines) > 0 {
			if err := a.answerBlock(r.Context(), out, lines); err != nil {
				return err
			}
			if err := errors.Join(out.Flush(), flush.Flush()); err != nil {
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

// asked is a line read: a question, or what is wrong with it.
type asked struct {
	question standing.Question
	err      error
}

// readBlock reads lines until there are enough, or no more have arrived.
func readBlock(in *bufio.Reader) ([]asked, error) {
	var lines []asked
	for {
		raw, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && (len(raw) == 0 || !errors.Is(err, io.EOF)) {
			return lines, err
		}
		var q asked
		if long {
			q.err = problem.Newf(problem.TooLarge, "line_too_long", "A line is longer than %d bytes.", batchLine)
		} else {
			q.question, q.err = parse[standing.Question](bytes.TrimRight(raw, "\r\n"))
		}
		lines = append(lines, q)
		if err != nil || len(lines) == batchBlock || in.Buffered() == 0 {
			return lines, err
		}
	}
}

// answerBlock writes one line for each line read.
func (a *API) answerBlock(ctx context.Context, out io.Writer, lines []asked) error {
	var questions []standing.Question
	for _, l := range lines {
		if l.err == nil {
			questions = append(questions, l.question)
		}
	}
	answers, failed := a.Standing.CheckMany(ctx, web.Actor(ctx), questions)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	for _, l := range lines {
		var answer standing.Answer
		switch {
		case l.err != nil:
			answer.Err = l.err
		case failed != nil:
			answer.Err = failed
		default:
			answer, answers = answers[0], answers[1:]
		}
		one := line{Decision: &answer.Decision}
		if answer.Err != nil {
			f := web.Explain(ctx, answer.Err)
			one = line{Problem: &f}
		}
		if err := encode.Encode(one); err != nil {
			return err
		}
	}
	return nil
}
