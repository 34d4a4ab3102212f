// SPDX-License-Identifier: Apache-2.0

// Package spelling reads JSON in one pass, in the one spelling that encoding/json
// writes, and facts in it.
//
// What it promises: what it takes, a strict decoder takes too that demands the
// same bytes when it writes again what it read, with the same result. Of all else it says that
// it is odd, and nothing more: that decoder then tells what it is.
//
// Where it is weak: it knows the fields of a fact by name; one that is new is odd
// until it is told, which costs time and nothing else.
package spelling

import (
	"encoding/json"
	"strings"
	"time"
)

// Reader takes a text apart: each key in its place, nothing left out that would
// be written.
type Reader struct {
	text  string
	at    int
	fresh bool // no key of the open object was read yet
	odd   bool
}

// New returns a reader of a text. Nothing of the text is copied.
func New(text string) Reader { return Reader{text: text} }

// Odd says that something was not spelt as it is written.
func (r *Reader) Odd() bool { return r.odd }

func (r *Reader) fail() {
	r.odd, r.at = true, len(r.text)
}

// need takes exactly this.
func (r *Reader) need(token string) {
	if !strings.HasPrefix(r.text[r.at:], token) {
		r.fail()
		return
	}
	r.at += len(token)
}

// Open takes the beginning of an object.
func (r *Reader) Open() {
	r.need("{")
	r.fresh = true
}

// Shut takes the end of one.
func (r *Reader) Shut() {
	r.need("}")
	r.fresh = false
}

// End says that all was taken, and nothing was odd.
func (r *Reader) End() bool { return !r.odd && r.at == len(r.text) }

// Has takes a key, quoted and with its colon, if it is the next one.
func (r *Reader) Has(key string) bool {
	at := r.at
	if !r.fresh {
		if at == len(r.text) || r.text[at] != ',' {
			return false
		}
		at++
	}
	if !strings.HasPrefix(r.text[at:], key) {
		return false
	}
	r.at, r.fresh = at+len(key), false
	return true
}

// Key takes a key that must be there.
func (r *Reader) Key(key string) {
	if !r.Has(key) {
		r.fail()
	}
}

// Text takes a text.
func (r *Reader) Text() string {
	text, from := r.text, r.at+1
	if from >= len(text) || text[from-1] != '"' {
		r.fail()
		return ""
	}
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			r.at = i + 1
			return text[from:i]
		case c < ' ', c == '\\', c == '<', c == '>', c == '&', c >= 0x80:
			return r.spelt()
		}
	}
	r.fail()
	return ""
}

// spelt takes a text that is not plain ASCII: encoding/json says what it is, and
// that it would write it in the same way.
func (r *Reader) spelt() string {
	token := r.token()
	var s string
	if json.Unmarshal([]byte(token), &s) != nil {
		r.fail()
		return ""
	}
	if again, err := json.Marshal(s); err != nil || string(again) != token {
		r.fail()
		return ""
	}
	return s
}

// token takes a text with its quotes, as it is spelt.
func (r *Reader) token() string {
	from := r.at
	r.need(`"`)
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '\\':
			i++
		case '"':
			r.at = i + 1
			return r.text[from:r.at]
		}
	}
	r.fail()
	return ""
}

// some takes a text that is left out where it is empty.
func (r *Reader) some() string {
	s := r.Text()
	if s == "" {
		r.fail()
	}
	return s
}

// list takes texts; the list is left out where it is empty.
func (r *Reader) list() []string {
	var all []string
	r.each(func() { all = append(all, r.Text()) })
	return all
}

// each takes a list of one or more.
func (r *Reader) each(item func()) {
	r.need("[")
	for !r.odd {
		item()
		if r.at == len(r.text) || r.text[r.at] != ',' {
			break
		}
		r.at++
	}
	r.need("]")
	r.fresh = false
}

// yes takes a truth that is left out where it is false.
func (r *Reader) yes() bool {
	r.need("true")
	return !r.odd
}

// Number takes a whole number of at most 18 digits.
func (r *Reader) Number() int64 {
	n, from, sign := int64(0), r.at, int64(1)
	if from < len(r.text) && r.text[from] == '-' {
		from, sign = from+1, -1
	}
	i := from
	for ; i < len(r.text) && '0' <= r.text[i] && r.text[i] <= '9'; i++ {
		n = 10*n + int64(r.text[i]-'0')
		if i-from == 18 {
			break
		}
	}
	if i == from || i-from == 18 || r.text[from] == '0' && (i-from > 1 || sign < 0) {
		r.fail()
		return 0
	}
	r.at = i
	return sign * n
}

// Int is Number, where it fits.
func (r *Reader) Int() int {
	n := r.Number()
	if int64(int(n)) != n {
		r.fail()
	}
	return int(n)
}

// someInt takes a number that is left out where it is zero.
func (r *Reader) someInt() int {
	n := r.Int()
	if n == 0 {
		r.fail()
	}
	return n
}

// when takes a time as time.Time writes itself.
func (r *Reader) when() time.Time {
	from := r.at
	token := r.token()
	if t, digits, fine := utc(token); fine && (digits == 0 || token[len(token)-3] != '0') {
		return t
	}
	var t time.Time
	if r.odd || t.UnmarshalJSON([]byte(r.text[from:r.at])) != nil {
		r.fail()
		return t
	}
	if again, err := t.MarshalJSON(); err != nil || string(again) != token {
		r.fail()
	}
	return t
}

// Micros takes a time in UTC with exactly six digits of second.
func (r *Reader) Micros() time.Time {
	t, digits, fine := utc(r.token())
	if !fine || digits != 6 {
		r.fail()
	}
	return t
}

// utc reads a time of RFC 3339 in UTC between quotes, and says how many digits
// of second it has.
func utc(token string) (t time.Time, digits int, fine bool) {
	const shape = `"0000-00-00T00:00:00`
	if len(token) < len(shape)+2 {
		return t, 0, false
	}
	var part [6]int // year to second
	n := 0
	for i := 1; i < len(shape); i++ {
		c := token[i]
		switch {
		case shape[i] != '0' && shape[i] == c:
			n++
		case shape[i] == '0' && '0' <= c && c <= '9':
			part[n] = 10*part[n] + int(c-'0')
		default:
			return t, 0, false
		}
	}
	rest, nanos := token[len(shape):], 0
	if rest[0] == '.' {
		for digits+1 < len(rest) && '0' <= rest[digits+1] && rest[digits+1] <= '9' {
			digits++
			nanos = 10*nanos + int(rest[digits]-'0')
			if digits > 9 {
				return t, 0, false
			}
		}
		for i := digits; i < 9; i++ {
			nanos *= 10
		}
		if digits == 0 {
			return t, 0, false
		}
		rest = rest[1+digits:]
	}
	t = time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], nanos, time.UTC)
	fine = rest == `Z"` && part[1] == int(t.Month()) && part[2] == t.Day() && part[3] < 24 && part[4] < 60 && part[5] < 60
	return t, digits, fine
}
