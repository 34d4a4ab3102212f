// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/clock"
)

// call is what is known of the call being served. It is the serving goroutine's.
type call struct {
	id    string // reference: of the answer, the log and every error
	began time.Time
	route string // pattern
	actor access.Actor
	quiet bool
	from  string // network it comes from
	log   *slog.Logger
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// Actor is who makes the call. On a public route it is nobody.
func Actor(ctx context.Context) access.Actor { return callOf(ctx).actor }

// Network is where the call comes from: an IPv4 address or an IPv6 /64; "" from
// this machine. It is for counting, and is kept nowhere.
func Network(ctx context.Context) string { return callOf(ctx).from }

type localKey struct{}

// WithLocal marks a connection as that of who holds the data folder. org is the
// organisation taken where the call names none; "" takes the only one there is.
func WithLocal(ctx context.Context, org string) context.Context {
	return context.WithValue(ctx, localKey{}, &org)
}

func newReference() string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return id.String()
}

// response remembers what was answered.
type response struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *response) WriteHeader(status int) {
	if status >= http.StatusOK {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *response) Write(b []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// begin notes that the answer is on its way: from here the caller must take it in time.
func (w *response) begin(status int) {
	if w.status == 0 {
		w.status = status
		_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(clock.System{}.Now().Add(writeTime))
	}
}

// Unwrap lets http.ResponseController through.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begun says whether an answer is on its way already.
func begun(w http.ResponseWriter) bool {
	for {
		switch v := w.(type) {
		case *response:
			return v.status != 0
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return false
		}
	}
}

// discard takes an answer nobody sees.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }

// SendFile answers with a file, to be saved under the name where there is one.
func SendFile(w http.ResponseWriter, media, name string, file []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(file)))
	if name != "" {
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	}
	_, err := w.Write(file) // never HTML, and browsers are told not to guess
	return err
}

// recover turns a panic into an answer with a reference.
func (s *Server) recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(v)
	}
	s.config.Log.Error("panic while serving", "reference", callOf(r.Context()).id, "route", callOf(r.Context()).route, "stack", string(debug.Stack()))
	if begun(w) {
		panic(http.ErrAbortHandler)
	}
	s.answer(w, r, Explain(r.Context(), errPanic))
}
