// SPDX-License-Identifier: Apache-2.0

package standing_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// couple is two invented people of one run: the first has an address and a
// phone, the second an address.
type couple struct {
	s       *shop.Shop
	email   [2]string
	phone   string
	chain   [2]string
	told    []told
	reading naive
}

// told is one thing recorded, as the test remembers it.
type told struct {
	what              string // given, refused, withdrawn, objected, confirmed, linked, unlinked
	purpose, channel  string
	who               int  // of the couple
	phone             bool // named beside the address
	by                string
	unproven          bool
	happened, entered time.Time
}

func newCouple(s *shop.Shop, run int) *couple {
	return &couple{
		s: s, phone: fmt.Sprintf("+39333%07d", run),
		email: [2]string{fmt.Sprintf("uno%d@posta.example", run), fmt.Sprintf("due%d@posta.example", run)},
	}
}

func drawTold(t *rapid.T) told {
	e := told{
		what: rapid.SampledFrom([]string{
			"given", "given", "given", "given", "confirmed", "refused", "withdrawn", "objected", "linked", "unlinked",
		}).Draw(t, "what"),
		who: rapid.IntRange(0, 1).Draw(t, "who"),
		by:  rapid.SampledFrom([]string{"form", "form", "form", "collect", "operator", "link", "list", "accepted"}).Draw(t, "by"),
	}
	e.purpose = rapid.SampledFrom([]string{"newsletter", "newsletter", "events", "partner"}).Draw(t, "purpose")
	e.channel = "email"
	if e.who == 0 && e.by != "collect" && e.purpose != "partner" && rapid.Bool().Draw(t, "by phone") {
		e.phone = true
		e.channel = rapid.SampledFrom([]string{"email", "sms"}).Draw(t, "channel")
	}
	switch e.what {
	case "refused", "withdrawn", "objected":
		e.purpose = rapid.SampledFrom([]string{e.purpose, e.purpose, ""}).Draw(t, "wide purpose")
		e.channel = rapid.SampledFrom([]string{e.channel, "sms", ""}).Draw(t, "wide channel")
	case "confirmed":
		e.by = rapid.SampledFrom([]string{"form", "link", "operator"}).Draw(t, "confirmed by")
	}
	return e
}

// tell records it, and remembers it as recorded.
func (c *couple) tell(t *rapid.T, e told) {
	c.s.Env.Clock.Advance(time.Hour)
	e.entered = c.s.Env.Clock.Now()
	e.happened = e.entered.Add(-time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 5}).Draw(t, "late")) * time.Hour)
	if e.what == "linked" || e.what == "unlinked" {
		e.happened, e.phone = e.entered, false
		if c.join(t, e.what) {
			c.told = append(c.told, e)
		}
		return
	}
	e.unproven = e.what == "given" && e.by == "collect" && c.reading.stops(c, e.who, e.purpose, "email", e.entered)
	actor, r := c.request(e)
	ctx := context.Background()
	done, err := c.s.Send(ctx, actor, r)
	if err != nil {
		t.Fatalf("record %+v: %v", e, err)
	}
	c.chain[e.who] = done.Subject
	c.told = append(c.told, e)
}

func (c *couple) request(e told) (access.Actor, choice.Request) {
	r := shop.Yes(shop.Email(c.email[e.who]), e.purpose, e.channel)
	r.Choices[0].Choice, r.At = e.what, &e.happened
	if e.phone {
		r.Subject.Phone = c.phone
	}
	actor := shop.Key()
	switch e.by {
	case "collect":
		actor = shop.Collect()
	case "operator":
		actor = shop.Operator()
	case "link":
		actor = shop.Person()
	case "list", "accepted":
		r.Source, r.Evidence = e.by, nil
	}
	return actor, r
}

// join links or unlinks the two, and says whether that changed anything.
func (c *couple) join(t *rapid.T, what string) bool {
	if c.chain[0] == "" || c.chain[1] == "" || (what == "linked") == c.reading.linked(c, c.s.Env.Clock.Now()) {
		return false
	}
	err := c.s.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		if what == "linked" {
			return c.s.Subjects.Link(ctx, tx, shop.Operator(), c.chain[0], c.chain[1], "")
		}
		return c.s.Subjects.Unlink(ctx, tx, shop.Operator(), c.chain[1], c.chain[0])
	})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return true
}

// questions asks everything about both, as of an instant.
func (c *couple) questions(at, known time.Time) []standing.Question {
	var qs []standing.Question
	for who := range c.email {
		for _, purpose := range []string{"newsletter", "events", "partner"} {
			qs = append(qs, standing.Question{Subject: shop.Email(c.email[who]), Purpose: purpose, Channel: "email", At: &at, KnownAt: &known})
		}
	}
	for _, purpose := range []string{"newsletter", "events"} {
		qs = append(qs, standing.Question{Subject: shop.Phone(c.phone), Purpose: purpose, Channel: "sms", At: &at, KnownAt: &known})
	}
	return qs
}

func (c *couple) answers(t *rapid.T, qs []standing.Question) []lawful.Decision {
	many, err := c.s.Standing.CheckMany(context.Background(), shop.Key(), qs)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]lawful.Decision, len(many))
	for i, a := range many {
		if a.Err != nil {
			t.Fatal(a.Err)
		}
		out[i] = a.Decision
	}
	return out
}

func everyHistory(t *testing.T, check func(t *rapid.T, c *couple, began time.Time)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		run := 1000000
		rapid.Check(t, func(t *rapid.T) {
			run++
			env.Clock.Advance(48 * time.Hour)
			c, began := newCouple(s, run), env.Clock.Now()
			for range rapid.IntRange(1, 12).Draw(t, "length") {
				c.tell(t, drawTold(t))
			}
			check(t, c, began)
		})
	})
}

func TestAnswersAgreeWithANaiveReadingOfWhatWasTold(t *testing.T) {
	everyHistory(t, func(t *rapid.T, c *couple, began time.Time) {
		hours := int(c.s.Env.Clock.Now().Sub(began)/time.Hour) + 1
		for range 4 {
			at := began.Add(time.Duration(rapid.IntRange(-5, hours).Draw(t, "at")) * time.Hour)
			known := began.Add(time.Duration(rapid.IntRange(-5, hours).Draw(t, "known")) * time.Hour)
			qs := c.questions(at, known)
			got := c.answers(t, qs)
			for i, q := range qs {
				if want := c.reading.reason(c, q); got[i].Reason != want || got[i].Permitted != want.Permits() {
					t.Fatalf("%s on %s of %+v at %v known %v: %s, a naive reading says %s\n%s",
						q.Purpose, q.Channel, q.Subject, at, known, got[i].Reason, want, c.story())
				}
				one, err := c.s.Standing.Check(context.Background(), shop.Key(), q)
				if err != nil || !reflect.DeepEqual(one, got[i]) {
					t.Fatalf("alone: %+v, %v, among others: %+v", one, err, got[i])
				}
			}
		}
	})
}

func TestALinkPermitsNothingAndIsTakenBackWhole(t *testing.T) {
	everyHistory(t, func(t *rapid.T, c *couple, _ time.Time) {
		now := c.s.Env.Clock.Now()
		if c.chain[0] == "" || c.chain[1] == "" || c.reading.linked(c, now) {
			return
		}
		ask := func() []lawful.Decision {
			c.s.Env.Clock.Advance(time.Hour)
			return c.answers(t, c.questions(now, c.s.Env.Clock.Now()))
		}
		before := ask()
		c.tell(t, told{what: "linked"})
		for i, d := range ask() {
			if d.Permitted && !before[i].Permitted {
				t.Fatalf("%s became %s by a link\n%s", before[i].Reason, d.Reason, c.story())
			}
		}
		c.tell(t, told{what: "unlinked"})
		if after := ask(); !reflect.DeepEqual(after, before) {
			t.Fatalf("after unlinking: %+v, want %+v", after, before)
		}
	})
}

func (c *couple) story() string {
	out := ""
	for _, e := range c.told {
		out += fmt.Sprintf("%s: %d %s %s/%s by %s phone %v, happened %s, unproven %v\n",
			e.entered.Format("02T15"), e.who, e.what, e.purpose, e.channel, e.by, e.phone, e.happened.Format("02T15"), e.unproven)
	}
	return out
}
