// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/console/chart"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// todayBody is what needs somebody, and beside it how things stand.
type todayBody struct {
	Tasks   []task
	None    *ui.Empty
	Waiting bool // the figures are being counted for the first time
	Figures *figureBody
}

// task is one thing that needs a person now.
type task struct {
	Tone ui.Tone
	Text ui.Text
	Due  *time.Time
	Now  time.Time
	What ui.Text // what to do
	Way  *ui.Link
	rank time.Time // the most urgent first
}

// Horizons of what is told in advance.
const (
	contractAhead = 60 * 24 * time.Hour
	proofAhead    = 60 * 24 * time.Hour
	logBehind     = 1000 // entries that wait to be taken in
)

// today shows what needs a person now.
func (c *Console) today(w http.ResponseWriter, r *http.Request, v *visit) error {
	waiting, err := c.Ledger.Waiting(r.Context(), v.actor.Org)
	if err != nil {
		return err
	}
	interrupted, err := c.Lists.Interrupted(r.Context(), v.actor)
	if err != nil {
		return err
	}
	tally := c.tally(r.Context(), v.actor, v.now)
	var tasks []task
	if waiting > logBehind {
		tasks = append(tasks, task{Tone: ui.No, Text: ui.Say("console.task.log", waiting), What: ui.Say("console.task.log.do"), Way: &ui.Link{Href: "/ledger", Text: ui.Say("console.nav.ledger")}})
	}
	asked, err := c.waiting(r.Context(), v)
	if err != nil {
		return err
	}
	tasks = append(tasks, asked...)
	tasks = append(tasks, v.interrupted(interrupted)...)
	tasks = append(tasks, v.contracts()...)
	tasks = append(tasks, v.weakSources()...)
	tasks = append(tasks, v.counted(tally)...)
	for i := range tasks {
		tasks[i].Now = v.now
	}
	slices.SortStableFunc(tasks, func(a, b task) int { return a.rank.Compare(b.rank) })
	body := todayBody{Tasks: tasks, Waiting: tally == nil}
	if tally != nil {
		body.Figures = v.figureBody(tally)
	}
	if len(tasks) == 0 {
		body.None = &ui.Empty{Title: ui.Say("console.today.none"), Text: ui.Say("console.today.none.text")}
	}
	p := v.page(ui.Say("console.today"), body)
	p.Lead, p.Wide = ui.Say("console.today.lead", v.locale.Weekday(v.now)), true
	c.UI.Render(w, r, http.StatusOK, "console.today", p)
	return nil
}

func (v *visit) interrupted(all []lists.Interrupted) []task {
	var out []task
	for _, i := range all {
		out = append(out, task{
			Tone: ui.Due, Text: ui.Say("console.task.import", i.Rows, v.source(i.Source), ui.Day{Time: i.Started}),
			What: ui.Say("console.task.import.do"), Way: &ui.Link{Href: "/lists", Text: ui.Say("console.nav.lists")},
		})
	}
	return out
}

// contracts finds recipients without a contract in force, or soon so.
func (v *visit) contracts() []task {
	var out []task
	way := &ui.Link{Href: "/purposes#recipients", Text: ui.Say("console.purposes.recipients")}
	for _, r := range v.register.Recipients {
		rule := v.register.Rules.Recipients[r.ID]
		switch {
		case rule.Signed == nil:
			out = append(out, task{Tone: ui.No, Text: ui.Say("console.task.contract.none", r.Name), What: ui.Say("console.task.contract.do"), Way: way})
		case rule.Expires != nil && rule.Expires.Before(v.now.Add(contractAhead)):
			last := rule.Expires.Add(-time.Second)
			t := task{Tone: ui.Due, Text: ui.Say("console.task.contract", r.Name), Due: &last, What: ui.Say("console.task.contract.do"), Way: way, rank: last}
			if !rule.Expires.After(v.now) {
				t.Tone = ui.No
			}
			out = append(out, t)
		}
	}
	return out
}

// weakSources finds written decisions to rely on weak proof that end soon.
func (v *visit) weakSources() []task {
	var out []task
	for _, s := range v.register.Sources {
		versions := v.register.Rules.Sources[s.ID]
		a := versions[len(versions)-1].Accepted
		if a == nil || a.Until == nil || !a.Until.Before(v.now.Add(proofAhead)) || !a.Until.After(v.now) {
			continue
		}
		last := a.Until.Add(-time.Second)
		out = append(out, task{
			Tone: ui.Due, Text: ui.Say("console.task.weak", v.source(s.ID)), Due: &last, What: ui.Say("console.task.weak.do"),
			Way: &ui.Link{Href: "/purposes#sources", Text: ui.Say("console.purposes.sources")}, rank: last,
		})
	}
	return out
}

// counted finds what the count of everybody shows: consents about to end, and
// people whom a changed notice asks again.
func (v *visit) counted(t *standing.Tally) []task {
	if t == nil {
		return nil
	}
	var out []task
	for use, n := range t.Ending {
		if use.Channel == lawful.ChannelWeb { // the banner asks again by itself
			continue
		}
		first := t.First[use].Add(-time.Second)
		out = append(out, task{
			Tone: ui.Due, Text: ui.Say("console.task.ending", n, v.purpose(use.Purpose), channel(use.Channel)), Due: &first,
			What: ui.Say("console.task.ending.do"), Way: &ui.Link{Href: "/expiring?purpose=" + use.Purpose + "&channel=" + use.Channel, Text: ui.Say("foresee.expiring.see")}, rank: first,
		})
	}
	for use, reasons := range t.Standing {
		if n := reasons[string(lawful.ReasonNoticeSuperseded)]; n > 0 {
			out = append(out, task{
				Tone: ui.Due, Text: ui.Say("console.task.again", n, v.purpose(use.Purpose), channel(use.Channel)),
				What: ui.Say("console.task.again.do"), Way: purposeLink(use.Purpose), rank: v.now.AddDate(1, 0, 0),
			})
		}
	}
	slices.SortFunc(out, func(a, b task) int {
		return cmp.Or(a.rank.Compare(b.rank), cmp.Compare(v.locale.Say(a.Text), v.locale.Say(b.Text)))
	})
	return out
}

func purposeLink(id string) *ui.Link {
	return &ui.Link{Href: "/purposes#" + id, Text: ui.Say("console.task.purpose")}
}

// figureBody is the numbers, with their picture.
type figureBody struct {
	Taken    time.Time
	Asked    int64 // of all there are
	People   int64 // of them
	Browsers int64
	Complete bool
	Chart    chart.Chart
	Uses     []useLine
}

// useLine is how many may be written to for one purpose on one channel.
type useLine struct {
	First    bool // of its purpose
	Span     int
	Purpose  string
	Channel  ui.Text
	Reached  int64
	Yes      int64
	Weak     int64 // of the yes: with weak proof
	YesWidth float64
	WeakX    float64
	WeakW    float64
}

func (v *visit) figureBody(t *standing.Tally) *figureBody {
	b := &figureBody{Taken: t.Taken, Asked: t.People, People: t.People - t.Browsers, Browsers: t.Browsers, Complete: t.Complete, Chart: chart.Of(t, v.locale)}
	for _, p := range v.register.Purposes {
		if p.Marketing {
			b.Uses = append(b.Uses, v.uses(p, t)...)
		}
	}
	return b
}

func (v *visit) uses(p register.Purpose, t *standing.Tally) []useLine {
	var out []useLine
	for i, ch := range p.Channels {
		l := useLine{First: i == 0, Span: len(p.Channels), Purpose: v.purpose(p.ID), Channel: channel(ch)}
		for reason, n := range t.Standing[standing.Use{Purpose: p.ID, Channel: ch}] {
			l.Reached += n
			if permits(reason) {
				l.Yes += n
			}
			if reason == string(lawful.ReasonConsentDeclared) {
				l.Weak += n
			}
		}
		if l.Reached > 0 {
			share := func(n int64) float64 { return 100 * float64(n) / float64(l.Reached) }
			l.YesWidth, l.WeakW = share(l.Yes-l.Weak), share(l.Weak)
			l.WeakX = l.YesWidth
		}
		out = append(out, l)
	}
	return out
}

// permits says whether a reason is that of a yes.
func permits(reason string) bool {
	switch lawful.Reason(reason) {
	case lawful.ReasonConsentGiven, lawful.ReasonConsentDeclared, lawful.ReasonSoftOptIn, lawful.ReasonLegitimateInterest,
		lawful.ReasonContract, lawful.ReasonLegalObligation:
		return true
	}
	return false
}
