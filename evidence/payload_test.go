// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
)

func samplePayload() evidence.Payload {
	return evidence.Payload{
		V: 1, Organisation: "bottega", Chain: "sub_1", Seq: 1, Kind: evidence.KindFact, By: "key_web",
		Recorded: time.Date(2026, 11, 21, 10, 0, 0, 1000, time.UTC),
		Body:     json.RawMessage(`{"kind":"deceased"}`),
	}
}

func TestPayloadComesBackByteForByte(t *testing.T) {
	data, err := samplePayload().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	want := `{"v":1,"organisation":"bottega","chain":"sub_1","seq":1,"prev":"","kind":"fact","recorded":"2026-11-21T10:00:00.000001Z","by":"key_web","body":{"kind":"deceased"}}`
	if string(data) != want {
		t.Errorf("got  %s\nwant %s", data, want)
	}
	parsed, err := evidence.ParsePayload(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := parsed.Marshal()
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("got %s, %v; want the same bytes", again, err)
	}
}

func TestPayloadIsReadStrictly(t *testing.T) {
	data, err := samplePayload().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for name, edit := range map[string][2]string{
		"unknown key":        {`{"v":1,`, `{"v":1,"x":1,`},
		"repeated key":       {`{"v":1,`, `{"v":1,"v":1,`},
		"differently cased":  {`"v":1`, `"V":1`},
		"repeated in body":   {`"kind":"deceased"`, `"kind":"deceased","kind":"sale"`},
		"space":              {`"v":1`, `"v": 1`},
		"trailing data":      {`}}`, `}}{}`},
		"trailing newline":   {`}}`, "}}\n"},
		"version":            {`"v":1`, `"v":2`},
		"no organisation":    {`"bottega"`, `""`},
		"no recorder":        {`"key_web"`, `""`},
		"seq zero":           {`"seq":1`, `"seq":0`},
		"seq with exponent":  {`"seq":1`, `"seq":1e0`},
		"prev on the first":  {`"prev":""`, `"prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="`},
		"no prev on second":  {`"seq":1`, `"seq":2`},
		"kind":               {`"kind":"fact"`, `"kind":"facts"`},
		"time zone":          {`.000001Z`, `.000001+00:00`},
		"digits of second":   {`.000001Z`, `.0000010Z`},
		"body not an object": {`{"kind":"deceased"}`, `[]`},
		"escaped letter":     {`"bottega"`, `"\u0062ottega"`},
		"invalid UTF-8":      {`"bottega"`, "\"bott\xffega\""},
		"deep body":          {`"deceased"`, strings.Repeat("[", 40) + strings.Repeat("]", 40)},
	} {
		bad := strings.Replace(good, edit[0], edit[1], 1)
		if bad == good {
			t.Fatalf("%s: the edit changes nothing", name)
		}
		if _, err := evidence.ParsePayload([]byte(bad)); err == nil {
			t.Errorf("%s: got no error for %s", name, bad)
		}
	}
}

func TestCommitmentIsLabelSaltPayload(t *testing.T) {
	salt := [32]byte{1, 2, 3}
	payload := []byte("payload")
	want := sha256.Sum256([]byte("lecito/commitment/v1\x00" + string(salt[:]) + "payload"))
	if got := evidence.Commitment(salt, payload); got != want {
		t.Errorf("got %x, want %x", got, want)
	}
	entry := evidence.Entry(want)
	if len(entry) != 33 || entry[0] != 1 || !bytes.Equal(entry[1:], want[:]) {
		t.Errorf("got entry %x", entry)
	}
	leaf := sha256.Sum256(append([]byte{0}, entry...))
	if got := evidence.LeafHash(entry); got != leaf {
		t.Errorf("got leaf %x, want %x", got, leaf)
	}
}

func FuzzParsePayload(f *testing.F) {
	good, err := samplePayload().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"v":1,"V":1}`))
	f.Add([]byte(`[[[[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := evidence.ParsePayload(data)
		if err != nil {
			return
		}
		again, err := p.Marshal()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("got %q, %v; want %q", again, err, data)
		}
	})
}
