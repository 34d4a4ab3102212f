// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// dueAsked are the flags of due.
type dueAsked struct {
	right, received, aware       string
	identityAsked, identityGiven string
	jurisdiction                 string
	local                        []string
	extended, breach             bool
	calendar                     *law.Calendar
	rules                        *lawful.Rules
	warnings                     []string
}

func dueCommand(g *globals) *cobra.Command {
	q := dueAsked{}
	cmd := &cobra.Command{
		Use:   "due",
		Short: "by when a request is answered or a breach is told, and why",
		Long: "Counts a legal period and explains it, offline.\n\n" +
			"  lecito due --right erasure --received 2026-11-02 --jurisdiction IT\n" +
			"  lecito due --breach --aware \"2026-11-20 17:30\" --jurisdiction IT",
		Args: args(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			if err := q.check(); err != nil {
				return err
			}
			if err := q.open(); err != nil {
				return err
			}
			if q.breach {
				return g.dueBreach(&q)
			}
			return g.dueResponse(&q)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.right, "right", "", "the right asked for: "+strings.Join(law.Rights(), ", "))
	flags.StringVar(&q.received, "received", "", "the day the request arrived, on any channel")
	flags.BoolVar(&q.extended, "extended", false, "the person was told of an extension, and why")
	flags.StringVar(&q.identityAsked, "identity-asked", "", "the day the person was asked to prove who they are")
	flags.StringVar(&q.identityGiven, "identity-given", "", "the day they did")
	flags.BoolVar(&q.breach, "breach", false, "a breach of personal data")
	flags.StringVar(&q.aware, "aware", "", "when you became aware of it: 2026-11-20T17:30:00+01:00, or \"2026-11-20 17:30\" by the clock there")
	flags.StringVar(&q.jurisdiction, "jurisdiction", "", "whose law: IT, FR, GB, US-CA, … (required)")
	flags.StringSliceVar(&q.local, "local", nil, "regional or patron days to count as holidays too, as IT-MI")
	return cmd
}

// check refuses flags that do not belong together.
func (q *dueAsked) check() error {
	request := q.right != "" || q.received != "" || q.extended || q.identityAsked != "" || q.identityGiven != ""
	switch {
	case q.jurisdiction == "":
		return usage("name whose law it is: --jurisdiction IT")
	case request && (q.breach || q.aware != ""):
		return usage("either a request (--right, --received) or a breach (--breach, --aware), not both")
	case q.aware != "" && !q.breach:
		return usage("--aware is for a breach: add --breach")
	case q.breach && q.aware == "":
		return usage("say when you became aware of the breach: --aware \"2026-11-20 17:30\"")
	case !q.breach && (q.right == "" || q.received == ""):
		return usage("name the right and the day the request arrived: --right erasure --received 2026-11-02; or --breach --aware TIME")
	case q.identityGiven != "" && q.identityAsked == "":
		return usage("--identity-given needs --identity-asked: without the day you asked, no wait can be counted")
	}
	return nil
}

// open finds the law and the calendar; what is off is switched on for the count, and said.
func (q *dueAsked) open() error {
	pack, err := law.Find(q.jurisdiction)
	if err != nil {
		return flagged("jurisdiction", err)
	}
	calendars, err := law.ReadCalendars()
	if err != nil {
		return err
	}
	if q.calendar, err = calendars.Of(pack.ID); err != nil {
		return flagged("jurisdiction", err)
	}
	if q.calendar, err = q.calendar.With(q.local...); err != nil {
		return flagged("local", err)
	}
	packs, err := law.Use(q.calendar.Zone, []string{pack.ID}, nil)
	if err != nil {
		return err
	}
	q.rules = &lawful.Rules{Law: packs}
	if !pack.On {
		q.warnings = append(q.warnings, fmt.Sprintf("The law of %s is off until an organisation switches it on: it %s. The date below is counted all the same.", pack.Title["en"], pack.Why))
	}
	return nil
}

// flagged says which flag was wrong. Every problem here is one of input.
func flagged(flag string, err error) error {
	if p := problem.As(err); p != nil {
		return usage("--" + flag + ": " + p.Detail)
	}
	return err
}

// date reads a day, or an instant, which stands for its day there.
func (q *dueAsked) date(flag, text string) (law.Day, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		text = law.DayOf(at, q.calendar.Zone).String()
	}
	day, err := law.ParseDay(text)
	if err != nil {
		return 0, flagged(flag, err)
	}
	return day, nil
}

func (g *globals) dueResponse(q *dueAsked) error {
	request := law.Request{Extended: q.extended}
	var err error
	if request.Right, err = law.Right(q.right); err != nil {
		return flagged("right", err)
	}
	if request.Received, err = q.date("received", q.received); err != nil {
		return err
	}
	if q.identityAsked != "" {
		asked := law.Asked{What: law.AskIdentity}
		if asked.On, err = q.date("identity-asked", q.identityAsked); err != nil {
			return err
		}
		if q.identityGiven != "" {
			given, err := q.date("identity-given", q.identityGiven)
			if err != nil {
				return err
			}
			asked.Given = &given
		}
		request.Asked = []law.Asked{asked}
	}
	d, err := q.calendar.Response(q.rules, request)
	if err != nil {
		return err
	}
	if g.json {
		d.Cautions = append(q.warnings, d.Cautions...)
		return g.encode(d)
	}
	return g.print("%s", strings.Join(append(dueWarnings(q.warnings), dueLines("due", d)...), "\n"))
}

// dueBreachAnswer is what due says of a breach, for machines. Nil: the law there says nothing of them.
type dueBreachAnswer struct {
	Authority *law.Due `json:"authority,omitempty"`
	People    *law.Due `json:"people,omitempty"`
}

func (g *globals) dueBreach(q *dueAsked) error {
	aware, err := law.Instant(q.aware, q.calendar.Zone)
	if err != nil {
		return flagged("aware", err)
	}
	answer := dueBreachAnswer{}
	lines := append(dueWarnings(q.warnings), "Times are those of "+q.calendar.Name+" ("+q.calendar.Zone.String()+").")
	var none error
	for _, tell := range []struct {
		topic, title string
		due          **law.Due
	}{
		{law.TopicBreachAuthority, "tell the authority", &answer.Authority},
		{law.TopicBreachPeople, "tell the people", &answer.People},
	} {
		d, err := q.calendar.Breach(q.rules, tell.topic, aware)
		if problem.As(err) != nil {
			none = err
			continue
		}
		if err != nil {
			return err
		}
		lines = append(append(lines, ""), dueLines(tell.title, d)...)
		d.Cautions = append(slices.Clone(q.warnings), d.Cautions...)
		*tell.due = &d
	}
	switch {
	case answer.Authority == nil && answer.People == nil:
		return none
	case g.json:
		return g.encode(answer)
	}
	return g.print("%s", strings.Join(lines, "\n"))
}

func dueWarnings(warnings []string) []string {
	var lines []string
	for _, w := range warnings {
		lines = append(lines, "WARNING: "+w)
	}
	return lines
}

// dueLines writes a date for people: what first, then what to beware of, then why.
func dueLines(title string, d law.Due) []string {
	var lines []string
	if d.AtOnce != "" {
		lines, title = append(lines, d.AtOnce), "the answer is due"
	}
	if d.AtOnce == "" || d.End != nil {
		lines = append(lines, title+": "+dueWhen(d))
	}
	if d.Due != 0 && d.Conservative != d.Due {
		lines = append(lines, "plan for: "+d.Conservative.Words()+", the last working day before")
	}
	for _, m := range d.Milestones {
		what := "confirm that it arrived, by: "
		if m.What == law.MilestoneExtension {
			what = "tell the person of the extension, and why, by: "
		}
		lines = append(lines, what+m.Due.Words())
	}
	lines = append(append(lines, dueWarnings(d.Cautions)...), "why:")
	for _, step := range d.Steps {
		lines = append(lines, "  "+step.Text)
	}
	if d.Later != nil {
		lines = append(lines, "arguable later limit: until "+d.Later.End.Format(time.RFC3339)+" ("+dueSure(d.Later.Assurance)+"). "+d.Later.Text)
	}
	for _, h := range d.Holidays {
		lines = append(lines, "holiday: "+h.Day.Words()+", "+h.Name+" ("+h.Source+"; "+dueSure(h.Assurance)+")")
	}
	for _, r := range d.Rules {
		lines = append(lines, "rule: "+r.Key+" ("+r.Source+"; "+dueSure(r.Assurance)+")")
	}
	return lines
}

// dueWhen says the date in one line.
func dueWhen(d law.Due) string {
	switch {
	case d.End == nil:
		return "the law has no number; see why"
	case strings.Contains(d.Period, "hour"):
		return d.End.Format("Monday 2 January 2006, 15:04:05 (UTC-07:00, ") + d.Zone + ")"
	}
	return d.Due.Words() + ", until midnight in " + d.Zone + " (" + d.End.Format(time.RFC3339) + ")"
}

// dueSure says how sure a rule is.
func dueSure(assurance string) string {
	if assurance == lawful.AssuranceMemory {
		return "from memory, not checked"
	}
	return assurance
}
