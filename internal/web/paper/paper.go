// SPDX-License-Identifier: Apache-2.0

// Package paper puts what people take home on paper: a PDF on A4 of a title,
// paragraphs, words quoted and lines of a name and a value, with files attached,
// so that what was signed travels inside what is read.
//
// What it promises: the same document makes the same bytes; nothing is fetched.
//
// Where it is weak: the file names its language and its title but has no tags
// for screen readers (the page it was made from is the accessible form); a
// letter that is not Latin, Greek or Cyrillic shows as an empty box.
package paper

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

// Document is what is printed.
type Document struct {
	Title    string
	Site     string // whose paper it is
	Language string // of the texts, BCP 47
	Made     time.Time
	Blocks   []Block
	Files    []File
}

// Block is a part of a document: the first of its members that is set.
type Block struct {
	Text  string    // a paragraph
	Quote string    // words of somebody's, as they were
	Line  [2]string // a name and its value
}

// File is one that is attached.
type File struct {
	Name, About string
	Content     []byte
}

// Sizes, in millimetres.
const (
	margin = 22.0
	width  = 210 - 2*margin
	line   = 5.5
	gap    = 2.5
	column = 52.0 // of a name
)

// PDF draws the document.
func (d Document) PDF() ([]byte, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.AddUTF8FontFromBytes("go", "", goregular.TTF)
	f.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	f.SetTitle(plain(d.Title), true)
	f.SetAuthor(plain(d.Site), true)
	f.SetLang(d.Language)
	f.SetProducer("Lecito", true)
	f.SetCatalogSort(true)
	f.SetCreationDate(d.Made.UTC())
	f.SetModificationDate(d.Made.UTC())
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(true, margin)
	var files []fpdf.Attachment
	for _, a := range d.Files {
		files = append(files, fpdf.Attachment{Content: a.Content, Filename: a.Name, Description: plain(a.About)})
	}
	f.SetAttachments(files)
	f.AddPage()
	d.draw(f)
	var out bytes.Buffer
	if err := f.Output(&out); err != nil {
		return nil, fmt.Errorf("draw a PDF: %w", err)
	}
	return out.Bytes(), nil
}

func (d Document) draw(f *fpdf.Fpdf) {
	f.SetFont("go", "", 10)
	f.MultiCell(width, line, plain(d.Site), "", "L", false)
	f.Ln(gap)
	f.SetFont("go", "B", 18)
	f.MultiCell(width, 8, plain(d.Title), "", "L", false)
	f.Ln(2 * gap)
	for _, b := range d.Blocks {
		f.SetFont("go", "", 10)
		switch {
		case b.Text != "":
			f.MultiCell(width, line, plain(b.Text), "", "L", false)
		case b.Quote != "":
			f.SetX(margin + 4)
			f.SetDrawColor(14, 90, 67)
			f.MultiCell(width-4, line, plain(b.Quote), "L", "L", false)
		default:
			d.line(f, b.Line)
		}
		f.Ln(gap)
	}
}

// line puts a name beside its value. What does not fit on the page begins the next.
func (d Document) line(f *fpdf.Fpdf, l [2]string) {
	name, value := plain(l[0]), plain(l[1])
	f.SetFont("go", "B", 10)
	lines := len(f.SplitText(name, column-2))
	f.SetFont("go", "", 10)
	lines = max(lines, len(f.SplitText(value, width-column)))
	if _, height := f.GetPageSize(); f.GetY()+float64(lines)*line > height-margin && lines < 40 {
		f.AddPage()
	}
	top, page := f.GetY(), f.PageNo()
	f.SetFont("go", "B", 10)
	f.MultiCell(column-2, line, name, "", "L", false)
	below := f.GetY()
	f.SetXY(margin+column, top)
	f.SetFont("go", "", 10)
	f.MultiCell(width-column, line, value, "", "L", false)
	if f.PageNo() == page && f.GetY() < below {
		f.SetY(below)
	}
}

// plain leaves out what a PDF of this kind can't hold: characters beyond the
// basic plane, and those that are no text.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\u202f':
			return '\u00a0'
		case r > 0xFFFF:
			return '\uFFFD'
		case r < ' ' || r == 0x7F || r == '\u00ad' || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}
