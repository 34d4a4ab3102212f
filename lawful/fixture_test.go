// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

// packs is the law that the program carries.
var packs = sync.OnceValue(func() map[string]lawful.Pack {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	packs, err := law.Use(zone, nil, nil)
	if err != nil {
		panic(err)
	}
	return packs
})

// day reads a local day or minute of the shop.
func day(s string) time.Time {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t
		}
	}
	panic("not a day: " + s)
}

func dayp(s string) *time.Time {
	t := day(s)
	return &t
}

var everyChannel = lawful.Channels()

// shopRules is what a small shop declared; the cases in testdata stand on it too.
func shopRules() *lawful.Rules {
	return &lawful.Rules{
		Organisation: lawful.Organisation{
			ID: "bottega", Name: "Bottega Esempio Srl", Country: "IT", Language: "it", TimeZone: "Europe/Rome",
		},
		Purposes:   shopPurposes(),
		Notices:    shopNotices(),
		Sources:    shopSources(),
		Recipients: shopRecipients(),
		Balancing: map[string][]lawful.Balancing{
			"interest": {{Happened: day("2024-01-01"), Recorded: day("2024-01-01"), Outcome: "passed"}},
		},
		Law: packs(),
	}
}

func shopPurposes() map[string][]lawful.Purpose {
	consent := func(p lawful.Purpose) lawful.Purpose {
		p.Marketing, p.Basis, p.Channels = true, lawful.BasisConsent, everyChannel
		return p
	}
	purposes := []lawful.Purpose{
		consent(lawful.Purpose{
			ID: "newsletter", Minimum: "recorded", Data: []lawful.Data{{Name: "email"}, {Name: "given_name"}, {Name: "purchases", MaxAge: &lawful.Period{Number: 12, Unit: lawful.UnitMonths}}},
			Operations: []string{"use", "storage"}, Recipients: []string{"mailer", "unsigned", "ended"},
		}),
		consent(lawful.Purpose{ID: "events"}),
		consent(lawful.Purpose{ID: "profiling", Profiling: true}),
		consent(lawful.Purpose{ID: "double", Confirmation: map[string]string{"email": "required"}}),
		consent(lawful.Purpose{ID: "strict", Minimum: "confirmed", ConfirmFrom: dayp("2026-01-01")}),
		consent(lawful.Purpose{ID: "lax", Minimum: "declared"}),
		consent(lawful.Purpose{ID: "yearly", ExpiresMonth: 12}),
		consent(lawful.Purpose{ID: "reworded"}),
		consent(lawful.Purpose{ID: "kept", Retention: &lawful.Retention{From: lawful.FromLastActivity, For: lawful.Period{Number: 1, Unit: lawful.UnitYears}}}),
		consent(lawful.Purpose{ID: "rare", Frequency: &lawful.Frequency{Max: 1, Per: "month", Channels: []string{"email"}}}),
		consent(lawful.Purpose{ID: "retired", Retired: dayp("2026-06-01")}),
		consent(lawful.Purpose{ID: "future", From: dayp("2026-10-01")}),
		{ID: "survey", Basis: lawful.BasisConsent, Channels: everyChannel},
		{ID: "orders", Basis: lawful.BasisContract, Channels: everyChannel},
		{ID: "invoices", Basis: lawful.BasisLegalObligation, Law: "art. 21 DPR 633/1972", Channels: everyChannel},
		{ID: "lawless", Basis: lawful.BasisLegalObligation, Channels: everyChannel},
		{ID: "soft", Marketing: true, Basis: lawful.BasisSoftOptIn, Channels: everyChannel},
		{ID: "interest", Basis: lawful.BasisLegitimateInterests, Channels: everyChannel},
		{ID: "unbalanced", Basis: lawful.BasisLegitimateInterests, Channels: everyChannel},
		{ID: "vital", Basis: lawful.BasisVitalInterests, Channels: everyChannel},
		{ID: "public", Basis: lawful.BasisPublicTask, Channels: everyChannel},
		{ID: "upsell", Marketing: true, Basis: lawful.BasisContract, Channels: everyChannel},
		{ID: "narrow", Marketing: true, Basis: lawful.BasisConsent, Channels: []string{"email"}},
	}
	byID := map[string][]lawful.Purpose{}
	for _, p := range purposes {
		byID[p.ID] = append(byID[p.ID], p)
	}
	return byID
}

func shopNotices() map[string][]lawful.Notice {
	return map[string][]lawful.Notice{
		"signup": {
			{ID: "signup", Version: 1, Published: day("2020-01-01")},
			{ID: "signup", Version: 2, Published: day("2026-05-01"), Changes: []lawful.Change{
				{Purpose: "reworded", Effect: "reconsent", Why: "a new controller"},
				{Purpose: "newsletter", Effect: "inform", Why: "a new processor"},
			}},
		},
		"broken": {{ID: "broken", Version: 1, Published: day("2020-01-01"), Invalid: &lawful.Invalid{Reason: "no controller named", DecidedBy: "the board"}}},
	}
}

func shopSources() map[string][]lawful.Source {
	source := func(id, kind, title string) lawful.Source {
		return lawful.Source{ID: id, Kind: kind, Title: map[string]string{"it": title}, Notice: "signup"}
	}
	form := source("form", lawful.SourceForm, "Modulo a piè di pagina")
	ticked := source("ticked", lawful.SourceForm, "Modulo vecchio")
	ticked.Default = "ticked"
	contest := source("contest", lawful.SourceForm, "Concorso")
	contest.ConditionOf = "taking part"
	bare := source("bare", lawful.SourceForm, "Cartolina")
	bare.Notice = ""
	accepted := source("accepted", lawful.SourceImport, "Vecchia lista")
	accepted.Accepted = &lawful.Accepted{Grade: "declared", Reason: "regulars", DecidedBy: "the board", Until: dayp("2026-12-01")}
	bought := source("bought", lawful.SourceBought, "Lista acquistata")
	bought.Accepted = accepted.Accepted
	byID := map[string][]lawful.Source{}
	for _, s := range []lawful.Source{
		form, ticked, contest, bare, accepted, bought,
		source("list", lawful.SourceImport, "Lista"), source("crm", lawful.SourceAPI, "Gestionale"),
		source("shop", lawful.SourceShop, "Negozio"),
	} {
		byID[s.ID] = []lawful.Source{s}
	}
	return byID
}

func shopRecipients() map[string]lawful.Recipient {
	return map[string]lawful.Recipient{
		"mailer":   {ID: "mailer", Kind: "processor", Name: "Mailer SpA", Signed: dayp("2025-01-01"), Expires: dayp("2027-01-01")},
		"unsigned": {ID: "unsigned", Kind: "processor", Name: "Nessuno Srl"},
		"ended":    {ID: "ended", Kind: "processor", Name: "Finita Srl", Signed: dayp("2024-01-01"), Expires: dayp("2026-01-01")},
		"stranger": {ID: "stranger", Kind: "processor", Name: "Altri Srl", Signed: dayp("2024-01-01")},
	}
}

var (
	anna   = lawful.Identifier{Kind: lawful.IDEmail, Value: "anna@example.com"}
	bruno  = lawful.Identifier{Kind: lawful.IDEmail, Value: "bruno@example.com"}
	mobile = lawful.Identifier{Kind: lawful.IDPhone, Value: "+393331112222"}
	laptop = lawful.Identifier{Kind: lawful.IDDevice, Value: "d-1"}
	tablet = lawful.Identifier{Kind: lawful.IDDevice, Value: "d-2"}
	number = lawful.Identifier{Kind: lawful.IDSource, Value: "42", Source: "crm"}
)

// change edits a fact being built.
type change func(*lawful.Recorded)

// choose is a choice of Anna's by mail, as a form records it.
func choose(choice, purpose, channel, on string, changes ...change) lawful.Recorded {
	f := happen(lawful.KindChoice, on)
	f.Source = "form"
	f.Choice = &lawful.Choice{Purpose: purpose, Channel: channel, Choice: choice}
	if choice == lawful.Given {
		f.Choice.Evidence = &lawful.Evidence{Method: "checkbox", Default: "unticked"}
	}
	for _, c := range changes {
		c(&f)
	}
	return f
}

func happen(kind, on string, changes ...change) lawful.Recorded {
	f := lawful.Recorded{Chain: "s1"}
	f.Kind, f.Happened, f.Actor = kind, day(on), lawful.ActorPerson
	f.Recorded = f.Happened
	f.Identifiers = []lawful.Identifier{anna}
	for _, c := range changes {
		c(&f)
	}
	return f
}

func through(source string) change { return func(f *lawful.Recorded) { f.Source = source } }
func by(actor string) change       { return func(f *lawful.Recorded) { f.Actor = actor } }
func chain(id string) change       { return func(f *lawful.Recorded) { f.Chain = id } }
func undated(f *lawful.Recorded)   { f.Undated = true }
func unproven(f *lawful.Recorded)  { f.Choice.Unproven = true }
func dated(f *lawful.Recorded)     { f.Choice.Evidence.Dated = true }
func recorded(on string) change    { return func(f *lawful.Recorded) { f.Recorded = day(on) } }
func method(m string) change       { return func(f *lawful.Recorded) { f.Choice.Evidence.Method = m } }

func with(ids ...lawful.Identifier) change {
	return func(f *lawful.Recorded) { f.Identifiers = ids }
}

func on(notice string, version int) change {
	return func(f *lawful.Recorded) { f.Choice.Notice = &lawful.NoticeRef{ID: notice, Version: version} }
}

// history numbers facts as the ledger does.
func history(facts ...lawful.Recorded) []lawful.Recorded {
	next := map[string]int64{}
	for i := range facts {
		next[facts[i].Chain]++
		facts[i].Seq = next[facts[i].Chain]
		if facts[i].Entry == "" {
			facts[i].Entry = fmt.Sprintf("%s-%d", facts[i].Chain, facts[i].Seq)
		}
	}
	return facts
}

func ask(purpose, channel string, ids ...lawful.Identifier) lawful.Question {
	if len(ids) == 0 {
		ids = []lawful.Identifier{anna}
	}
	return lawful.Question{Purpose: purpose, Channel: channel, Identifier: ids, At: day("2026-11-21"), Explain: true}
}

func decide(q lawful.Question, facts ...lawful.Recorded) lawful.Decision {
	return lawful.Decide(shopRules(), lawful.Person{Known: true, History: history(facts...)}, q)
}

func wantReason(t *testing.T, got lawful.Decision, want lawful.Reason, also ...lawful.Reason) {
	t.Helper()
	if got.Reason != want || got.Permitted != want.Permits() || fmt.Sprint(got.Also) != fmt.Sprint(also) {
		t.Errorf("got %s (permitted %t) also %v, want %s also %v\n%s", got.Reason, got.Permitted, got.Also, want, also, got.Explanation)
	}
}

func contains(text, part string) bool { return strings.Contains(text, part) }
