// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// fataler is a test, or one run of a property.
type fataler interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// bottega is a file for the shop, of which the tests change lines.
func bottega(t *testing.T) string {
	t.Helper()
	file, err := os.ReadFile("testdata/impact.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// edits change what the shop declares, each in one way.
func edits() [][2]string {
	const newsletter, events = "    channels: [email, sms, push]\n", "    channels: [email, sms]\n"
	return [][2]string{
		{newsletter, newsletter + "    expires: 1 month\n"},
		{newsletter, newsletter + "    evidence: {minimum: confirmed}\n"},
		{newsletter, newsletter + "    confirmation: {email: required}\n"},
		{newsletter, newsletter + "    profiling: true\n"},
		{newsletter, "    channels: [email]\n"},
		{newsletter, "    channels: [email, sms, phone, post]\n"},
		{newsletter, newsletter + "    from: 2026-11-20\n"},
		{events, events + "    expires: 2 months\n"},
		{events + "    data: [email, phone]", "    channels: [email]\n    data: [email]"},
		{"  - id: events\n    marketing: true", "  - id: events\n    marketing: false"},
		{"country: IT, language", "country: FR, language"},
		{"country: IT, language", "country: US, language"},
		{"time_zone: Europe/Rome", "time_zone: Pacific/Auckland"},
		{"name: Bottega Esempio Srl", "name: Bottega Altra Srl"},
		{"default: unticked, notice: signup}\n  - {id: ticked", "default: ticked, notice: signup}\n  - {id: ticked"},
		{`decided_by: "A. Bianchi"}`, `decided_by: "A. Bianchi", until: 2026-01-31}`},
		{", accepted: {grade: declared, reason: \"collected on paper cards\", decided_by: \"A. Bianchi\"}", ""},
		{"title: {it: Novità e offerte", "title: {it: Notizie"},
		{"recipients:\n  - {id: mailer", "overrides:\n  - {rule: base.weak_proof.never.channels, value: \"email, phone\", reason: r, decided_by: d}\nrecipients:\n  - {id: mailer"},
		{"recipients:\n  - {id: mailer", "overrides:\n  - {rule: it.bases.sms, value: legitimate_interests, reason: r, decided_by: d}\nrecipients:\n  - {id: mailer"},
		{"recipients:\n  - {id: mailer", "packs:\n  - {id: CH, reason: r, decided_by: d}\nrecipients:\n  - {id: mailer"},
		{"basis: consent\n    channels: [email, sms]\n", "basis: soft_opt_in\n    channels: [email, sms]\n"},
		{"basis: consent\n    channels: [email, sms]\n", "basis: legitimate_interests\n    channels: [email, sms]\n"},
		{"retention: {from: last_activity, for: 24 months}\n  - id: partner", "retention: {from: collection, for: 1 month}\n  - id: partner"},
	}
}

// edited draws some of them, no two of the same lines.
func edited(t *rapid.T, file string) string {
	lines := func(e [2]string) string { return e[0] }
	for _, e := range rapid.SliceOfNDistinct(rapid.SampledFrom(edits()), 0, 3, lines).Draw(t, "edits") {
		file = strings.Replace(file, e[0], e[1], 1)
	}
	return file
}

func read(t fataler, file string) *register.Document {
	t.Helper()
	doc, err := register.Parse([]byte(file), "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func impact(t fataler, s *shop.Shop, doc *register.Document) standing.Impact {
	t.Helper()
	got, err := s.Standing.Impact(context.Background(), shop.Key(), preview(s, doc), nil)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func preview(s *shop.Shop, doc *register.Document) standing.Proposed {
	return func(ctx context.Context, tx *db.ReadTx) (*lawful.Rules, error) {
		return s.Register.Preview(ctx, tx, shop.Org, doc)
	}
}

func tally(t fataler, s *shop.Shop) standing.Tally {
	t.Helper()
	got, err := s.Standing.Tally(context.Background(), shop.Key(), 1e6)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// foretold applies a file and holds everybody's standing to what was said before.
func foretold(t fataler, s *shop.Shop, doc *register.Document) standing.Impact {
	t.Helper()
	before, said := tally(t, s), impact(t, s, doc)
	if _, err := s.Register.Apply(context.Background(), "local:test", shop.Org, doc, false); err != nil {
		t.Fatal(err)
	}
	after := tally(t, s)
	listed := map[standing.Use]bool{}
	for _, u := range said.Uses {
		use := standing.Use{Purpose: u.Purpose, Channel: u.Channel}
		listed[use] = true
		if declared := slices.ContainsFunc(doc.Purposes, func(p register.Purpose) bool {
			return p.ID == u.Purpose && slices.Contains(p.Channels, u.Channel)
		}); declared && !maps.Equal(u.Reasons, after.Standing[use]) {
			t.Fatalf("%v: foretold %v, became %v", use, u.Reasons, after.Standing[use])
		}
		if got := sum(u.Reasons, true); got != u.After || u.After-u.Before != u.Gained-u.Lost {
			t.Fatalf("%v does not add up: %+v", use, u)
		}
		if want := sum(before.Standing[use], true); before.Standing[use] != nil && want != u.Before {
			t.Fatalf("%v: %d reachable before, the tally says %d", use, u.Before, want)
		}
	}
	for use, reasons := range after.Standing {
		if !listed[use] && !maps.Equal(reasons, before.Standing[use]) {
			t.Fatalf("%v was not asked about, and went from %v to %v", use, before.Standing[use], reasons)
		}
	}
	return said
}

// sum counts those whose reason permits, or all.
func sum(reasons map[string]int64, permitted bool) int64 {
	var n int64
	for reason, count := range reasons {
		if !permitted || lawful.Reason(reason).Permits() {
			n += count
		}
	}
	return n
}

func TestApplyingAFileDoesWhatWasForetold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s, file, run := shop.Open(t, env), bottega(t), 1000000
		rapid.Check(t, func(t *rapid.T) {
			if _, err := s.Register.Apply(context.Background(), "local:test", shop.Org, read(t, file), false); err != nil {
				t.Fatal(err)
			}
			run++
			c := newCouple(s, run)
			for range rapid.IntRange(1, 8).Draw(t, "length") {
				c.tell(t, drawTold(t))
			}
			env.Clock.Advance(time.Duration(rapid.IntRange(1, 40*24).Draw(t, "hours")) * time.Hour)
			foretold(t, s, read(t, edited(t, file)))
		})
		t.Run("a notice that asks again", func(t *testing.T) {
			s.Declare(t, []byte(file))
			again := strings.Replace(file, "purposes:\n", `  - id: signup
    version: 2
    changes: [{purpose: newsletter, effect: reconsent, why: "more"}]
    texts: {it: {short: "Sì, anche questo."}}
purposes:
`, 1)
			s.Record(t, shop.Key(), shop.Yes(shop.Email("anna@posta.example"), "newsletter", "email"))
			said := foretold(t, s, read(t, again))
			if said.Uses[0].Purpose != "events" && said.Uses[0].Purpose != "newsletter" || !slices.ContainsFunc(said.Uses, func(u standing.UseImpact) bool {
				return u.Purpose == "newsletter" && u.Channel == "email" && u.Lost > 0 && slices.ContainsFunc(u.Turns, func(t standing.Turn) bool { return t.To == lawful.ReasonNoticeSuperseded })
			}) {
				t.Errorf("got %+v, want people who are asked again", said.Uses)
			}
		})
	})
}

func TestAnInterestWeighedBeforeIsNotForgotten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s, file := shop.Open(t, env), bottega(t)
		s.Declare(t, []byte(file))
		s.Record(t, shop.Key(), shop.Yes(shop.Email("anna@posta.example"), "newsletter", "email"))
		test := choice.Fact{Kind: lawful.KindBalancingTest, At: env.Clock.Now(), Purpose: "events", Outcome: "passed"}
		if _, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{Facts: []choice.Fact{test}}); err != nil {
			t.Fatal(err)
		}
		for _, e := range [][2]string{
			{"basis: consent\n    channels: [email, sms]\n", "basis: legitimate_interests\n    channels: [email, sms]\n"},
			{"recipients:\n  - {id: mailer", "overrides:\n  - {rule: it.bases.email, value: \"consent, legitimate_interests\", reason: r, decided_by: d}\nrecipients:\n  - {id: mailer"},
		} {
			file = strings.Replace(file, e[0], e[1], 1)
		}
		said := foretold(t, s, read(t, file))
		if !slices.ContainsFunc(said.Uses, func(u standing.UseImpact) bool { return u.Purpose == "events" && u.Gained == 1 }) {
			t.Errorf("got %+v, want the interest to permit", said.Uses)
		}
	})
}

func TestWhatAFileWouldMean(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s, file := shop.Open(t, env), bottega(t)
		s.Declare(t, []byte(file))
		var chains []string
		for i := range 25 {
			chains = append(chains, s.Record(t, shop.Key(), shop.Yes(shop.Email(fmt.Sprintf("uno%d@posta.example", i)), "newsletter", "email")).Subject)
		}
		env.Clock.Advance(62 * 24 * time.Hour)
		short := read(t, strings.Replace(file, "channels: [email, sms, push]", "channels: [email, sms, push]\n    expires: 1 month", 1))
		before := count(t, env)
		var far []standing.Walked
		got, err := s.Standing.Impact(t.Context(), shop.Key(), preview(s, short), func(w standing.Walked) { far = append(far, w) })
		if err != nil {
			t.Fatal(err)
		}
		if count(t, env) != before {
			t.Error("a question of what if changed the store")
		}
		u := got.Uses[0]
		if len(got.Uses) != 3 || got.Same != 4 || u.Channel != "email" || u.Before != 25 || u.After != 0 || u.Lost != 25 || u.Gained != 0 {
			t.Errorf("got %+v", got)
		}
		if want := []standing.Turn{{From: lawful.ReasonConsentGiven, To: lawful.ReasonExpired, Count: 25}}; !slices.Equal(u.Turns, want) {
			t.Errorf("got turns %v, want %v", u.Turns, want)
		}
		if len(u.Sample) != 20 || !slices.Contains(chains, u.Sample[0].Subject) {
			t.Errorf("got a sample of %d, want 20 of those who are lost", len(u.Sample))
		}
		if len(far) != 1 || far[0] != (standing.Walked{People: 25, Of: 25}) {
			t.Errorf("got progress %v", far)
		}
		marketing := access.Actor{Org: shop.Org, Kind: access.KindOperator, ID: "op_2", Scopes: []string{access.ScopeCheck}}
		if got, err = s.Standing.Impact(t.Context(), marketing, preview(s, short), nil); err != nil || got.Uses[0].Lost != 25 || got.Uses[0].Sample != nil {
			t.Errorf("who may not look people up gets %v, %+v", err, got.Uses)
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if _, err := s.Standing.Impact(ctx, shop.Key(), preview(s, short), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		if got := impact(t, s, read(t, file)); len(got.Uses) != 0 || got.Same != 7 {
			t.Errorf("the same file would mean %+v", got)
		}
	})
}

func TestAFileOfAnotherOrganisationMeansNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		doc := read(t, strings.Replace(bottega(t), "id: bottega,", "id: altra,", 1))
		if _, err := s.Standing.Impact(t.Context(), shop.Key(), preview(s, doc), nil); !problem.Is(err, problem.Invalid) {
			t.Errorf("got %v, want it refused", err)
		}
		first := access.Local("altra")
		got, err := s.Standing.Impact(t.Context(), first, func(ctx context.Context, tx *db.ReadTx) (*lawful.Rules, error) {
			return s.Register.Preview(ctx, tx, "altra", doc)
		}, nil)
		if err != nil || got.People != 0 || len(got.Uses) != 7 {
			t.Errorf("a first file: %v, %+v", err, got)
		}
	})
}

// count counts what is on record.
func count(t *testing.T, env testkit.Env) int64 {
	t.Helper()
	var n int64
	err := env.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM entry WHERE org = $1`, shop.Org)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
