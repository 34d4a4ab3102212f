// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lecito/lecito/lawful"
)

//go:embed sentences.json
var sentencesJSON []byte

// Sections of a verdict.
const (
	proved   = "proved."
	attested = "attested."
	stated   = "stated."
	problem  = "problem."
)

// Areas of a file, for saying what is wrong where.
const (
	areaFormat    = "format"
	areaSignature = "signature"
	areaLog       = "log"
	areaStatement = "statement"
	areaChain     = "chain"
	areaDecision  = "decision"
	areaClearance = "clearance"
	areaList      = "list"
	areaPin       = "pin"
)

// said is one sentence of a verdict before it is put into a language.
type said struct {
	section, id string
	args        []any            // word, time.Time, string or integers
	fact        *lawful.Recorded // instead of args: the fact it is about, and the organisation that recorded it
	of          string
	english     string // where it was made already
}

// english is the language of a verdict's fields.
const english = "en"

// word is an argument that is itself translated.
type word string

func (v *verification) say(section, id string, args ...any) {
	v.verdict.said = append(v.verdict.said, said{section: section, id: id, args: args})
}

func (v *verification) problem(area, detail string) { v.say(problem, area, detail) }

// tell puts what was said into English fields. Of a file that is not intact
// nothing but what is wrong is worth saying.
func (v *Verdict) tell(b book) {
	kept := v.said[:0]
	for _, s := range v.said {
		if v.Intact || s.section == problem {
			kept = append(kept, s)
		}
	}
	v.said = kept
	v.Proved, v.Attested, v.Stated, v.Problems = b.section(v, proved), b.section(v, attested), b.section(v, stated), b.section(v, problem)
	if !v.Intact {
		v.Decision = nil
	}
}

// Text writes the verdict for people, in it, en, fr, de or es
// (English otherwise).
func (v Verdict) Text(w io.Writer, lang string) error {
	b := readBook(lang)
	var out strings.Builder
	head := "head.bad"
	if v.OK() {
		head = "head.good"
	}
	fmt.Fprintf(&out, "%s. %s\n", b.say("head."+v.Kind, v.Organisation), b.say(head))
	switch {
	case v.KeyPinned && v.OK():
		fmt.Fprintln(&out, b.say("head.pinned"))
	case v.Signed && !v.KeyPinned:
		fmt.Fprintln(&out, b.say("head.unpinned", v.Fingerprint))
	}
	if v.Intact && v.Decision != nil {
		fmt.Fprintln(&out, b.say("head.answer", answerWord(v.Decision.Permitted), string(v.Decision.Reason)), plain(v.Decision.Explanation))
	}
	if v.Intact && v.Clearance != nil {
		c := v.Clearance.Cleared
		fmt.Fprintln(&out, b.say("head.counts", c.Rows, c.Permitted, c.Rejected))
	}
	for _, part := range []struct {
		section, title string
		plain          []string
	}{
		{problem, "head.problems", v.Problems}, {proved, "head.proved", v.Proved},
		{attested, "head.attested", v.Attested}, {stated, "head.stated", v.Stated},
	} {
		lines := part.plain
		if len(v.said) > 0 {
			lines = b.section(&v, part.section)
		}
		if len(lines) > 0 {
			fmt.Fprintf(&out, "\n%s\n- %s\n", b.say(part.title), strings.Join(lines, "\n- "))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// book is the catalogue of sentences, in one language.
type book struct {
	texts map[string]map[string]string // by id and language
	lang  string
}

func readBook(lang string) book {
	b := book{lang: lang}
	if err := json.Unmarshal(sentencesJSON, &b.texts); err != nil {
		panic(err) // embedded, and read by every test
	}
	return b
}

// say fills a sentence in: its verbs are %s and %d, one for each argument.
func (b book) say(id string, args ...any) string {
	rest := b.text(id)
	if len(args) == 0 {
		return rest
	}
	var room [256]byte // of most sentences
	out := room[:0]
	for _, arg := range args {
		before, after, found := strings.Cut(rest, "%")
		if !found || after == "" {
			break
		}
		out, rest = b.put(append(out, before...), arg), after[1:]
	}
	return string(append(out, rest...))
}

func (b book) text(id string) string {
	if text := b.texts[id][b.lang]; text != "" {
		return text
	}
	return b.texts[id]["en"]
}

// put writes an argument of a sentence.
func (b book) put(out []byte, arg any) []byte {
	switch a := arg.(type) {
	case word:
		return append(out, b.word(a)...)
	case string:
		return append(out, plain(a)...)
	case time.Time:
		out = a.UTC().Truncate(time.Second).AppendFormat(out, time.RFC3339) // the layout that is written without being read
		out[len(out)-len("T15:04:05Z")] = ' '
		return append(out[:len(out)-1], " UTC"...)
	case int:
		return strconv.AppendInt(out, int64(a), 10)
	case int64:
		return strconv.AppendInt(out, a, 10)
	}
	return append(out, "%!"...) // no sentence has any other
}

// word translates a word of the vocabulary; one without translation stands for itself.
func (b book) word(w word) string {
	if text := b.text("word." + string(w)); text != "" {
		return text
	}
	return plain(string(w))
}

// plain keeps the words of a file on their line and in their direction, so that
// they can't pass for sentences of the verdict.
func plain(text string) string {
	if printable(text) {
		return text
	}
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, text)
}

// printable says that a text is of letters, digits and signs of ASCII alone.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// section gives the sentences of a section.
func (b book) section(v *Verdict, section string) []string {
	var out []string
	for i := range v.said {
		s := &v.said[i]
		if s.section != section {
			continue
		}
		if b.lang == english && s.english != "" {
			out = append(out, s.english)
			continue
		}
		out = append(out, b.sentence(s))
	}
	return out
}

func (b book) sentence(s *said) string {
	f := s.fact
	if f == nil {
		return b.say(s.section+s.id, s.args...)
	}
	what, on := word(f.Kind), about(f.Purpose, f.Channel)
	if f.Choice != nil {
		what, on = word(f.Choice.Choice), about(f.Choice.Purpose, f.Choice.Channel, f.Choice.Data)
	}
	return b.say(s.section+s.id, what, on, f.Happened, word(f.Actor), f.Recorded, s.of, f.Chain, f.Seq)
}

func answerWord(permitted bool) word {
	if permitted {
		return "permitted"
	}
	return "denied"
}

func (v *verification) tellHead(h *Head) {
	v.say(proved, "log", h.Checkpoint.Origin, h.Checkpoint.Size)
	v.say(stated, "issued", h.Issued, h.Organisation)
}

func (v *verification) tellCertificate(c *Certificate, facts []said, again lawful.Decision) {
	for _, end := range c.Chains {
		if end.LastSeq > 0 {
			v.say(proved, "chain", end.Chain, end.LastSeq)
		}
		v.say(attested, "last", c.Organisation, end.LastSeq, end.Chain)
	}
	v.say(proved, "decision", answerWord(again.Permitted), string(again.Reason))
	if len(again.Trace) > 0 {
		v.say(proved, "words", len(again.Trace))
	}
	switch {
	case c.Person.Erased:
		v.say(attested, "erased", c.Organisation)
	case !c.Person.Known:
		v.say(attested, "unknown", c.Organisation)
	default:
		v.say(attested, "person", c.Organisation)
	}
	v.say(attested, "rules", c.Organisation)
	v.tellLaw(c)
	v.verdict.said = append(v.verdict.said, facts...)
	for _, name := range again.Facts {
		v.say(stated, "decides", name)
	}
}

// saidAtOnce is how many sentences are made in one go.
const saidAtOnce = 256

// decide decides again, and makes the sentences about the facts meanwhile: they
// are the same whatever the answer.
func (v *verification) decide(c *Certificate, history []lawful.Recorded) (again lawful.Decision, facts []said) {
	facts = make([]said, len(history))
	several(1+(len(facts)+saidAtOnce-1)/saidAtOnce, func(n int) {
		if n == 0 {
			again = lawful.Decide(&c.Rules, lawful.Person{Known: c.Person.Known, Erased: c.Person.Erased, History: history}, c.Question)
			return
		}
		for i := (n - 1) * saidAtOnce; i < min(n*saidAtOnce, len(facts)); i++ {
			facts[i] = said{section: stated, id: "fact", fact: &history[i], of: c.Organisation}
			if history[i].Undated {
				facts[i].id = "undated"
			}
			facts[i].english = v.english.sentence(&facts[i])
		}
	})
	return again, facts
}

// tellLaw tells whose word the law in the file is, which rules of it nobody has
// read in a text of the law, and which the organisation changed.
func (v *verification) tellLaw(c *Certificate) {
	v.say(attested, "law", c.Organisation)
	told := map[string]bool{} // a rule of a base stands in each pack that has it from there
	for _, place := range slices.Sorted(maps.Keys(c.Rules.Law)) {
		pack := c.Rules.Law[place]
		for _, topic := range slices.Sorted(maps.Keys(pack.Rules)) {
			for _, rule := range pack.Rules[topic] {
				if !told[rule.Key] {
					told[rule.Key] = true
					v.tellRule(c, &rule)
				}
			}
		}
	}
}

func (v *verification) tellRule(c *Certificate, rule *lawful.Law) {
	switch rule.Assurance {
	case lawful.AssuranceVerified, lawful.AssuranceComputed:
	case lawful.AssuranceSecondary, lawful.AssuranceMemory:
		v.say(attested, "unsure", rule.Key, word(rule.Assurance), rule.Source)
	default:
		v.say(attested, "unsure", rule.Key, word("unknown"), rule.Source)
	}
	if o := rule.Override; o != nil {
		v.say(attested, "override", c.Organisation, rule.Key, o.Was, rule.Value(), o.DecidedBy, o.Reason)
	}
}

func (v *verification) tellReceipt(r *Receipt) {
	v.say(proved, "sealed", r.Index)
	v.say(attested, "receipt", r.Organisation, r.Seq, r.Principal)
	id := "fact"
	if r.Event.Undated {
		id = "undated"
	}
	on := about(r.titles(), r.Event.Channel, r.Event.Data)
	v.say(stated, id, word(r.Event.Choice), on, r.Event.Time, word(r.Event.EntityID), r.Event.Recorded, r.Organisation, r.Principal, r.Seq)
}

// about puts what a fact concerns in brackets, where it says.
func about(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" })
	switch len(parts) {
	case 0:
		return ""
	case 2:
		return " (" + parts[0] + ", " + parts[1] + ")" // of most facts
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

func (v *verification) tellClearance(c *Clearance, entry openedEntry) {
	d := c.Cleared
	v.say(proved, "cleared", entry.index)
	v.say(attested, "cleared", c.Organisation, d.KnownAt)
	v.say(stated, "cleared", d.Purpose, d.Channel, d.At, d.ValidUntil, entry.payload.Recorded, c.Organisation)
}

// Text puts the receipt into words for the person who chose, in it, en, fr,
// de or es (English otherwise).
func (r Receipt) Text(lang string) string {
	b := readBook(lang)
	var out strings.Builder
	line := func(id, value string) {
		if value != "" {
			fmt.Fprintf(&out, "%s: %s\n", b.say("receipt."+id), value)
		}
	}
	out.WriteString(b.say("receipt.title") + "\n\n")
	line("choice", b.word(word(r.Event.Choice)))
	line("purposes", r.titles())
	channel := r.Event.Channel
	if channel == "" {
		channel = b.say("receipt.every")
	}
	line("channel", channel)
	line("happened", b.say("receipt.time", r.Event.Time))
	line("by", b.word(word(r.Event.EntityID)))
	line("recorded", b.say("receipt.time", r.Event.Recorded))
	line("text", r.Event.Text)
	for _, p := range r.Parties {
		if p.Type == "controller" {
			line("controller", fmt.Sprintf("%s, %s, %s", p.Name, p.Address, p.Contact))
		}
	}
	var data []string
	for _, d := range r.Processing.Data {
		data = append(data, d.Type)
	}
	line("data", strings.Join(data, ", "))
	recipients := strings.Join(r.Processing.Recipients, ", ")
	if recipients == "" {
		recipients = b.say("receipt.nobody")
	}
	line("recipients", recipients)
	line("storage", strings.Join(r.Processing.Storage, ", "))
	line("retention", strings.ReplaceAll(r.Processing.Retention, RetentionByNotice, b.say("receipt.bynotice")))
	line("validity", b.validity(r.Event))
	if n := r.Processing.Notice; n.ID != "" {
		line("notice", fmt.Sprintf("%s, %s %d", n.ID, b.say("receipt.version"), n.Version))
	}
	line("withdrawal", b.withdrawal(r.Processing.Withdrawal))
	line("id", r.ReceiptID)
	return out.String()
}

// validity and withdrawal translate what this package writes, and leave what
// others wrote as it is.
func (b book) validity(e Event) string {
	switch e.Validity {
	case ValidityOfYes:
		return b.say("receipt.yesholds")
	case ValidityOfNo:
		return b.say("receipt.noholds")
	}
	if end, lapses := e.Until(); lapses {
		return b.say("receipt.until", end)
	}
	return e.Validity
}

func (b book) withdrawal(said string) string {
	if contact, ours := strings.CutPrefix(said, WithdrawalAt("")); ours {
		return b.say("receipt.withdrawalat", contact)
	}
	return said
}

func (r Receipt) titles() string {
	var titles []string
	for _, p := range r.Processing.Purposes {
		titles = append(titles, p.Title)
	}
	return strings.Join(titles, ", ")
}
