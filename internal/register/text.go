// SPDX-License-Identifier: Apache-2.0

package register

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/lecito/lecito/internal/notice"
)

// Text writes the changes for people, one a line: + is added, ~ changed, - retired.
func (c Changes) Text(w io.Writer) error {
	var b strings.Builder
	for _, change := range c {
		change.text(&b)
	}
	b.WriteString(c.Summary() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// Summary counts the changes in one sentence.
func (c Changes) Summary() string {
	if len(c) == 0 {
		return "Nothing to change: what is declared is what the file says."
	}
	counts := map[string]int{}
	for _, change := range c {
		counts[change.Effect]++
	}
	var parts []string
	for _, effect := range []string{Added, Changed, Returned, Retired} {
		if counts[effect] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[effect], effect))
		}
	}
	return strings.Join(parts, ", ")
}

func (c Change) text(b *strings.Builder) {
	name := c.Kind + " " + c.ID
	if c.Kind == KindNotice {
		name = c.Kind + " " + noticeVersion(c.ID, c.Version)
	}
	switch c.Effect {
	case Added:
		fmt.Fprintf(b, "+ %s", name)
		if len(c.About) > 0 {
			fmt.Fprintf(b, ": %s", strings.Join(c.About, "; "))
		}
		b.WriteString("\n")
	case Retired:
		fmt.Fprintf(b, "- %s %s (nothing is deleted)\n", name, retired(c.Kind))
	case Returned:
		fmt.Fprintf(b, "+ %s is declared again, as version %d\n", name, c.Version)
	}
	for _, f := range c.Fields {
		was, is := both(f.Old, f.New)
		fmt.Fprintf(b, "~ %s: %s %s -> %s\n", name, f.Name, was, is)
	}
}

// retired says what leaving the file means.
func retired(kind string) string {
	switch kind {
	case KindPack:
		return "is switched off again"
	case KindOverride:
		return "is retired, and the value of the pack holds again"
	case KindMessage:
		return "is retired, and Lecito sends it in its own words again"
	}
	return "is retired"
}

// both writes two values as they fit on a line: long ones from where they begin to differ.
func both(old, changed string) (string, string) {
	a, b := []rune(plainLine(old)), []rune(plainLine(changed))
	same := 0
	for same < len(a) && same < len(b) && a[same] == b[same] {
		same++
	}
	from := max(0, same-20)
	if max(len(a), len(b)) <= widest {
		from = 0
	}
	return cut(a, from), cut(b, from)
}

const widest = 80

func cut(value []rune, from int) string {
	lead, end := "", ""
	if len(value) == 0 {
		return "(left out)"
	}
	if from = min(from, len(value)); from > 0 {
		lead = "…"
	}
	value = value[from:]
	if len(value) > widest {
		value, end = value[:widest], "…"
	}
	return lead + string(value) + end
}

func plainLine(value string) string { return strings.Join(strings.Fields(value), " ") }

// about says the little of a new declaration that a reader wants to see.
func about(d Declaration) []string {
	switch d.Kind {
	case KindOrganisation:
		var o Organisation
		mustDecode(d.Body, &o)
		if kept := o.EvidenceAfterErasure; kept != nil {
			return []string{fmt.Sprintf("choices kept as restricted evidence for %s after an erasure", kept.For.Text("en"))}
		}
	case KindNotice:
		var n notice.Notice
		mustDecode(d.Body, &n)
		out := []string{strings.Join(n.Languages(), ", ")}
		for _, c := range n.Changes {
			if c.Effect == notice.Reconsent {
				out = append(out, "people are asked again for "+c.Purpose)
			}
		}
		return out
	case KindInvalid:
		return []string{"brings down every choice made on it"}
	case KindPurpose:
		var p Purpose
		mustDecode(d.Body, &p)
		out := []string{p.Basis}
		if p.Marketing {
			out = append(out, "marketing")
		}
		if len(p.Channels) > 0 {
			out = append(out, strings.Join(p.Channels, ", "))
		}
		return out
	case KindSource:
		var s Source
		mustDecode(d.Body, &s)
		return []string{s.Kind}
	case KindRecipient:
		var r Recipient
		mustDecode(d.Body, &r)
		return []string{r.Kind, r.Country}
	case KindOverride:
		var o Override
		mustDecode(d.Body, &o)
		return []string{o.Value}
	case KindPack:
		var p Pack
		mustDecode(d.Body, &p)
		return []string{"switched on, decided by " + p.DecidedBy}
	case KindMessage:
		var m Confirmation
		mustDecode(d.Body, &m)
		return []string{"sent by " + cmp.Or(m.SentBy, ByLecito)}
	}
	return nil
}

// mustDecode reads a body that canonical wrote.
func mustDecode(body string, into any) {
	if err := json.Unmarshal([]byte(body), into); err != nil {
		panic(err)
	}
}
