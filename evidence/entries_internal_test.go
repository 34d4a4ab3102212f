// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/lawful"
)

// filled is a fact with every field of it set.
func filled(tb testing.TB) lawful.Fact {
	tb.Helper()
	var fact lawful.Fact
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch at, isTime := v.Addr().Interface().(*time.Time); {
		case isTime:
			*at = time.Date(2026, 2, 1, 10, 0, 0, 120_000_000, time.UTC)
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case v.Kind() == reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case v.Kind() == reflect.String:
			v.SetString("a word")
		case v.Kind() == reflect.Int || v.Kind() == reflect.Int64:
			v.SetInt(42)
		case v.Kind() == reflect.Bool:
			v.SetBool(true)
		default:
			tb.Fatalf("a field of type %s: readFact must learn of it", v.Type())
		}
	}
	fill(reflect.ValueOf(&fact).Elem())
	return fact
}

func payloadOf(tb testing.TB, fact lawful.Fact) string {
	tb.Helper()
	body, err := json.Marshal(fact)
	if err != nil {
		tb.Fatal(err)
	}
	text, err := Payload{
		V: 1, Organisation: "bottega", Chain: "sub_1", Seq: 2, Prev: encodeBase64(make([]byte, 32)), Kind: KindFact,
		Recorded: time.Date(2026, 2, 1, 10, 0, 1, 1000, time.UTC), By: "key_1", Body: body,
	}.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// everyday are payloads as they are met: readFact has to take them.
func everyday(tb testing.TB) []string {
	tb.Helper()
	words := filled(tb)
	words.Choice.Evidence.Text = "Sì, \"scrivetemi\" <qui>\n&\u2028 – \\ ☎ \x7f"
	words.Source = "perché"
	here := filled(tb)
	here.Happened = time.Date(2026, 3, 29, 3, 0, 0, 0, time.FixedZone("", 7200))
	return []string{
		payloadOf(tb, filled(tb)), payloadOf(tb, words), payloadOf(tb, here),
		payloadOf(tb, lawful.Fact{Kind: lawful.KindDeceased, Happened: time.Unix(0, 1).UTC(), Actor: lawful.ActorOperator}),
		payloadOf(tb, lawful.Fact{Choice: &lawful.Choice{}, Identifiers: []lawful.Identifier{{}}, Provenance: &lawful.Provenance{Row: -3}}),
	}
}

// TestFactsAreReadInOnePass tells of a field that lawful has got and readFact has not.
func TestFactsAreReadInOnePass(t *testing.T) {
	for _, text := range everyday(t) {
		var fact lawful.Fact
		if _, fine := readFact(text, &fact); !fine {
			t.Errorf("read the long way: %s", text)
		}
		sameRead(t, text)
	}
}

// sameRead holds readFact to its word: what it takes, the long way takes, with the same result.
func sameRead(t *testing.T, text string) {
	t.Helper()
	var fact, body, want lawful.Fact
	got, fine := readFact(text, &fact)
	if !fine {
		return
	}
	long, err := ParsePayload([]byte(text))
	if err != nil {
		t.Fatalf("taken, though %v: %s", err, text)
	}
	if err := decodeStrict(long.Body, maxPayload, &want); err != nil {
		t.Fatalf("taken, though %v: %s", err, text)
	}
	if !ReadFact(long.Body, &body) || !reflect.DeepEqual(body, want) {
		t.Fatalf("the body alone: got %+v, want %+v", body, want)
	}
	if long.Body = nil; !reflect.DeepEqual(got, long) || !reflect.DeepEqual(fact, want) {
		t.Fatalf("got %+v %+v, want %+v %+v", got, fact, long, want)
	}
}

func FuzzReadFact(f *testing.F) {
	for _, text := range everyday(f) {
		f.Add(text)
	}
	f.Fuzz(sameRead)
}

func TestABodyOfAnotherSpellingLeavesNothing(t *testing.T) {
	for _, body := range []string{"", "{}", `{"kind":"deceased","happened":"2026-01-02T03:04:05Z","actor":"operator" }`, `{"kind":"deceased","happened":"2026-01-02T03:04:05Z","actor":"operator"}x`} {
		fact := lawful.Fact{Kind: "old"}
		if ReadFact([]byte(body), &fact) || !reflect.DeepEqual(fact, lawful.Fact{}) {
			t.Errorf("%q is read as %+v", body, fact)
		}
	}
}

// TestEveryOtherSpellingIsLeftToTheLongWay changes each byte of a payload in turn,
// takes it away, and puts others before it.
func TestEveryOtherSpellingIsLeftToTheLongWay(t *testing.T) {
	for _, text := range everyday(t) {
		for i := range text {
			sameRead(t, text[:i]+text[i+1:])
			for _, b := range []byte("\"\\ 0-.,:{}[]eEtfnZ\x00\x80\xff") {
				sameRead(t, text[:i]+string([]byte{b})+text[i:])
				sameRead(t, text[:i]+string([]byte{b})+text[i+1:])
			}
			sameRead(t, text[:i]+string([]byte{text[i] ^ 0x20})+text[i+1:])
		}
	}
}

func TestTimesAreReadAsTimeDoes(t *testing.T) {
	for _, text := range []string{
		"2026-02-28T23:59:59Z", "2026-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z",
		"2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:60:00Z", "2026-01-01T23:00:60Z", "0000-01-01T00:00:00Z",
		"2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.10Z", "2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.1234567891Z",
		"2026-01-01T00:00:00z", "2026-01-01t00:00:00Z", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00-02:30", "2026-01-01T00:00:00,5Z",
	} {
		fact := filled(t)
		sameRead(t, strings.Replace(payloadOf(t, fact), "2026-02-01T10:00:00.12Z", text, 1))
		sameRead(t, strings.Replace(payloadOf(t, fact), "2026-02-01T10:00:01.000001Z", text, 1))
	}
}

// TestEntriesOpenTheSameEitherWay opens the entries of the files in testdata as
// they are spelt, and one by one as the envelope has them.
func TestEntriesOpenTheSameEitherWay(t *testing.T) {
	for _, name := range []string{"certificate", "certificate-law", "certificate-changed", "clearance"} {
		file, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		whole, err := parseEnvelope(file)
		if err != nil {
			t.Fatal(err)
		}
		rest, entries, err := takeApart(file)
		if err != nil || len(entries) == 0 || len(entries) != len(whole.Entries) {
			t.Fatalf("%s: got %d entries, %v; want %d", name, len(entries), err, len(whole.Entries))
		}
		all := whole.Entries
		if whole.Entries = []Opened{}; !reflect.DeepEqual(rest, whole) {
			t.Errorf("%s: got %+v around the entries, want %+v", name, rest, whole)
		}
		quick, slow := &verification{}, &verification{}
		for _, v := range []*verification{quick, slow} {
			if err := v.openLog(whole); err != nil {
				t.Fatal(err)
			}
		}
		if err := quick.openAll(nil, entries); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := slow.openAll(all, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i, want := range slow.opened {
			got := quick.opened[i]
			if got.read {
				if err := decodeStrict(want.payload.Body, maxPayload, &want.fact.Fact); err != nil {
					t.Fatal(err)
				}
				want.read, want.payload.Body = true, nil
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: entry %d: got %+v, want %+v", name, i, got, want)
			}
		}
		if last := len(entries) - 1; last > 0 && !quick.opened[last].read {
			t.Errorf("%s: the last entry was opened the long way", name)
		}
	}
}
