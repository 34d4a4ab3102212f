// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"encoding/json"
	"strings"
	"time"
)

// reader takes JSON apart in one pass, in the spelling of encode and no other:
// each key in its place, nothing left out that encode writes. What it takes,
// decodeStrict takes too, with the same result. Of all else it says that it is
// odd, and nothing more; decodeStrict then tells what it is.
type reader struct {
	text  string
	at    int
	fresh bool // no key of the open object was read yet
	odd   bool
}

func (r *reader) fail() {
	r.odd, r.at = true, len(r.text)
}

// need takes exactly this.
func (r *reader) need(token string) {
	if !strings.HasPrefix(r.text[r.at:], token) {
		r.fail()
		return
	}
	r.at += len(token)
}

func (r *reader) open() {
	r.need("{")
	r.fresh = true
}

func (r *reader) shut() {
	r.need("}")
	r.fresh = false
}

// end says that all was taken, and nothing was odd.
func (r *reader) end() bool { return !r.odd && r.at == len(r.text) }

// has takes a key, quoted and with its colon, if it is the next one.
func (r *reader) has(key string) bool {
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

// key takes a key that must be there.
func (r *reader) key(key string) {
	if !r.has(key) {
		r.fail()
	}
}

// str takes a text.
func (r *reader) str() string {
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
func (r *reader) spelt() string {
	token := r.token()
	var s string
	if json.Unmarshal([]byte(token), &s) != nil {
		r.fail()
		return ""
	}
	if again, err := encode(s); err != nil || string(again) != token {
		r.fail()
		return ""
	}
	return s
}

// token takes a text with its quotes, as it is spelt.
func (r *reader) token() string {
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
func (r *reader) some() string {
	s := r.str()
	if s == "" {
		r.fail()
	}
	return s
}

// list takes texts; the list is left out where it is empty.
func (r *reader) list() []string {
	var all []string
	r.each(func() { all = append(all, r.str()) })
	return all
}

// each takes a list of one or more.
func (r *reader) each(item func()) {
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
func (r *reader) yes() bool {
	r.need("true")
	return !r.odd
}

// number takes a whole number of at most 18 digits.
func (r *reader) number() int64 {
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

func (r *reader) int() int {
	n := r.number()
	if int64(int(n)) != n {
		r.fail()
	}
	return int(n)
}

// someInt takes a number that is left out where it is zero.
func (r *reader) someInt() int {
	n := r.int()
	if n == 0 {
		r.fail()
	}
	return n
}

// when takes a time as time.Time writes itself.
func (r *reader) when() time.Time {
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

// micros takes a time as a payload has it, in timeLayout.
func (r *reader) micros() time.Time {
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
