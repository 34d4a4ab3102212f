// SPDX-License-Identifier: Apache-2.0

package sheet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// charset is the encoding of a CSV file.
type charset struct {
	kind  kind
	order byteOrder // of UTF-16
}

// byteOrder is what encoding/binary's two orders can do.
type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

type kind int

const (
	undecided kind = iota // nothing but ASCII so far
	utf8Text
	windows1252
	utf16Text
)

func (c *charset) name() string {
	switch c.kind {
	case windows1252:
		return "Windows-1252"
	case utf16Text:
		if c.order == binary.BigEndian {
			return "UTF-16BE"
		}
		return "UTF-16LE"
	case undecided, utf8Text:
	}
	return "UTF-8"
}

// decode turns the text of a record into UTF-8; false when it is not in this
// encoding. The lengths of its cells may change, so it takes one cell.
func (c *charset) decode(cell string) (string, bool) {
	if ascii(cell) {
		return cell, true
	}
	if c.kind == undecided {
		c.kind = windows1252
		if utf8.ValidString(cell) {
			c.kind = utf8Text
		}
	}
	if c.kind != windows1252 {
		return cell, utf8.ValidString(cell)
	}
	text, err := charmap.Windows1252.NewDecoder().String(cell)
	return text, err == nil
}

// encode turns UTF-8 into this encoding; what it cannot hold becomes a
// question mark.
func (c *charset) encode(text []byte) []byte {
	switch {
	case c.kind == utf16Text:
		return toUTF16(text, c.order)
	case c.kind != windows1252:
		return text
	}
	out, err := encoding.ReplaceUnsupported(charmap.Windows1252.NewEncoder()).Bytes(text)
	if err != nil {
		return text
	}
	for i, b := range out {
		if b == 0x1a { // the substitute ReplaceUnsupported writes
			out[i] = '?'
		}
	}
	return out
}

// guess decides between UTF-8 and Windows-1252 by the start of a file. A file
// in UTF-8 with a damaged cell or two is still UTF-8: its bad rows are
// reported one by one.
func guess(start []byte, whole bool) kind {
	multi, bad := 0, 0
	for len(start) > 0 {
		r, n := utf8.DecodeRune(start)
		switch {
		case r == utf8.RuneError && n == 1:
			if !whole && !utf8.FullRune(start) {
				start = nil // cut by the end of the window
				continue
			}
			bad++
		case n > 1:
			multi++
		}
		start = start[n:]
	}
	switch {
	case multi > bad:
		return utf8Text
	case bad > 0:
		return windows1252
	}
	return undecided
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// utf16Reader turns UTF-16 into UTF-8 so that it can be turned back to the
// same bytes. golang.org/x/text replaces what is broken, which cannot be
// undone; here a lone half of a pair becomes the three bytes of its number,
// which is not valid UTF-8, so the row is refused and its bytes are still ours.
type utf16Reader struct {
	in    *bufio.Reader
	order byteOrder
	out   []byte
	odd   bool // the file ends in half a unit
}

// errHalf says that a UTF-16 file has an odd number of bytes.
var errHalf = errors.New("the file ends in the middle of a UTF-16 character")

// Read gives UTF-8.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.odd {
			return 0, errHalf
		}
		if err := u.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// fill turns up to 4096 units into bytes.
func (u *utf16Reader) fill() error {
	u.out = u.out[:0]
	for range 4096 {
		unit, err := u.unit()
		if err != nil {
			if len(u.out) > 0 {
				return nil
			}
			return err
		}
		r := rune(unit)
		if utf16.IsSurrogate(r) {
			r = u.pair(r)
		}
		if utf16.IsSurrogate(r) {
			u.out = append(u.out, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
			continue
		}
		u.out = utf8.AppendRune(u.out, r)
	}
	return nil
}

// pair joins a first half with the second that follows, if one does.
func (u *utf16Reader) pair(first rune) rune {
	b, err := u.in.Peek(2)
	if err != nil {
		return first
	}
	r := utf16.DecodeRune(first, rune(u.order.Uint16(b)))
	if r == utf8.RuneError {
		return first
	}
	_, _ = u.in.Discard(2) // cannot fail: Peek has just given these bytes
	return r
}

func (u *utf16Reader) unit() (uint16, error) {
	b, err := u.in.Peek(2)
	if len(b) == 1 && errors.Is(err, io.EOF) {
		u.odd = true
		return 0, errHalf
	}
	if err != nil {
		return 0, err
	}
	unit := u.order.Uint16(b)
	_, err = u.in.Discard(2)
	return unit, err
}

// toUTF16 undoes utf16Reader.
func toUTF16(text []byte, order byteOrder) []byte {
	out := make([]byte, 0, 2*len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 && len(text) >= 3 && text[0] == 0xed {
			r, n = rune(text[0]&0x0f)<<12|rune(text[1]&0x3f)<<6|rune(text[2]&0x3f), 3
		}
		text = text[n:]
		if r < 0x10000 {
			out = order.AppendUint16(out, uint16(r))
			continue
		}
		hi, lo := utf16.EncodeRune(r)
		out = order.AppendUint16(out, uint16(hi))
		out = order.AppendUint16(out, uint16(lo))
	}
	return out
}
