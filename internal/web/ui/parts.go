// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"cmp"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/problem"
)

// Tone is the meaning a part is coloured by. An icon and a word always go with
// it.
type Tone string

// The tones.
const (
	Yes   Tone = "yes"   // permitted, done
	No    Tone = "no"    // denied, dangerous
	Due   Tone = "due"   // soon, weak, to be looked at
	Plain Tone = "plain" // all else
)

// Link leads somewhere.
type Link struct {
	Href     string
	Text     Text
	Current  bool   // this very page
	Language string // of what it leads to, when that differs
}

// Badge is a verdict in a word: {{template "badge" .}}.
type Badge struct {
	Tone   Tone
	Text   Text
	Reason Text // why, in a few words; may be empty
}

// Decided returns the badge of a decision, by the reason's word (consent_given).
func Decided(permitted bool, reason string) Badge {
	b := Badge{Tone: No, Text: Say("ui.denied"), Reason: Say("reason." + reason)}
	if permitted {
		b.Tone, b.Text = Yes, Say("ui.permitted")
	}
	return b
}

// Seal is the mark of something proven; it opens the proof: {{template "seal" .}}.
type Seal struct {
	Entry int64  // its number in the log
	Href  string // of the proof
	Wait  bool   // recorded, but not in a signed checkpoint yet; Entry is not known
}

// Size names the size of the number in the mark, by its digits.
func (s Seal) Size() string {
	return "seal-" + strconv.Itoa(min(max(len(strconv.FormatInt(s.Entry, 10)), 3), 7))
}

// Timeline is what happened, the latest first: {{template "timeline" .}}.
type Timeline struct {
	Title Text // for those who do not see it
	Items []Event
}

// Event is one thing of a timeline. Happened is as stated, Recorded is ours.
type Event struct {
	Tone     Tone
	Text     Text
	Detail   Text
	Happened time.Time
	Recorded time.Time
	By       Text // who acted, through what
	Seal     *Seal
}

// Bar is a sum in its parts, drawn as one bar with a table under it:
// {{template "bar" .}}.
type Bar struct {
	Sentence Text // what the picture says, said
	Label    Text // heading of the first column
	Parts    []Part
}

// Part is a share of a Bar.
type Part struct {
	Tone  Tone
	Text  Text
	Count int64
}

// Total is the sum of all parts.
func (b Bar) Total() int64 {
	var sum int64
	for _, p := range b.Parts {
		sum += p.Count
	}
	return sum
}

// Segment is where a Part is drawn, in a picture 1000 wide.
type Segment struct {
	Part
	X, Width float64
	Shade    int // tells neighbours of the same tone apart
}

// Segments returns where each part is drawn. A part that is there at all is at
// least wide enough to be seen.
func (b Bar) Segments() []Segment {
	const width, gap, least = 1000.0, 4.0, 6.0
	total := b.Total()
	if total == 0 {
		return nil
	}
	var out []Segment
	shades := map[Tone]int{}
	sum := 0.0
	for _, p := range b.Parts {
		s := Segment{Part: p, Shade: shades[p.Tone] % 4}
		shades[p.Tone]++
		if p.Count > 0 {
			s.Width = max(width*float64(p.Count)/float64(total), least+gap)
		}
		sum += s.Width
		out = append(out, s)
	}
	x := 0.0
	for i := range out {
		w := out[i].Width * width / sum
		out[i].X, out[i].Width = x, max(w-gap, 0)
		x += w
	}
	return out
}

// Field is a labelled control of a form: {{template "field" .}}. Kind is the
// type of an input, or textarea, select, file.
type Field struct {
	Name, Kind, Value string
	Label, Hint       Text
	Error             Text // what is wrong and what to do; empty when nothing is
	Required          bool
	Autocomplete      string
	Accept            string // of a file
	Min, Max          string
	Options           []Option // of a select
}

// Option is one of a select's values.
type Option struct {
	Value string
	Text  Text
}

// Wrong says what a form has wrong, each with a link to its field:
// {{template "wrong" .}}. It shows nothing when nothing is.
type Wrong struct{ Fields []Field }

// Errors returns the fields that have one.
func (w Wrong) Errors() []Field {
	var out []Field
	for _, f := range w.Fields {
		if f.Error.Key != "" || f.Error.Verbatim != "" {
			out = append(out, f)
		}
	}
	return out
}

// Empty is what a list says when there is nothing in it: what to do next.
// {{template "empty" .}}.
type Empty struct {
	Title, Text Text
	Action      *Link
}

// Post is a button that does something: {{template "post" .}}.
type Post struct {
	Action string
	Text   Text
	Tone   Tone // No for what destroys, Yes for the page's main act
	Fields []Hidden
}

// Hidden is a value a form carries.
type Hidden struct{ Name, Value string }

// PlanGroup is one fate of what cannot be undone, shown before it is done:
// destroyed, suppressed, kept. {{template "groups" .}} takes several.
type PlanGroup struct {
	Tone  Tone
	Title Text
	Items []PlanItem
	None  Text // said when there are none
}

// PlanItem is a number of things in one place.
type PlanItem struct {
	Count int64
	Text  Text
	Why   Text // why it stays, until when
}

// Pager moves through a list by key. An empty address is no way.
// {{template "pager" .}}.
type Pager struct {
	First, Older string
}

// Flash says what has just happened, with where to see it and a way to undo it
// where there are any.
type Flash struct {
	Tone Tone
	Text Text
	Way  *Link
	Undo *Post
}

// Progress is work under way: {{template "progress" .}}. Events is the address
// of a stream whose messages are JSON {"done", "total", "text", "next"}: text
// in the reader's language, next where to go when it is over.
type Progress struct {
	Events string
	Done   int64
	Total  int64 // 0 while unknown
	Text   Text
	Again  string // the page itself, for looking again without scripts
	Cancel *Post
}

// Problem is the body of the page "problem".
type Problem struct {
	Text      Text   // what happened and what to do
	Reference string // for the support to find it in the log; may be empty
	Way       *Link  // where to go on
}

// ProblemPage returns what to hand to Render("problem") for a kind of problem,
// or, with an empty kind, for a fault of ours.
func ProblemPage(kind problem.Kind, reference string) Page {
	return Page{Title: Say("problem." + problemWord(kind)), Body: Problem{Text: ProblemText(kind), Reference: reference}}
}

// ProblemText says in general what happened and what to do.
func ProblemText(kind problem.Kind) Text { return Say("problem." + problemWord(kind) + ".text") }

func problemWord(kind problem.Kind) string { return cmp.Or(string(kind), "internal") }
