// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/lawful"
)

// headersRequest is a message that is about to be sent.
type headersRequest struct {
	Subject choice.Subject `json:"subject"`           // one identifier: the address it goes to
	Source  string         `json:"source,omitempty"`  // whose number subject.id is
	Purpose string         `json:"purpose"`           // that it is sent for
	Channel string         `json:"channel,omitempty"` // email, which is the default
	Message string         `json:"message,omitempty"` // its id with who sends it; stands in the evidence
}

// headersAnswer are the headers to add to it.
type headersAnswer struct {
	Subject string       `json:"subject"`
	Stops   string       `json:"stops"` // channel: all marketing on it; purpose: this one alone
	Headers link.Headers `json:"headers"`
}

// headersLine is an answer of a batch.
type headersLine struct {
	*headersAnswer
	Problem *web.Failure `json:"problem,omitempty"`
}

// unsubscribeHeaders makes the headers of one message.
func (a *API) unsubscribeHeaders(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[headersRequest](r)
	if err != nil {
		return err
	}
	made, err := a.headersOf(r.Context(), []headersRequest{req})
	if err == nil {
		err = made[0].err
	}
	if err != nil {
		return err
	}
	return reply(w, http.StatusCreated, made[0].headersAnswer)
}

// headersBatch makes those of many, as they come: a block is answered when it is
// full, or when the caller waits.
func (a *API) headersBatch(w http.ResponseWriter, r *http.Request) error {
	in := bufio.NewReaderSize(r.Body, batchLine)
	w.Header().Set("Content-Type", ndjson)
	out := bufio.NewWriterSize(w, batchPiece)
	flush := http.NewResponseController(w)
	for {
		lines, end := readLines(in)
		if err := a.answerLines(r.Context(), out, lines); err != nil {
			return err
		}
		if err := cmp.Or(out.Flush(), flush.Flush()); err != nil {
			return fmt.Errorf("send answers: %w", err)
		}
		if errors.Is(end, io.EOF) {
			return nil
		}
		if end != nil {
			return readError(end)
		}
	}
}

// headersAsked is a line of a batch, read.
type headersAsked struct {
	request headersRequest
	err     error
}

// readLines reads lines until there are enough, or no more have arrived.
func readLines(in *bufio.Reader) (lines []headersAsked, err error) {
	for {
		raw, wrong, err := readLine(in)
		if err != nil && len(raw) == 0 {
			return lines, err
		}
		line := headersAsked{err: wrong}
		if wrong == nil {
			line.request, line.err = parse[headersRequest](bytes.TrimRight(raw, "\r\n"))
		}
		lines = append(lines, line)
		if err != nil || len(lines) == batchBlock || in.Buffered() == 0 {
			return lines, err
		}
	}
}

// answerLines writes one line for each line read.
func (a *API) answerLines(ctx context.Context, w io.Writer, lines []headersAsked) error {
	var asked []headersRequest
	for _, l := range lines {
		if l.err == nil {
			asked = append(asked, l.request)
		}
	}
	made, failed := a.headersOf(ctx, asked)
	encode := json.NewEncoder(w)
	encode.SetEscapeHTML(false)
	next := 0
	for _, l := range lines {
		err := l.err
		var line headersLine
		if err == nil && failed == nil {
			line.headersAnswer, err = made[next].headersAnswer, made[next].err
			next++
		}
		if err = cmp.Or(err, failed); err != nil {
			f := web.Explain(ctx, err)
			line = headersLine{Problem: &f}
		}
		if err := encode.Encode(line); err != nil {
			return fmt.Errorf("send answers: %w", err)
		}
	}
	return nil
}

// headersMade is the answer to one request, or what is wrong with it.
type headersMade struct {
	*headersAnswer
	err error
}

// headersOf answers many requests from one look at the store.
func (a *API) headersOf(ctx context.Context, asked []headersRequest) ([]headersMade, error) {
	org := web.Actor(ctx).Org
	made := make([]headersMade, len(asked))
	err := a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		on, err := a.Register.Catalogue(ctx, tx, org)
		if err != nil {
			return err
		}
		ids := make([]lawful.Identifier, len(asked))
		var known []lawful.Identifier
		for i, req := range asked {
			if ids[i], made[i].err = oneOf(on, req.Subject, req.Source); made[i].err == nil {
				known = append(known, ids[i])
			}
		}
		matches, err := a.Subjects.Holders(ctx, tx, org, known)
		if err != nil {
			return err
		}
		for i, req := range asked {
			if made[i].err != nil {
				continue
			}
			to, err := held(org, matches, ids[i])
			if err != nil {
				made[i].err = err
				continue
			}
			of := link.Stop{Channel: cmp.Or(req.Channel, lawful.ChannelEmail), Purpose: req.Purpose, Message: req.Message}
			answer := headersAnswer{Subject: to.Subject}
			answer.Headers, answer.Stops, made[i].err = a.Links.Headers(ctx, tx, on, to, of)
			made[i].headersAnswer = &answer
		}
		return nil
	})
	return made, err
}
