// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// purposesBody is what the organisation declares, to read.
type purposesBody struct {
	Purposes   []declaredPurpose
	Notices    []noticeLine
	Sources    []sourceLine
	Recipients []recipientLine
}

// declaredPurpose is a purpose, as it is declared now.
type declaredPurpose struct {
	ID, Title, Description, Benefit string
	Basis                           ui.Text
	Law                             string
	Marketing, Profiling            bool
	Channels                        []ui.Text
	Confirmed                       []ui.Text // channels that ask for a confirmation
	Data                            string
	Keep                            string
	Ceiling                         ui.Text // the longest the law lets pass, against what is declared
	CeilingRule                     *ui.Link
	Over                            bool // longer is declared
	Frequency                       ui.Text
	Often                           []ui.Text // channels that count together; none: all
	Audience                        ui.Text
	Balancing                       ui.Badge // of a purpose that rests on legitimate interests
	Expires                         string
	Proof                           ui.Text
	Recipients                      string
	Notice                          *ui.Link
	Unsubscribe                     ui.Text // what one click stops, where that is less than all marketing
}

// noticeLine is a notice with its versions, the latest first.
type noticeLine struct {
	ID       string
	Short    string
	Language string
	Versions []versionLink
}

// versionLink is one version.
type versionLink struct {
	ui.Link

	Since   ui.Day
	Invalid bool
	Again   bool // people are asked again
}

// sourceLine is a source and what its kind means for proof.
type sourceLine struct {
	Title    string
	Kind     ui.Text
	Means    ui.Text
	Flaw     ui.Text // what makes its yes worthless
	Accepted ui.Text
	Licence  ui.Badge // of a list that is rented
}

// recipientLine is who else gets data.
type recipientLine struct {
	Name, Country string
	Kind          ui.Text
	Contract      ui.Badge
}

// purposes shows what is declared: purposes, notices, sources, recipients.
func (c *Console) purposes(w http.ResponseWriter, r *http.Request, v *visit) error {
	tests, err := c.Standing.Balancing(r.Context(), v.actor.Org)
	if err != nil {
		return err
	}
	body := purposesBody{Notices: v.noticeLines()}
	for _, p := range v.register.Purposes {
		d := v.declaredPurpose(p)
		if p.Basis == lawful.BasisLegitimateInterests {
			d.Balancing = balancing(tests[p.ID])
		}
		body.Purposes = append(body.Purposes, d)
	}
	slices.SortStableFunc(body.Purposes, func(a, b declaredPurpose) int {
		switch {
		case a.Marketing == b.Marketing:
			return 0
		case a.Marketing:
			return -1
		}
		return 1
	})
	for _, s := range v.register.Sources {
		body.Sources = append(body.Sources, v.sourceLine(s))
	}
	for _, r := range v.register.Recipients {
		body.Recipients = append(body.Recipients, v.recipientLine(r))
	}
	p := v.page(ui.Say("console.purposes"), body)
	p.Lead, p.Wide = ui.Say("console.purposes.lead"), true
	c.UI.Render(w, r, http.StatusOK, "console.purposes", p)
	return nil
}

func (v *visit) declaredPurpose(p register.Purpose) declaredPurpose {
	d := declaredPurpose{
		ID: p.ID, Title: v.in(p.Title, p.ID), Description: v.in(p.Description, ""), Benefit: v.in(p.Benefit, ""),
		Basis: ui.Say("basis." + p.Basis), Law: p.Law, Marketing: p.Marketing, Profiling: p.Profiling,
		Expires: p.Expires.Text(v.language), Recipients: v.recipients(p),
	}
	for _, ch := range p.Channels {
		d.Channels = append(d.Channels, channel(ch))
		if p.Confirmation[ch] == "required" {
			d.Confirmed = append(d.Confirmed, channel(ch))
		}
	}
	var data []string
	for _, item := range p.Data {
		name := v.locale.Say(ui.Datum(item.Name))
		if item.MaxAge != "" {
			name += " (" + item.MaxAge.Text(v.language) + ")"
		}
		data = append(data, name)
	}
	d.Data = strings.Join(data, ", ")
	if p.Retention != nil {
		d.Keep = p.Retention.Text(v.language)
	}
	v.ceiling(&d, p)
	if f := p.Frequency; f != nil {
		d.Frequency = ui.Say("console.purposes.frequency."+f.Per, f.Max)
		for _, ch := range f.Channels {
			d.Often = append(d.Often, channel(ch))
		}
	}
	if p.Audience != "" {
		d.Audience = ui.Say("console.purposes.audience." + p.Audience)
	}
	if p.Basis == "consent" {
		minimum := "recorded"
		if p.Evidence != nil && p.Evidence.Minimum != "" {
			minimum = p.Evidence.Minimum
		}
		d.Proof = ui.Say("grade." + minimum)
	}
	if u := p.Unsubscribe; u != nil {
		d.Unsubscribe = ui.Say("leave.console.purpose", u.Reason, u.DecidedBy)
	}
	if n, ok := v.register.Notice(p.Notice, 0); ok {
		d.Notice = &ui.Link{Href: noticeAddress(n.ID, n.Version), Text: ui.Say("console.notice.name", n.ID, n.Version)}
	}
	return d
}

// ceiling says how long the law lets data be kept for such a purpose, and which
// of the two holds.
func (v *visit) ceiling(d *declaredPurpose, p register.Purpose) {
	topic := lawful.TopicRetention + "marketing"
	switch {
	case p.Profiling:
		topic = lawful.TopicRetention + "profiling"
	case !p.Marketing:
		return
	}
	rule := v.register.Rules.LawAt(v.register.Organisation.Country, topic, v.now)
	if rule == nil {
		return
	}
	reader := v.reader()
	most := rule.Period()
	words := reader.Period(law.Period(most))
	d.CeilingRule = &ui.Link{Href: reader.Where(rule.Key, v.now), Text: ui.Verbatim(rule.Key)}
	d.Ceiling = ui.Say("console.purposes.ceiling", words)
	switch {
	case p.Retention == nil:
		d.Ceiling, d.Over = ui.Say("console.purposes.ceiling.only", words), true
	case p.Retention.For.Lawful().End(v.now, v.register.Zone).After(most.End(v.now, v.register.Zone)):
		d.Ceiling, d.Over = ui.Say("console.purposes.ceiling.holds", words), true
	}
}

// balancing says how the last balancing test of a purpose came out.
func balancing(tests []lawful.Balancing) ui.Badge {
	if len(tests) == 0 {
		return ui.Badge{Tone: ui.No, Text: ui.Say("console.balancing.none"), Reason: ui.Say("console.balancing.none.means")}
	}
	last := slices.MaxFunc(tests, func(a, b lawful.Balancing) int {
		if order := a.Happened.Compare(b.Happened); order != 0 {
			return order
		}
		return strings.Compare(b.Outcome, a.Outcome) // of the same instant, failed counts
	})
	b := ui.Badge{Tone: ui.No, Text: ui.Say("console.balancing.failed"), Reason: ui.Say("console.balancing.on", ui.Day{Time: last.Happened})}
	if last.Outcome == "passed" {
		b.Tone, b.Text = ui.Yes, ui.Say("console.balancing.passed")
	}
	return b
}

// licence says until when a list was rented.
func (v *visit) licence(l *register.Contract) ui.Badge {
	if l == nil {
		return ui.Badge{}
	}
	last, err := time.ParseInLocation(time.DateOnly, l.Expires, v.register.Zone)
	switch {
	case err != nil:
		return ui.Badge{}
	case !last.AddDate(0, 0, 1).After(v.now):
		return ui.Badge{Tone: ui.No, Text: ui.Say("console.contract.over"), Reason: ui.Say("console.source.licence.over", ui.Day{Time: last})}
	case last.Before(v.now.Add(contractAhead)):
		return ui.Badge{Tone: ui.Due, Text: ui.Say("console.contract.open"), Reason: ui.Say("console.source.licence", ui.Day{Time: last})}
	}
	return ui.Badge{Tone: ui.Yes, Text: ui.Say("console.contract.open"), Reason: ui.Say("console.source.licence", ui.Day{Time: last})}
}

func (v *visit) recipients(p register.Purpose) string {
	var names []string
	for _, r := range v.register.Recipients {
		if p.Recipients == nil || slices.Contains(p.Recipients, r.ID) {
			names = append(names, r.Name)
		}
	}
	return strings.Join(names, ", ")
}

func (v *visit) noticeLines() []noticeLine {
	var out []noticeLine
	for _, n := range slices.Backward(v.register.Notices) {
		i := slices.IndexFunc(out, func(l noticeLine) bool { return l.ID == n.ID })
		if i < 0 {
			text, language := n.In(v.language, v.register.Organisation.Language)
			i = len(out)
			out = append(out, noticeLine{ID: n.ID, Short: text.Short, Language: language})
		}
		out[i].Versions = append(out[i].Versions, versionLink{
			Link:  ui.Link{Href: noticeAddress(n.ID, n.Version), Text: ui.Say("console.notice.version", strconv.Itoa(n.Version))},
			Since: ui.Day{Time: v.shownFrom(n)}, Invalid: n.Invalid != nil,
			Again: slices.ContainsFunc(n.Changes, func(c notice.Change) bool { return c.Effect == notice.Reconsent }),
		})
	}
	slices.Reverse(out)
	return out
}

// shownFrom is when a version was first shown.
func (v *visit) shownFrom(n register.Published) time.Time {
	if day, err := time.ParseInLocation(time.DateOnly, n.From, v.register.Zone); err == nil {
		return day
	}
	return n.Published
}

func (v *visit) sourceLine(s register.Source) sourceLine {
	l := sourceLine{Title: v.source(s.ID), Kind: ui.Say("console.source." + s.Kind), Means: ui.Say("console.source." + s.Kind + ".means"), Licence: v.licence(s.Licence)}
	switch {
	case s.Default == "ticked":
		l.Flaw = ui.Say("console.source.ticked")
	case s.ConditionOf != "":
		l.Flaw = ui.Say("console.source.condition", s.ConditionOf)
	}
	if a := s.Accepted; a != nil {
		l.Accepted = ui.Say("console.source.accepted", a.DecidedBy)
		if until, err := time.ParseInLocation(time.DateOnly, a.Until, v.register.Zone); err == nil {
			l.Accepted = ui.Say("console.source.accepted.until", a.DecidedBy, ui.Day{Time: until})
		}
	}
	return l
}

func (v *visit) recipientLine(r register.Recipient) recipientLine {
	l := recipientLine{Name: r.Name, Country: r.Country, Kind: ui.Say("console.recipient." + r.Kind)}
	rule := v.register.Rules.Recipients[r.ID]
	switch {
	case rule.Signed == nil:
		l.Contract = ui.Badge{Tone: ui.No, Text: ui.Say("console.contract.none")}
	case rule.Expires == nil:
		l.Contract = ui.Badge{Tone: ui.Yes, Text: ui.Say("console.contract.open"), Reason: ui.Say("console.contract.since", ui.Day{Time: *rule.Signed})}
	case !rule.Expires.After(v.now):
		l.Contract = ui.Badge{Tone: ui.No, Text: ui.Say("console.contract.over"), Reason: ui.Say("console.contract.until", ui.Day{Time: rule.Expires.Add(-time.Second)})}
	default:
		tone := ui.Yes
		if rule.Expires.Before(v.now.Add(contractAhead)) {
			tone = ui.Due
		}
		l.Contract = ui.Badge{Tone: tone, Text: ui.Say("console.contract.open"), Reason: ui.Say("console.contract.until", ui.Day{Time: rule.Expires.Add(-time.Second)})}
	}
	return l
}

// noticeBody is one version of a notice, with its texts.
type noticeBody struct {
	Since     time.Time
	Published time.Time
	Digest    string
	Entry     string
	Invalid   *register.Invalid
	Changes   []ui.Text
	Texts     []noticeText
	Purposes  string
	Public    string
	Versions  []versionLink
}

// noticeText is the notice in one language.
type noticeText struct {
	Language, Name string
	Short          string
	Long           []string
	Seconds        int
	Readable       []ui.Text // how easy the short and the long text read, where that can be measured
}

// noticePage shows a version of a notice in every language it is written in.
func (c *Console) noticePage(w http.ResponseWriter, r *http.Request, v *visit) error {
	version, err := strconv.Atoi(r.PathValue("version"))
	if err != nil || version < 1 {
		return noNotice()
	}
	n, ok := v.register.Notice(r.PathValue("id"), version)
	if !ok {
		return noNotice()
	}
	p := v.page(ui.Say("console.notice.name", n.ID, n.Version), v.noticeBody(n))
	c.UI.Render(w, r, http.StatusOK, "console.notice", p)
	return nil
}

// readable says how easy a notice reads in a language.
func readable(t notice.Text, language string) []ui.Text {
	var out []ui.Text
	for _, one := range []struct{ key, text string }{{"notice.ease.short", t.Short}, {"notice.ease.long", t.Long}} {
		m, ok := notice.Readable(one.text, language)
		if !ok {
			continue
		}
		ease := ui.Say("notice.ease.fair")
		switch {
		case m.Score >= notice.Plain:
			ease = ui.Say("notice.ease.plain")
		case m.Score < notice.Hard:
			ease = ui.Say("notice.ease.hard")
		}
		out = append(out, ui.Say(one.key, m.Score, m.Formula, ease))
	}
	return out
}

func noNotice() error {
	return problem.New(problem.NotFound, "notice_unknown", "There is no such notice, or not in this version.")
}

func (v *visit) noticeBody(n register.Published) noticeBody {
	b := noticeBody{
		Since: v.shownFrom(n), Published: n.Published, Digest: n.Digest, Entry: "/ledger/" + n.Entry, Invalid: n.Invalid,
		Public: "/n/" + v.register.Organisation.ID + "/" + n.ID + "/" + strconv.Itoa(n.Version),
	}
	var on []string
	for _, p := range v.register.Purposes {
		if p.Notice == n.ID {
			on = append(on, v.purpose(p.ID))
		}
	}
	b.Purposes = strings.Join(on, ", ")
	for _, change := range n.Changes {
		effect := ui.Say("console.notice.inform", v.purpose(change.Purpose))
		if change.Effect == notice.Reconsent {
			effect = ui.Say("console.notice.reconsent", v.purpose(change.Purpose))
		}
		if change.Why != "" {
			effect = ui.Say("console.notice.why", effect, strings.TrimRight(change.Why, ". "))
		}
		b.Changes = append(b.Changes, effect)
	}
	languages := n.Languages()
	slices.SortStableFunc(languages, func(a, c string) int {
		switch {
		case a == v.language:
			return -1
		case c == v.language:
			return 1
		}
		return 0
	})
	for _, language := range languages {
		t := n.Texts[language]
		name := language
		if slices.Contains(ui.Languages, language) {
			name = v.locale.T("ui.language." + language)
		}
		b.Texts = append(b.Texts, noticeText{language, name, t.Short, ui.Paragraphs(t.Long), int(t.ReadingTime().Seconds()), readable(t, language)})
	}
	for _, l := range v.noticeLines() {
		if l.ID == n.ID {
			b.Versions = l.Versions
		}
	}
	return b
}
