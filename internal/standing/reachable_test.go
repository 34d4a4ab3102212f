// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// reachable counts, of the people of this run, who has an identifier that a use is
// permitted for and that its channel reaches, one question after the other.
func (r *remembering) reachable(t *rapid.T, use standing.Use) int64 {
	slices.Sort(r.chains)
	r.chains = slices.Compact(r.chains)
	var held []subject.Held
	err := r.DB.Read(context.Background(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		held, err = r.store.Subjects.Identifiers(ctx, tx, shop.Org, r.chains)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	people := map[string]bool{}
	for _, h := range held {
		q := standing.Question{Purpose: use.Purpose, Channel: use.Channel, Source: h.Source}
		switch h.Kind {
		case lawful.IDEmail:
			q.Subject = choice.Subject{Email: h.Value}
		case lawful.IDPhone:
			q.Subject = choice.Subject{Phone: h.Value}
		default:
			q.Subject = choice.Subject{ID: h.Value}
		}
		d, err := r.store.Standing.Check(context.Background(), shop.Key(), q)
		if err != nil {
			t.Fatal(err)
		}
		if d.Permitted && (h.Kind == lawful.IDSource || lawful.Reaches(use.Channel, h.Kind)) {
			people[h.Chain] = true
		}
	}
	return int64(len(people))
}

// TestReachableCountsAsTheStore, where people share a telephone and what one of
// them says bears on the others; also after a start from a snapshot.
func TestReachableCountsAsTheStore(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, env.Options.URL == "")
		rapid.Check(t, func(rt *rapid.T) {
			r.run++
			r.chains = nil
			r.settle(rt)
			before := r.counts(rt)
			for range rapid.IntRange(1, 8).Draw(rt, "steps") {
				env.Clock.Advance(time.Minute)
				switch rapid.IntRange(0, 7).Draw(rt, "step") {
				case 0, 1, 2:
					r.choose(rt, r.Shop)
				case 3:
					r.tell(rt, r.Shop)
				case 4:
					r.join(rt)
				case 5:
					r.erase(rt, r.Shop)
				case 6:
					r.settle(rt)
				default:
					r.settle(rt)
					r.end(rt)
					r.reopen(t)
				}
			}
			r.settle(rt)
			for i, n := range r.counts(rt) {
				if want := r.reachable(rt, everyUse[i]); n-before[i] != want {
					rt.Fatalf("%s by %s: %d, want %d", everyUse[i].Purpose, everyUse[i].Channel, n-before[i], want)
				}
			}
		})
	})
}

// counts asks how many there are, for the first of the uses.
func (r *remembering) counts(t *rapid.T) (all []int64) {
	for _, use := range everyUse[:6] {
		n, err := r.Standing.Reachable(context.Background(), shop.Key(), use)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n.People)
	}
	return all
}

// TestWhoSharesANumberIsCountedAgain when the other says no, new or known.
func TestWhoSharesANumberIsCountedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, true)
		want := func(n int64) {
			t.Helper()
			r.settle(t)
			got, err := r.Standing.Reachable(t.Context(), shop.Key(), standing.Use{Purpose: "newsletter", Channel: "sms"})
			if err != nil || got.People != n {
				t.Errorf("%d, %v, want %d", got.People, err, n)
			}
		}
		who := func(email string) choice.Subject { return choice.Subject{Email: email, Phone: "+393331234567"} }
		r.Record(t, shop.Key(), shop.Yes(who("anna@posta.example"), "newsletter", "sms"))
		want(1)
		r.Record(t, shop.Key(), shop.Yes(who("bruno@posta.example"), "newsletter", "sms"))
		r.Record(t, shop.Key(), shop.Yes(who("carla@posta.example"), "newsletter", "sms"))
		want(3)
		r.Record(t, shop.Key(), shop.No(shop.Email("bruno@posta.example"), lawful.Objected, "", ""))
		want(0)
		r.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: "dora@posta.example", Phone: "+393337654321"}, "newsletter", "sms"))
		want(1)
		r.Record(t, shop.Key(), shop.No(choice.Subject{Email: "elio@posta.example", Phone: "+393337654321"}, lawful.Objected, "", ""))
		want(0)
	})
}

// TestWhoSharesANumberSinceTheSnapshotIsCountedAgain: nobody tells a start who
// holds an identifier since, but the one who does.
func TestWhoSharesANumberSinceTheSnapshotIsCountedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		r := remember(t, env, env.Options.URL == "")
		const phone = "+393331234567"
		r.Record(t, shop.Key(), shop.No(choice.Subject{Phone: phone}, lawful.Refused, "events", "sms"))
		r.settle(t)
		r.end(t)
		r.reopen(t)
		r.Record(t, shop.Key(), shop.Yes(choice.Subject{Email: "anna@posta.example", Phone: phone}, "newsletter", "sms"))
		r.settle(t)
		got, err := r.Standing.Reachable(t.Context(), shop.Key(), standing.Use{Purpose: "newsletter", Channel: "sms"})
		if err != nil || got.People != 2 {
			t.Errorf("%d, %v, want both who hold it", got.People, err)
		}
	})
}
