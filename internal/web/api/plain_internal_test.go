// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/api/plain"
	"github.com/lecito/lecito/lawful"
)

// These tests hold the short way of reading questions and writing answers to the
// long one. They are in the package because neither way has a door of its own.

func FuzzPlainQuestion(f *testing.F) {
	for _, seed := range []string{
		`{"subject":{"email":"anna@posta.example"},"purpose":"p","channel":"email"}`, ` { "subject" : { "phone" : "+39" , "id":"7" } , "source":"crm" , "language":"de" } `,
		`{"subject":{"email":"a"},"subject":{"email":"b"}}`, `{"subject":{"email":"a","email":"a"}}`, `{"subject":{"email":"a"},"subject":{"phone":"b"}}`,
		`{"purpose":"","purpose":"p"}`, `{"purpose":"p","purpose":""}`, `{"Purpose":"p"}`, `{"subject":null}`, `{"subject":{}}`, `{}`, `{"purpose":"\u0070"}`, `{"purpose":"é"}`,
		`{"purpose":"p",}`, `{"purpose":"p"}}`, `{"purpose":"p"} x`, `{"purpose":"p"`, `{"purpose":1}`, `{"purpose":"p" "channel":"c"}`, "{\"purpose\":\"a\tb\"}", `{"device":"d"}`,
		`{"purpose":"p","explain":true,"at":"2026-11-21T10:00:00Z","data":["x"]}`, "", "{\"purpose\":\"p\"}\n\n", "\ufeff{\"purpose\":\"p\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(readAlike)
}

func readAlike(t *testing.T, body []byte) {
	got, ok := (&plain.Reader{}).Question(body)
	if !ok {
		return
	}
	if want, err := parse[standing.Question](body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q is read as %+v, and the long way as %+v, %v", body, got, want, err)
	}
}

// TestQuestionsPutTogetherAreReadAlike draws what a fuzzer seldom finds.
func TestQuestionsPutTogetherAreReadAlike(t *testing.T) {
	parts := []string{
		`{`, `}`, `,`, `:`, `"subject"`, `"email"`, `"phone"`, `"source"`, `"purpose"`, `"channel"`, `""`, `"x"`, ` `, "\n", `"subject":{"email":"a@b.c"}`,
		`"purpose":"p"`, `"channel":"email"`, `"purpose":"p","channel":"email"`, `,"language":"it"`, `"subject":{"id":"7"},"source":"crm"`, `{"subject":{"device":"d"},`,
	}
	r, short := rand.New(rand.NewPCG(5, 6)), 0
	for range 200_000 {
		var b bytes.Buffer
		b.WriteString("{")
		for range r.IntN(5) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		b.WriteString("}")
		if _, ok := (&plain.Reader{}).Question(b.Bytes()); ok {
			short++
		}
		readAlike(t, b.Bytes())
	}
	if short < 1000 {
		t.Errorf("only %d questions were plain", short)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(true, "consent_given", "On 12 April “checkout” – é", "consent", "consent.given", int64(1_790_000_000_123_456_789))
	f.Add(false, "a\"b\\c", "<&>\u2028\u2029\x00\x7f\xff\n", "", "", int64(0))
	f.Add(false, "\u2027", "\ufffd\xe2\x80", "\t", "\ue000", int64(-1))
	f.Fuzz(func(t *testing.T, permitted bool, reason, explanation, basis, rule string, at int64) {
		d := lawful.Decision{Permitted: permitted, Reason: lawful.Reason(reason), Explanation: explanation, Basis: basis, Rule: rule, AsOf: time.Unix(0, at).UTC()}
		writtenAlike(t, d)
		until := d.AsOf
		d.Until, d.Also = &until, []lawful.Reason{d.Reason}
		writtenAlike(t, d)
	})
}

func writtenAlike(t *testing.T, d lawful.Decision) {
	t.Helper()
	for _, html := range []bool{false, true} {
		var want bytes.Buffer
		e := json.NewEncoder(&want)
		e.SetEscapeHTML(html)
		if err := errors.Join(e.Encode(line{Decision: &d}), e.Encode(line{Decision: &d})); err != nil {
			t.Fatal(err)
		}
		a := plain.Writer{HTML: html}
		if err := errors.Join(a.Decision(&d), a.Decision(&d)); err != nil || string(a.Out) != want.String() {
			t.Errorf("html %v: got %q, %v, want %q", html, a.Out, err, want.String())
		}
	}
}

// TestNothingAskedStaysInABlock: a block is used again, and may wait long for it.
func TestNothingAskedStaysInABlock(t *testing.T) {
	a, b := &API{}, (&API{}).takeBlock()
	in := bufio.NewReader(strings.NewReader(`{"subject":{"email":"anna@posta.example"},"purpose":"secret","channel":"email"}` + "\nwrong\n"))
	if err := b.read(in); err != nil && !errors.Is(err, io.EOF) || len(b.questions) != 1 || len(b.lines) != 2 {
		t.Fatalf("read %d questions of %d lines, %v", len(b.questions), len(b.lines), err)
	}
	b.answers = append(b.answers, standing.Answer{Decision: lawful.Decision{Explanation: "secret"}})
	if err := b.Writer.Decision(&b.answers[0].Decision); err != nil {
		t.Fatal(err)
	}
	b.Out = b.Out[:0]
	a.giveBack(b)
	got := block{Reader: b.Reader, lines: b.lines[:cap(b.lines)], questions: b.questions[:cap(b.questions)], answers: b.answers[:cap(b.answers)]}
	left := fmt.Sprintf("%+v", got)
	if strings.Contains(left, "anna") || strings.Contains(left, "secret") || strings.Contains(left, "read") || len(bytes.Trim(b.Out[:cap(b.Out)], "\x00")) > 0 {
		t.Errorf("left behind: %s, %q", left, b.Out[:cap(b.Out)])
	}
}
