// SPDX-License-Identifier: Apache-2.0

// Package lawbook puts the law into words for the pages of the console: rules
// with their values, dates, sources and how sure they are, the steps of a
// decision, the facts it asked for, and how a date was counted.
//
// What it promises: what is not verified in the text of the law always says so
// in words; an organisation's own value never stands without the law's beside it.
//
// Where it is weak: a rule that its pack does not say in the reader's language
// comes in English, marked as English.
package lawbook

import (
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Reader is who the law is written for.
type Reader struct {
	Language string
	Locale   *ui.Locale
	Zone     *time.Location
	Purpose  func(id string) string // its title
}

// Book is the law of a jurisdiction on a day, by what people look for.
type Book struct {
	Groups  []Group
	Changed []Rule // with the organisation's own value
	Later   []Rule // certain, from a day after
	Pending []Rule // not law yet
	Past    []Rule
	All     int // rules in force
	Unsure  int // of them, not verified in the text of the law
}

// Group is the rules about one matter.
type Group struct {
	ID    string
	Title ui.Text
	Rules []Rule
}

// Rule is one rule of law in words.
type Rule struct {
	ID       string // in the page
	Key      string
	Title    string
	Value    string // empty: it has none
	Text     string
	Language string // of the text
	Dates    ui.Text
	Source   string
	Sure     Sure
	Changed  *Changed
}

// Changed is the organisation's written decision to hold another value.
type Changed struct{ Was, Reason, DecidedBy string }

// groups are the matters in the order of the page.
func groups() []string {
	return []string{
		"decisions", "channels", "soft", "proof", "ages", "retention", "registers", "signals", "stop",
		"response", "breach", "informing", "devices", "others",
	}
}

// group is the matter a topic belongs to.
func group(r law.Rule) string {
	first, _, _ := strings.Cut(r.Topic, ".")
	switch {
	case r.Decision:
		return "decisions"
	case r.Topic == lawful.TopicServiceBases || r.Topic == lawful.TopicProfilingBases:
		return "channels"
	}
	switch first {
	case "bases":
		return "channels"
	case "soft_opt_in":
		return "soft"
	case "consent", "separate", "weak_proof":
		return "proof"
	case "age":
		return "ages"
	case "retention", "activity", "evidence", "tombstone":
		return "retention"
	case "register", "directory":
		return "registers"
	case "signal", "opt_out":
		return "signals"
	case "unsubscribe", "hours", "implied":
		return "stop"
	case "response", "complaint", "access":
		return "response"
	case "breach":
		return "breach"
	case "notice":
		return "informing"
	case "cookies", "pixels", "reask":
		return "devices"
	}
	return "others"
}

// Open puts a listing into words.
func (r Reader) Open(l *law.Listing) Book {
	b := Book{All: len(l.Rules)}
	for _, id := range groups() {
		b.Groups = append(b.Groups, Group{ID: id, Title: ui.Say("law.group." + id)})
	}
	for _, e := range l.Rules {
		rule := r.rule(e)
		i := slices.Index(groups(), group(e.Rule))
		b.Groups[i].Rules = append(b.Groups[i].Rules, rule)
		if !e.Verified {
			b.Unsure++
		}
		if rule.Changed != nil {
			b.Changed = append(b.Changed, rule)
		}
	}
	b.Groups = slices.DeleteFunc(b.Groups, func(g Group) bool { return len(g.Rules) == 0 })
	for _, g := range b.Groups {
		if g.ID == "channels" {
			slices.SortStableFunc(g.Rules, func(a, b Rule) int { return place(a.Key) - place(b.Key) })
		}
	}
	b.Later, b.Pending, b.Past = r.apart("later", l.Later), r.apart("pending", l.Pending), r.apart("past", l.Past)
	return b
}

// place orders the channels as pages do.
func place(key string) int {
	for i, c := range lawful.Channels() {
		if strings.Contains(key, ".bases."+c) {
			return i
		}
	}
	return len(lawful.Channels())
}

// apart puts rules into words that are not in force; their places in the page
// are their own, since a key can be there in several versions.
func (r Reader) apart(where string, entries []law.Entry) []Rule {
	var out []Rule
	for _, e := range entries {
		rule := r.rule(e)
		rule.ID = where + "-" + rule.ID + "-" + e.From
		out = append(out, rule)
	}
	return out
}

func (r Reader) rule(e law.Entry) Rule {
	rule := Rule{
		ID: Anchor(e.Key), Key: e.Key, Title: r.title(e.Rule), Value: r.Value(e.Topic, e.Value),
		Source: Cited(e.Source, r.Language), Sure: SureOf(e.Assurance), Dates: r.dates(e.From, e.To),
	}
	rule.Text, rule.Language = r.in(e.Text)
	if e.Decision {
		rule.Title, rule.Text = rule.Text, ""
	}
	if o := e.Override; o != nil {
		rule.Changed = r.changed(e.Key, o)
	}
	return rule
}

func (r Reader) changed(key string, o *lawful.Override) *Changed {
	c := &Changed{Was: o.Was, Reason: strings.TrimRight(o.Reason, ". "), DecidedBy: o.DecidedBy}
	_, topic, _ := strings.Cut(key, ".")
	if v, err := law.ParseValue(key, o.Was); err == nil {
		c.Was = r.Value(topic, v)
	}
	return c
}

// Anchor is where in the page a rule is.
func Anchor(key string) string { return strings.ReplaceAll(key, ".", "-") }

// in gives a text in the reader's language, else in English, and says in which.
func (r Reader) in(texts map[string]string) (text, language string) {
	if text := texts[r.Language]; text != "" {
		return text, r.Language
	}
	return texts["en"], "en"
}

// title names what a rule is about.
func (r Reader) title(rule law.Rule) string {
	if rule.Decision {
		return ""
	}
	first, rest, _ := strings.Cut(rule.Topic, ".")
	channel, business := strings.CutSuffix(rest, lawful.TopicBusiness)
	name := r.Locale.T("channel." + channel)
	switch {
	case !slices.Contains(lawful.Channels(), channel):
		return r.Locale.T("law.topic." + rule.Topic)
	case business:
		return r.Locale.T("law.topic.business", name)
	case first == "bases" || first == "register":
		return name
	case first == "directory" || first == "unsubscribe" || first == "hours":
		return r.Locale.T("law.topic."+first, name)
	}
	return r.Locale.T("law.topic." + rule.Topic)
}

// dates says from when to when a rule holds.
func (r Reader) dates(from, to string) ui.Text {
	start, end := r.day(from), r.day(to)
	last := ui.Day{Time: end.AddDate(0, 0, -1)}
	switch {
	case from != "" && to != "":
		return ui.Say("law.dates.between", start, last)
	case from != "":
		return ui.Say("law.dates.from", start)
	case to != "":
		return ui.Say("law.dates.until", last)
	}
	return ui.Text{}
}

const noon = 12

// day is a day as pages write it.
func (r Reader) day(text string) ui.Day {
	t, err := time.ParseInLocation(time.DateOnly, text, r.Zone)
	if err != nil {
		return ui.Day{}
	}
	return ui.Day{Time: t.Add(noon * time.Hour)}
}

// Cited writes a source of law as the language cites it.
func Cited(source, language string) string {
	return strings.NewReplacer(map[string][]string{
		"it": {
			"arts ", "artt. ", "rec. ", "cons. ", "2002/58/EC", "2002/58/CE", "Directive", "direttiva",
			"decision of the product", "scelta del prodotto",
		},
		"fr": {
			"GDPR", "RGPD", "arts ", "art. ", "rec. ", "cons. ", "2002/58/EC", "2002/58/CE", "Directive", "directive",
			"decision of the product", "choix du produit",
		},
		"de": {
			"GDPR", "DSGVO", "arts ", "Art. ", "art. ", "Art. ", "rec. ", "ErwG ", "2002/58/EC", "2002/58/EG", "Directive", "Richtlinie",
			"decision of the product", "Entscheidung des Produkts",
		},
		"es": {
			"GDPR", "RGPD", "arts ", "arts. ", "rec. ", "cdo. ", "2002/58/EC", "2002/58/CE", "Directive", "Directiva",
			"decision of the product", "decisión del producto",
		},
	}[language]...).Replace(source)
}
