// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/console/lawbook"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// whyBody is one person on one screen.
type whyBody struct {
	Here     string
	Wrong    ui.Wrong
	At       ui.Field
	Known    ui.Field
	KnownSet bool
	Past     bool
	AsOf     ui.Text
	Purposes []purposeCard
	Held     []heldLine
	Linked   []ui.Link
	Story    []event
	Older    string
	Total    int
	Erase    string // where the plan is; empty where the actor may not
}

// purposeCard is the answers about one purpose.
type purposeCard struct {
	ID, Title string
	Basis     ui.Text
	Lines     []line
}

// line is one answer. Channels that have the same one share it.
type line struct {
	Channels     []ui.Text
	Contacts     []ui.Text
	Badge        ui.Badge
	Why          string
	Since, Until *time.Time
	Rule, Source string
	Notice       *ui.Link
	Fact         *ui.Seal
	Also         []ui.Text // what else is in the way
	Traces       []trace
	Prove        []proof
}

// trace is how the answer on some channels came about.
type trace struct {
	For   []ui.Text
	Steps []lawbook.Step
}

// proof is a button that downloads a certificate.
type proof struct {
	ui.Post

	For ui.Text // the channel, for who has several buttons before them
}

// heldLine is an identifier on record.
type heldLine struct{ Kind, Value, Holder ui.Text }

// asked is the instants a page is about.
type asked struct {
	at, known       *time.Time
	atDay, knownDay string
	wrongAt         ui.Text
	wrongKnown      ui.Text
}

// instants reads the days in the address. A day is asked about as it ended.
func (v *visit) instants(q url.Values) asked {
	var a asked
	a.atDay, a.knownDay = q.Get("at"), q.Get("known")
	a.at, a.wrongAt = v.endOf(a.atDay)
	a.known, a.wrongKnown = v.endOf(a.knownDay)
	return a
}

// endOf is the last instant of a day where the organisation is; nil: today.
func (v *visit) endOf(day string) (*time.Time, ui.Text) {
	if day == "" {
		return nil, ui.Text{}
	}
	t, err := time.ParseInLocation(time.DateOnly, day, v.register.Zone)
	if err != nil {
		return nil, ui.Say("console.why.bad_day")
	}
	if t.After(v.now) {
		return nil, ui.Say("console.why.future")
	}
	end := time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, v.register.Zone).Add(-time.Microsecond)
	if end.After(v.now) {
		return nil, ui.Text{}
	}
	return &end, ui.Text{}
}

// why shows everything about one person, as of a day.
func (c *Console) why(w http.ResponseWriter, r *http.Request, v *visit) error {
	a := v.instants(r.URL.Query())
	id := r.PathValue("id")
	whole, err := c.Standing.Why(r.Context(), v.actor, standing.View{Subject: id, At: a.at, KnownAt: a.known, Language: v.language})
	if err != nil {
		return err
	}
	positions, err := c.positions(r.Context(), v, whole.Person.History)
	if err != nil {
		return err
	}
	s := subjectView{visit: v, id: id, whole: whole, asked: a, positions: positions}
	p := v.page(ui.Say("console.why"), s.body(r.URL.Query().Get("before")))
	p.Lead, p.Wide = s.lead(), true
	c.UI.Render(w, r, http.StatusOK, "console.why", p)
	return nil
}

// positions tells at which places of the log facts are.
func (c *Console) positions(ctx context.Context, v *visit, history []lawful.Recorded) (map[string]int64, error) {
	ids := make([]string, len(history))
	for i, f := range history {
		ids[i] = f.Entry
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var out map[string]int64
	err := c.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		out, err = c.Ledger.Positions(ctx, tx, v.actor.Org, ids)
		return err
	})
	return out, err
}

// subjectView is a person being shown.
type subjectView struct {
	*visit
	asked

	id        string
	whole     standing.Whole
	positions map[string]int64
}

func (s subjectView) lead() ui.Text {
	switch n := len(s.whole.Held); n {
	case 0:
		return ui.Say("console.why.lead.none")
	case 1:
		return s.contact(s.whole.Held[0])
	default:
		return ui.Say("console.why.lead", n-1, s.contact(s.whole.Held[0]))
	}
}

func (s subjectView) body(before string) *whyBody {
	b := &whyBody{
		Here: "/subjects/" + url.PathEscape(s.id), Past: s.at != nil || s.known != nil, KnownSet: s.knownDay != "",
		At:    ui.Field{Name: "at", Kind: "date", Label: ui.Say("console.why.at"), Value: s.atDay, Max: s.today(), Error: s.wrongAt},
		Known: ui.Field{Name: "known", Kind: "date", Label: ui.Say("console.why.known"), Hint: ui.Say("console.why.known.hint"), Value: s.knownDay, Max: s.today(), Error: s.wrongKnown},
	}
	b.Wrong = ui.Wrong{Fields: []ui.Field{b.At, b.Known}}
	switch {
	case s.at != nil && s.known != nil:
		b.AsOf = ui.Say("console.why.asof.known", ui.Day{Time: *s.at}, ui.Day{Time: *s.known})
	case s.at != nil:
		b.AsOf = ui.Say("console.why.asof", ui.Day{Time: *s.at})
	case s.known != nil:
		b.AsOf = ui.Say("console.why.asof.knew", ui.Day{Time: *s.known})
	}
	for _, l := range s.whole.Lines {
		i := slices.IndexFunc(b.Purposes, func(p purposeCard) bool { return p.ID == l.Purpose })
		if i < 0 {
			i = len(b.Purposes)
			b.Purposes = append(b.Purposes, purposeCard{ID: l.Purpose, Title: s.purpose(l.Purpose), Basis: s.basis(l)})
		}
		b.Purposes[i].add(s.line(l, b.Here))
	}
	for _, h := range s.whole.Held {
		b.Held = append(b.Held, heldLine{ui.Say("console.id." + h.Kind), s.contact(h), ui.Say("console.holder." + h.Holder)})
	}
	for _, chain := range s.whole.Person.Chains {
		if chain != s.id {
			b.Linked = append(b.Linked, ui.Link{Href: "/subjects/" + url.PathEscape(chain), Text: ui.Verbatim(short(chain))})
		}
	}
	b.Story, b.Older = s.story(before)
	b.Total = len(s.whole.Person.History)
	if s.actor.May(access.ScopeRequests) {
		b.Erase = b.Here + "/erase"
	}
	return b
}

// add puts an answer with the others, or joins it to the one that says the same.
func (p *purposeCard) add(l line) {
	for i := range p.Lines {
		o := &p.Lines[i]
		if o.Why != l.Why || o.Rule != l.Rule || !reflect.DeepEqual(o.Also, l.Also) || !same(o.Since, l.Since) || !same(o.Until, l.Until) {
			continue
		}
		o.Channels = append(o.Channels, l.Channels...)
		o.Prove = append(o.Prove, l.Prove...)
		o.trace(l.Traces[0])
		for _, c := range l.Contacts {
			if !slices.ContainsFunc(o.Contacts, func(have ui.Text) bool { return reflect.DeepEqual(have, c) }) {
				o.Contacts = append(o.Contacts, c)
			}
		}
		return
	}
	p.Lines = append(p.Lines, l)
}

// trace puts how a channel came to its answer with the others, or joins it to
// one that is the same.
func (l *line) trace(t trace) {
	for i := range l.Traces {
		if reflect.DeepEqual(l.Traces[i].Steps, t.Steps) {
			l.Traces[i].For = append(l.Traces[i].For, t.For...)
			return
		}
	}
	l.Traces = append(l.Traces, t)
}

func same(a, b *time.Time) bool { return a == b || a != nil && b != nil && a.Equal(*b) }

func (s subjectView) today() string { return s.now.In(s.register.Zone).Format(time.DateOnly) }

func (s subjectView) basis(l standing.Line) ui.Text {
	if l.Decision.Basis == "" {
		return ui.Text{}
	}
	return ui.Say("basis." + l.Decision.Basis)
}

// line puts an answer into words.
func (s subjectView) line(l standing.Line, here string) line {
	d := l.Decision
	step, _ := d.Step()
	out := line{
		Channels: []ui.Text{channel(l.Channel)}, Badge: verdict(d), Why: d.Explanation, Since: d.Since, Until: d.Until,
		Rule: cmp.Or(step.Law, d.Rule), Source: lawbook.Cited(step.Source, s.language),
		Traces: []trace{{For: []ui.Text{channel(l.Channel)}, Steps: s.reader().Steps(d, s.register.Rules.Law)}},
	}
	for _, reason := range d.Also {
		out.Also = append(out.Also, ui.Say("reason."+string(reason)))
	}
	for _, h := range l.Held {
		out.Contacts = append(out.Contacts, s.contact(h))
	}
	if fact := s.deciding(d); fact != nil {
		out.Fact = s.seal(fact.Entry)
		if fact.Choice != nil && fact.Choice.Notice != nil {
			n := fact.Choice.Notice
			out.Notice = &ui.Link{Href: noticeAddress(n.ID, n.Version), Text: ui.Say("console.notice.name", n.ID, n.Version)}
		}
	}
	if s.actor.May(access.ScopeCheck) {
		out.Prove = s.buttons(l, here)
	}
	return out
}

// verdict is the badge of a decision; a yes with weak proof says so.
func verdict(d lawful.Decision) ui.Badge {
	b := ui.Decided(d.Permitted, string(d.Reason))
	if d.Reason == lawful.ReasonConsentDeclared {
		b.Tone = ui.Due
	}
	return b
}

// buttons download the certificate, for each identifier of the line.
func (s subjectView) buttons(l standing.Line, here string) []proof {
	held := l.Held
	if len(held) == 0 && len(s.whole.Held) > 0 {
		held = s.whole.Held[:1]
	}
	var out []proof
	for _, h := range held {
		i := slices.IndexFunc(s.whole.Held, func(o subject.Held) bool { return o.Identifier.Identifier == h.Identifier.Identifier })
		text := channel(l.Channel)
		if len(held) > 1 {
			text = ui.Say("console.why.certificate.for", text, s.contact(h))
		}
		out = append(out, proof{For: text, Post: ui.Post{Action: here + "/certificate", Text: ui.Say("console.why.certificate"), Fields: []ui.Hidden{
			{Name: "purpose", Value: l.Purpose}, {Name: "channel", Value: l.Channel}, {Name: "held", Value: strconv.Itoa(i)},
			{Name: "at", Value: s.atDay}, {Name: "known", Value: s.knownDay},
		}}})
	}
	return out
}

// deciding is the fact an answer rests on.
func (s subjectView) deciding(d lawful.Decision) *lawful.Recorded {
	for _, entry := range d.Facts {
		i := slices.IndexFunc(s.whole.Person.History, func(f lawful.Recorded) bool { return f.Entry == entry })
		if i >= 0 {
			return &s.whole.Person.History[i]
		}
	}
	return nil
}

func (s subjectView) seal(entry string) *ui.Seal { return sealOf(s.positions, entry) }

func sealOf(positions map[string]int64, entry string) *ui.Seal {
	at, ok := positions[entry]
	return &ui.Seal{Entry: at, Href: "/ledger/" + url.PathEscape(entry), Wait: !ok}
}

// short is the end of a pseudonym, enough to tell two apart.
func short(id string) string {
	_, rest, found := strings.Cut(id, "_")
	if !found {
		return id
	}
	return "…" + rest[max(0, len(rest)-12):]
}

// certificate downloads the proof of one answer.
func (c *Console) certificate(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "bad_form", "The form can't be read.")
	}
	a := v.instants(r.PostForm)
	whole, err := c.Standing.Why(r.Context(), v.actor, standing.View{Subject: r.PathValue("id"), At: a.at, KnownAt: a.known, Language: v.language})
	if err != nil {
		return err
	}
	i, err := strconv.Atoi(r.PostFormValue("held"))
	if err != nil || i < 0 || i >= len(whole.Held) {
		return problem.New(problem.NotFound, "unknown_identifier", "This person holds no such identifier any more. Open the page again.")
	}
	h := whole.Held[i]
	file, err := c.Standing.Certificate(r.Context(), v.actor, standing.Question{
		Subject: standing.Named(h), Source: h.Source, Purpose: r.PostFormValue("purpose"), Channel: r.PostFormValue("channel"),
		At: a.at, KnownAt: a.known, Language: v.language,
	})
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/json", "certificate.json", file)
}
