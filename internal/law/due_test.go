// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// answer counts when a request has to be answered.
func answer(t *testing.T, c *law.Calendar, q law.Request) law.Due {
	t.Helper()
	if q.Right == "" {
		q.Right = "access"
	}
	d, err := c.Response(rules(t, c), q)
	if err != nil {
		t.Fatal(err)
	}
	sound(t, c, d)
	return d
}

// sound checks what every date has.
func sound(t *testing.T, c *law.Calendar, d law.Due) {
	t.Helper()
	if len(d.Rules) == 0 || d.Rules[0].Source == "" || d.Rules[0].Assurance == "" || len(d.Steps) < 2 {
		t.Errorf("it does not say where it comes from: %+v", d)
	}
	if d.End != nil && d.Aware == nil && !d.End.Equal(d.Due.End(c.Zone)) {
		t.Errorf("%s ends at %s", d.Due, d.End)
	}
	if d.Conservative > d.Due || d.Conservative > d.Nominal && d.Conservative != d.Base {
		t.Errorf("conservative %s, nominal %s, due %s", d.Conservative, d.Nominal, d.Due)
	}
	for _, s := range d.Steps {
		if s.Text == "" || s.Kind == "" || s.Date == 0 {
			t.Errorf("a step says nothing: %+v", s)
		}
	}
}

// text is all that a date says of itself.
func text(d law.Due) string {
	var b strings.Builder
	for _, s := range d.Steps {
		b.WriteString(s.Text + "\n")
	}
	b.WriteString(strings.Join(d.Cautions, "\n"))
	return b.String()
}

func wantDays(t *testing.T, d law.Due, nominal, due, conservative string) {
	t.Helper()
	if d.Nominal.String() != nominal || d.Due.String() != due {
		t.Errorf("nominal %s, due %s; want %s, %s\n%s", d.Nominal, d.Due, nominal, due, text(d))
	}
	if conservative != "" && d.Conservative.String() != conservative {
		t.Errorf("conservative %s, want %s", d.Conservative, conservative)
	}
}

func TestMonths(t *testing.T) {
	for _, c := range []struct{ name, in, received, extended, nominal, due, conservative string }{
		{"1 clamp and weekend", "IT", "2026-01-31", "", "2026-02-28", "2026-03-02", "2026-02-27"},
		{"2 leap year", "IT", "2028-01-31", "", "2028-02-29", "2028-02-29", "2028-02-29"},
		{"3 clamp in a common year", "IT", "2027-01-31", "", "2027-02-28", "2027-03-01", "2027-02-26"},
		{"4 clamp from the 30th", "IT", "2023-01-30", "", "2023-02-28", "2023-02-28", ""},
		{"5 exact in a leap year", "IT", "2024-01-29", "", "2024-02-29", "2024-02-29", ""},
		{"6 31 August", "IT", "2026-08-31", "", "2026-09-30", "2026-09-30", ""},
		{"7 Easter Sunday and Monday", "IT", "2026-03-05", "", "2026-04-05", "2026-04-07", "2026-04-03"},
		{"8 Easter Monday", "IT", "2026-03-06", "", "2026-04-06", "2026-04-07", "2026-04-03"},
		{"9 Easter Monday 2025", "IT", "2025-03-21", "", "2025-04-21", "2025-04-22", "2025-04-18"},
		{"10 Good Friday is none in Italy", "IT", "2027-02-26", "", "2027-03-26", "2027-03-26", ""},
		{"10 Good Friday in Germany", "DE", "2027-02-26", "", "2027-03-26", "2027-03-30", "2027-03-25"},
		{"11 month end does not stick", "IT", "2027-02-28", "", "2027-03-28", "2027-03-30", "2027-03-26"},
		{"12 Ferragosto on Saturday", "IT", "2026-07-15", "", "2026-08-15", "2026-08-17", "2026-08-14"},
		{"13 Christmas in Italy", "IT", "2026-11-25", "", "2026-12-25", "2026-12-28", "2026-12-24"},
		{"13 Christmas in the United Kingdom", "GB", "2026-11-25", "", "2026-12-25", "2026-12-29", "2026-12-24"},
		{"14 New Year and weekend", "IT", "2026-12-01", "", "2027-01-01", "2027-01-04", "2026-12-31"},
		{"15 over the year", "IT", "2026-12-31", "", "2027-01-31", "2027-02-01", "2027-01-29"},
		{"16 4 October in Italy", "IT", "2027-09-04", "", "2027-10-04", "2027-10-05", "2027-10-01"},
		{"16 4 October in France", "FR", "2027-09-04", "", "2027-10-04", "2027-10-04", ""},
		{"16 4 October before the law", "IT", "2023-09-04", "", "2023-10-04", "2023-10-04", ""},
		{"17 holiday on Sunday", "IT", "2026-09-04", "", "2026-10-04", "2026-10-05", "2026-10-02"},
		{"18 Liberation Day on Saturday", "IT", "2026-03-25", "", "2026-04-25", "2026-04-27", "2026-04-24"},
		{"19 1 May", "IT", "2026-04-01", "", "2026-05-01", "2026-05-04", "2026-04-30"},
		{"20 extended to a month end", "IT", "2026-11-30", "2026-12-30", "2027-02-28", "2027-03-01", "2027-02-26"},
		{"21 extended from the base", "IT", "2026-01-31", "2026-03-02", "2026-04-30", "2026-04-30", ""},
		{"22 received on a holiday", "IT", "2026-01-06", "2026-02-06", "2026-04-06", "2026-04-07", "2026-04-03"},
		{"25 Milan's day is off", "IT", "2026-11-07", "", "2026-12-07", "2026-12-07", ""},
		{"25 Milan's day is on", "IT IT-MI", "2026-11-07", "", "2026-12-07", "2026-12-09", "2026-12-04"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := strings.Fields(c.in)
			cal := calendar(t, in[0], in[1:]...)
			d := answer(t, cal, law.Request{Received: day(t, c.received), Extended: c.extended != ""})
			wantDays(t, d, c.nominal, c.due, c.conservative)
			if c.extended == "" {
				return
			}
			if m := d.Milestones[0]; m.What != law.MilestoneExtension || m.Due.String() != c.extended {
				t.Errorf("the extension is told by %s (%s), want %s", m.Due, m.What, c.extended)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	asked := func(on, given string) []law.Asked {
		a := law.Asked{What: law.AskIdentity, On: day(t, on)}
		if given != "" {
			d := day(t, given)
			a.Given = &d
		}
		return []law.Asked{a}
	}
	specified := law.Asked{What: law.AskSpecification, On: day(t, "2026-11-04"), Given: asked("2026-11-04", "2026-11-10")[0].Given}
	for _, c := range []struct {
		name, in     string
		asked        []law.Asked
		nominal, due string
		days         int
		says         string
	}{
		{"23 days are added", "IT", asked("2026-11-04", "2026-11-14"), "2026-12-12", "2026-12-14", 10, "contestable"},
		{"24 the clock starts with the identity", "GB", asked("2026-11-04", "2026-11-14"), "2026-12-14", "2026-12-14", 0, "start is contestable"},
		{"asked on the third working day", "IT", asked("2026-11-05", "2026-11-14"), "2026-12-11", "2026-12-11", 9, "contestable"},
		{"asked too late", "IT", asked("2026-11-06", "2026-11-14"), "2026-12-02", "2026-12-02", 0, "more than 3 working days"},
		{"not given yet", "IT", asked("2026-11-04", ""), "2026-12-02", "2026-12-02", 0, "not given yet"},
		{"given on the day", "IT", asked("2026-11-04", "2026-11-04"), "2026-12-02", "2026-12-02", 0, "0 days"},
		{"shared days count once", "IT", append(asked("2026-11-04", "2026-11-14"), specified), "2026-12-12", "2026-12-14", 10, "The specification"},
		{"the law stops no clock", "US-CA", asked("2026-11-04", "2026-11-14"), "2026-12-17", "2026-12-17", 0, "does not stop the clock"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := answer(t, calendar(t, c.in), law.Request{Received: day(t, "2026-11-02"), Asked: c.asked})
			wantDays(t, d, c.nominal, c.due, "")
			sum := 0
			for _, p := range d.Pauses {
				sum += p.Days
			}
			if sum != c.days || !strings.Contains(text(d), c.says) || len(d.Pauses) != len(c.asked) {
				t.Errorf("%d days in %d pauses, want %d; it says\n%s\nwant %q", sum, len(d.Pauses), c.days, text(d), c.says)
			}
		})
	}
	before := answer(t, calendar(t, "GB"), law.Request{Received: day(t, "2026-01-12"), Asked: asked("2026-01-14", "2026-01-24")})
	wantDays(t, before, "2026-02-22", "2026-02-23", "2026-02-20") // the clock did not start with the identity yet
}

func TestWhatEndsByItselfIsNotMoved(t *testing.T) {
	register := func(c *law.Calendar, topic, at string) *lawful.Law {
		return rules(t, c).LawAt(c.ID, topic, day(t, at).End(c.Zone))
	}
	it, ca := calendar(t, "IT"), calendar(t, "CA")
	for _, c := range []struct {
		name string
		in   *law.Calendar
		rule *lawful.Law
		from string
		want string
	}{
		{"26 retention from a leap day", it, period(12, lawful.UnitMonths), "2028-02-29", "2029-02-28"},
		{"27 retention to a Saturday", it, period(24, lawful.UnitMonths), "2024-02-29", "2026-02-28"},
		{"S-13 a licence of three months", it, period(3, lawful.UnitMonths), "2020-12-29", "2021-03-29"},
		{"X6 inquiry", ca, register(ca, "implied.inquiry", "2026-08-31"), "2026-08-31", "2027-02-28"},
		{"X7 purchase", ca, register(ca, "implied.purchase", "2024-02-29"), "2024-02-29", "2026-02-28"},
		{"X8 register of oppositions", it, register(it, "register.phone", "2026-11-03"), "2026-11-03", "2026-11-18"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := c.in.Lapse(c.rule, day(t, c.from))
			if err != nil {
				t.Fatal(err)
			}
			sound(t, c.in, d)
			wantDays(t, d, c.want, c.want, "")
		})
	}
	if _, err := it.Lapse(nil, day(t, "2026-01-01")); err == nil {
		t.Error("no rule has an end")
	}
}

func TestNotice(t *testing.T) {
	it, be := calendar(t, "IT"), calendar(t, "BE")
	for _, c := range []struct {
		name                        string
		in                          *law.Calendar
		obtained, contact, disclose string
		nominal, due                string
	}{
		{"28 the first mail comes first", it, "2026-11-16", "2026-11-27", "", "2026-11-27", "2026-11-27"},
		{"the period comes first", it, "2026-11-16", "2027-01-10", "2027-01-20", "2026-12-16", "2026-12-16"},
		{"a disclosure on a Sunday", it, "2026-11-16", "2026-11-27", "2026-11-22", "2026-11-22", "2026-11-22"},
		{"nothing planned", it, "2026-11-14", "", "", "2026-12-14", "2026-12-14"},
		{"the period moves", it, "2026-11-12", "", "", "2026-12-12", "2026-12-14"},
		{"contact between end and move", it, "2026-11-12", "2026-12-13", "", "2026-12-12", "2026-12-13"},
		{"S-25 first e-mail", be, "2021-03-01", "2021-03-10", "", "2021-03-10", "2021-03-10"},
		{"S-25 a month from receipt", be, "2021-03-01", "", "", "2021-04-01", "2021-04-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := law.Obtained{On: day(t, c.obtained)}
			for text, at := range map[string]**law.Day{c.contact: &q.Contact, c.disclose: &q.Disclosure} {
				if text != "" {
					d := day(t, text)
					*at = &d
				}
			}
			d, err := c.in.Notice(rules(t, c.in), q)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, c.in, d)
			wantDays(t, d, c.nominal, c.due, "")
		})
	}
}

func TestElsewhere(t *testing.T) {
	for _, c := range []struct{ name, in, right, received, due, extended string }{
		{"X1 California, deletion", "US-CA", "erasure", "2026-11-20", "2027-01-04", "2027-02-18"},
		{"X2 California, opt-out", "US-CA", "opt_out", "2026-11-20", "2026-12-14", ""},
		{"Virginia, opt-out within the general period", "US-VA", "opt_out", "2026-11-20", "2027-01-04", "2027-02-18"},
		{"X3 Iowa, access", "US-IA", "access", "2026-11-20", "2027-02-18", "2027-04-04"},
		{"Canada", "CA", "access", "2026-11-20", "2026-12-20", "2027-01-19"},
		{"Brazil", "BR", "access", "2026-11-20", "2026-12-05", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := calendar(t, c.in)
			q := law.Request{Right: c.right, Received: day(t, c.received)}
			d := answer(t, cal, q)
			wantDays(t, d, c.due, c.due, "")
			q.Extended = true
			if c.extended != "" {
				wantDays(t, answer(t, cal, q), c.extended, c.extended, "")
			} else if got, err := cal.Response(rules(t, cal), q); err == nil {
				t.Errorf("there is an extension to %s", got.Due)
			}
			if c.in == "US-CA" && c.right == "erasure" {
				if m := d.Milestones[0]; m.What != law.MilestoneAcknowledge || m.Due.String() != "2026-12-07" {
					t.Errorf("receipt is confirmed by %s", m.Due)
				}
			}
		})
	}
	us := calendar(t, "US")
	d, err := us.Deadline(rules(t, us).LawAt("US", "unsubscribe.email", time.Now()), day(t, "2026-11-20"))
	if err != nil {
		t.Fatal(err)
	}
	wantDays(t, d, "2026-12-07", "2026-12-07", "2026-12-07") // X4
	if len(d.Holidays) != 1 || d.Holidays[0].Name != "Thanksgiving" {
		t.Errorf("it met %v", d.Holidays)
	}
}
