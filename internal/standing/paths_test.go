// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// pair is two people of one run, of whom anything can be told, with what the
// test remembers: facts by who they are about, balancing tests, and links.
type pair struct {
	s     *shop.Shop
	lists *lists.Service
	run   int
	began time.Time
	chain [2]string
	facts [2][]lawful.Recorded
	tests []lawful.Balancing
	links []time.Time // linked, unlinked, linked…
	named [2]choice.Subject
}

func (p *pair) subject(t *rapid.T, who int) choice.Subject {
	named := shop.Email(fmt.Sprintf("chi%d.%d@posta.example", who, p.run))
	if rapid.Bool().Draw(t, "by phone") {
		named.Phone = fmt.Sprintf("+39333%d%06d", who, p.run%1e6)
		p.named[who].Phone = named.Phone
	}
	if rapid.Bool().Draw(t, "by address") {
		named.Address = &subject.Address{Street: fmt.Sprintf("via Romana %d", p.run), Postcode: "50125", City: "Firenze", Country: []string{"IT", "FR"}[who]}
		p.named[who].Address = named.Address
	}
	p.named[who].Email = named.Email
	return named
}

// uses are what is asked about: every basis, on a channel that reaches the two.
func uses() []standing.Use {
	return []standing.Use{
		{Purpose: "newsletter", Channel: "email"}, {Purpose: "newsletter", Channel: "sms"}, {Purpose: "partner", Channel: "email"},
		{Purpose: "similar", Channel: "email"}, {Purpose: "catalogue", Channel: "post"}, {Purpose: "calls", Channel: "phone"},
		{Purpose: "tastes", Channel: "email"}, {Purpose: "orders", Channel: "email"}, {Purpose: "invoices", Channel: "email"},
	}
}

// drawFact is any fact that can be sent, but for its time.
func drawFact(t *rapid.T) choice.Fact {
	yes := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) > 0 }
	use := rapid.SampledFrom(uses()).Draw(t, "use")
	f := choice.Fact{Kind: rapid.SampledFrom([]string{
		lawful.KindSale, lawful.KindSale, lawful.KindRelationOpened, lawful.KindRelationClosed, lawful.KindActivity, lawful.KindBirthDate,
		lawful.KindDeclaredAge, lawful.KindResidence, lawful.KindParentalConsent, lawful.KindDeceased, lawful.KindRestriction,
		lawful.KindRegisterChecked, lawful.KindRegisterChecked, lawful.KindRegisterListed, lawful.KindRestrictionLift, lawful.KindSignal,
		lawful.KindUndeliverable, lawful.KindDeliverable, lawful.KindContacted,
	}).Draw(t, "kind")}
	switch f.Kind {
	case lawful.KindSale:
		f.SimilarTo = []string{"similar"}
		f.AddressGiven, f.Informed, f.RefusalOffered = yes("address given"), yes("informed"), yes("refusal offered")
	case lawful.KindRelationOpened:
		f.EasyRevocation = yes("easy")
	case lawful.KindActivity:
		f.Act = rapid.SampledFrom([]string{"purchase", "click", "open"}).Draw(t, "act")
	case lawful.KindBirthDate:
		f.Date = rapid.SampledFrom([]string{"1980-02-29", "2012-12-01", "2013-06-30"}).Draw(t, "born")
	case lawful.KindDeclaredAge:
		f.Age = rapid.SampledFrom([]int{13, 15, 40}).Draw(t, "age")
	case lawful.KindResidence:
		f.Country = rapid.SampledFrom([]string{"IT", "FR", "DE", "JP", "US-CA"}).Draw(t, "country")
	case lawful.KindRegisterChecked, lawful.KindRegisterListed:
		f.Register = "rpo"
	case lawful.KindSignal:
		f.Signal = "gpc"
	case lawful.KindUndeliverable, lawful.KindDeliverable, lawful.KindContacted:
		f.Channel = use.Channel
		if f.Kind == lawful.KindContacted {
			f.Purpose = rapid.SampledFrom([]string{use.Purpose, "similar"}).Draw(t, "contacted for")
		}
	}
	return f
}

// tell records one thing, and remembers it as a fact on record.
func (p *pair) tell(t *rapid.T) {
	p.s.Env.Clock.Advance(time.Hour)
	now := p.s.Env.Clock.Now()
	at := now.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3, 24 * 20, 24 * 400}).Draw(t, "late")) * time.Hour)
	switch rapid.SampledFrom([]string{"choice", "choice", "choice", "fact", "fact", "fact", "test", "link"}).Draw(t, "what") {
	case "test":
		f := choice.Fact{Kind: lawful.KindBalancingTest, At: at, Purpose: "catalogue", Outcome: rapid.SampledFrom([]string{"passed", "passed", "failed"}).Draw(t, "outcome")}
		if _, err := p.s.Tell(context.Background(), shop.Key(), choice.FactsRequest{Facts: []choice.Fact{f}}); err != nil {
			t.Fatal(err)
		}
		p.tests = append(p.tests, lawful.Balancing{Happened: at, Recorded: now, Outcome: f.Outcome})
	case "link":
		p.link(t, now)
	case "fact":
		who, f := rapid.IntRange(0, 1).Draw(t, "who"), drawFact(t)
		f.At = at
		p.record(t, who, func(rules *lawful.Rules) (choice.Record, error) {
			return choice.FromFacts(rules, shop.Key(), choice.FactsRequest{Subject: p.subject(t, who), Facts: []choice.Fact{f}, Source: "crm"}, now)
		})
	case "choice":
		who, use := rapid.IntRange(0, 1).Draw(t, "who"), rapid.SampledFrom(uses()).Draw(t, "for")
		r := shop.Yes(choice.Subject{}, use.Purpose, use.Channel)
		r.Choices[0].Choice = rapid.SampledFrom([]string{
			lawful.Given, lawful.Given, lawful.Given, lawful.Confirmed, lawful.Refused, lawful.Withdrawn, lawful.Objected,
		}).Draw(t, "choice")
		r.Source, r.At = rapid.SampledFrom([]string{"form", "form", "list", "accepted", "desk", "checkout"}).Draw(t, "source"), &at
		p.record(t, who, func(rules *lawful.Rules) (choice.Record, error) {
			r.Subject = p.subject(t, who)
			return choice.FromRequest(rules, shop.Key(), r, now)
		})
	}
}

// record keeps what is taken; what can't be true is refused, and remembered as nothing.
func (p *pair) record(t *rapid.T, who int, form func(rules *lawful.Rules) (choice.Record, error)) {
	ctx := context.Background()
	named := p.named
	rules, err := p.s.Rules(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := form(rules)
	var done choice.Recorded
	if err == nil {
		done, err = p.s.Choices.Record(ctx, shop.Key(), r)
	}
	if problem.Is(err, problem.Invalid) {
		p.named = named
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	p.chain[who] = done.Subject
	for _, f := range r.Facts {
		for _, id := range r.Subject {
			f.Identifiers = append(f.Identifiers, id.Identifier)
		}
		p.facts[who] = append(p.facts[who], lawful.Recorded{
			Fact: f, Chain: done.Subject, Seq: int64(len(p.facts[who]) + 1), Entry: done.Entries[0], Recorded: p.s.Env.Clock.Now(),
		})
	}
}

func (p *pair) link(t *rapid.T, now time.Time) {
	if p.chain[0] == "" || p.chain[1] == "" {
		return
	}
	err := p.s.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		if len(p.links)%2 == 0 {
			return p.s.Subjects.Link(ctx, tx, shop.Operator(), p.chain[0], p.chain[1], "")
		}
		return p.s.Subjects.Unlink(ctx, tx, shop.Operator(), p.chain[0], p.chain[1])
	})
	if err != nil {
		t.Fatal(err)
	}
	p.links = append(p.links, now)
}

// remembered decides from what the test remembers.
func (p *pair) remembered(t *rapid.T, who int, q standing.Question) lawful.Reason {
	rules, err := p.s.Rules(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	weighed := *rules
	weighed.Balancing = map[string][]lawful.Balancing{"catalogue": p.tests}
	pure, err := standing.Pure(&weighed, q, p.s.Env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	ids, _ := q.Subject.Identifiers("", "IT")
	for _, id := range ids {
		pure.Identifier = append(pure.Identifier, id.Identifier)
	}
	linked := false
	for i, at := range p.links {
		if !at.After(pure.KnownAt) {
			linked = i%2 == 0
		}
	}
	person := lawful.Person{History: slices.Clone(p.facts[who])}
	if linked {
		person.History = append(person.History, p.facts[1-who]...)
	}
	for _, f := range person.History {
		person.Known = person.Known || !f.Recorded.After(pure.KnownAt)
	}
	return lawful.Decide(&weighed, person, pure).Reason
}

// questions asks everything about one of the two, by what reaches them.
func (p *pair) questions(who int, at, known time.Time) []standing.Question {
	var qs []standing.Question
	for _, use := range uses() {
		q := standing.Question{Purpose: use.Purpose, Channel: use.Channel, At: &at, KnownAt: &known, Explain: true, Subject: shop.Email(p.named[who].Email)}
		switch {
		case (use.Channel == "sms" || use.Channel == "phone") && p.named[who].Phone != "":
			q.Subject = shop.Phone(p.named[who].Phone)
		case use.Channel == "post" && p.named[who].Address != nil:
			q.Subject = choice.Subject{Address: p.named[who].Address}
		}
		qs = append(qs, q)
	}
	return qs
}

func TestEveryWayOfAskingGivesTheSameAnswer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.OpenWhole(t, env)
		desk := lists.New(lists.Parts{
			DB: s.DB, Ledger: s.Ledger, Choices: s.Choices, Standing: s.Standing, Rules: s.Register, Secrets: s.Secrets, Clock: env.Clock, Dir: t.TempDir(),
		})
		run := 0
		rapid.Check(t, func(t *rapid.T) {
			run++
			env.Clock.Advance(48 * time.Hour)
			p := &pair{s: s, lists: desk, run: run, began: env.Clock.Now()}
			p.tests = balanced(t, s)
			for range rapid.IntRange(1, 14).Draw(t, "length") {
				p.tell(t)
			}
			hours := int(env.Clock.Now().Sub(p.began)/time.Hour) + 1
			for _, now := range []bool{true, false} {
				at, known := env.Clock.Now(), env.Clock.Now()
				if !now {
					at = p.began.Add(time.Duration(rapid.SampledFrom([]int{-10, 0, 1, 3, hours, 24 * 17, 24 * 380, 24 * 800}).Draw(t, "at")) * time.Hour)
					known = p.began.Add(time.Duration(rapid.IntRange(-2, hours-1).Draw(t, "known")) * time.Hour)
				}
				p.asked(t, at, known)
			}
		})
	})
}

// balanced are the balancing tests on record before a run.
func balanced(t *rapid.T, s *shop.Shop) []lawful.Balancing {
	all, err := s.Standing.Balancing(context.Background(), shop.Org)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(all["catalogue"])
}

// asked holds every way of asking to what the test remembers, as of an instant.
func (p *pair) asked(t *rapid.T, at, known time.Time) {
	ctx := context.Background()
	for who := range p.named {
		if p.named[who].Email == "" {
			continue
		}
		qs := p.questions(who, at, known)
		many, err := p.s.Standing.CheckMany(ctx, shop.Key(), qs)
		if err != nil {
			t.Fatal(err)
		}
		for i, q := range qs {
			if want := p.remembered(t, who, q); many[i].Decision.Reason != want {
				t.Fatalf("%s on %s of %d at %v known %v: %s, from memory %s\n%+v", q.Purpose, q.Channel, who, at, known, many[i].Decision.Reason, want, p.facts)
			}
		}
		i := rapid.IntRange(0, len(qs)-1).Draw(t, "alone")
		p.alone(t, qs[i], many[i].Decision)
		p.listed(t, qs[i], many[i].Decision)
	}
}

// alone asks by itself, and for a certificate, which a stranger decides again.
func (p *pair) alone(t *rapid.T, q standing.Question, want lawful.Decision) {
	ctx := context.Background()
	if one, err := p.s.Standing.Check(ctx, shop.Key(), q); err != nil || !reflect.DeepEqual(one, want) {
		t.Fatalf("alone: %+v, %v, among others: %+v", one, err, want)
	}
	file, err := p.s.Standing.Certificate(ctx, shop.Key(), q)
	if err != nil {
		t.Fatal(err)
	}
	v, err := evidence.Verify(file, evidence.Options{})
	if err != nil || !v.OK() || v.Decision.Reason != want.Reason || !reflect.DeepEqual(v.Decision.Also, want.Also) {
		t.Fatalf("certified: %+v, %v, %v, asked: %+v", v.Decision, v.Problems, err, want)
	}
}

// listed puts the person on a list of one and has it cleared.
func (p *pair) listed(t *rapid.T, q standing.Question, want lawful.Decision) {
	column, cell := "Email", q.Subject.Email
	switch {
	case q.Subject.Address != nil:
		return // lists hold no postal addresses
	case q.Subject.Phone != "":
		column, cell = "Phone", q.Subject.Phone
	case q.Channel != "email":
		return
	}
	o := lists.ClearOptions{Purpose: q.Purpose, Channel: q.Channel, At: q.At, KnownAt: q.KnownAt, Column: column}
	var rejected bytes.Buffer
	result, err := p.lists.Clear(context.Background(), shop.Key(), o, strings.NewReader(column+"\n"+cell+"\n"), lists.Outputs{Rejected: &rejected})
	if head := problem.As(err); head != nil && head.Code == string(want.Reason) {
		return // nobody could change the answer
	}
	if err != nil || result.Reasons[string(want.Reason)] != 1 {
		t.Fatalf("on a list: %v, %v, asked: %s", result.Reasons, err, want.Reason)
	}
	rows, err := csv.NewReader(&rejected).ReadAll()
	if err != nil || (len(rows) > 1) == want.Permitted {
		t.Fatalf("the rejected rows: %v, %v, asked: %s", rows, err, want.Reason)
	}
}
