// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// sites declares that the shop asks on its site, and keeps what a browser chose for so long.
func sites(t *testing.T, s *shop.Shop, keep string) {
	t.Helper()
	file := bytes.Replace(shop.File(), []byte("contact: privacy@bottega.example}"),
		[]byte("contact: privacy@bottega.example, web: {sites: ['https://www.bottega.example'], keep: "+keep+"}}"), 1)
	s.Declare(t, bytes.ReplaceAll(file, []byte("channels: [email, sms, push]"), []byte("channels: [email, sms, push, web]")))
}

func browser(n int) choice.Subject { return choice.Subject{Device: fmt.Sprintf("web-%032x", n)} }

func TestABrowsersChoiceEndsAfterItsPeriod(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		sites(t, s, "13 months")
		phone := choice.Subject{Device: "token of an app"}
		s.At(time.Date(2026, 1, 31, 22, 30, 0, 0, time.UTC)) // 31 January in Rome: the period ends with 28 February 2027
		s.Record(t, shop.Collect(), shop.Yes(browser(1), "newsletter", "web"))
		s.Record(t, shop.Collect(), shop.No(browser(2), lawful.Refused, "newsletter", "web"))
		s.Record(t, shop.Collect(), shop.Yes(browser(3), "newsletter", "web"))
		s.Record(t, shop.Key(), shop.Yes(phone, "newsletter", "push"))
		claimed := s.Record(t, shop.Collect(), shop.Yes(browser(4), "newsletter", "web")).Subject
		anna := s.Record(t, shop.Key(), shop.Yes(shop.Email("anna@posta.example"), "newsletter", "email")).Subject
		link(t, s, anna, claimed)
		s.At(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))
		s.Record(t, shop.Collect(), shop.No(browser(3), lawful.Withdrawn, "newsletter", "web"))

		s.At(time.Date(2027, 2, 28, 22, 59, 0, 0, time.UTC))
		due(t, s)
		s.Want(t, browser(1), "newsletter", "web", lawful.ReasonConsentGiven)
		s.At(time.Date(2027, 2, 28, 23, 0, 0, 0, time.UTC))
		due(t, s)
		s.Want(t, browser(1), "newsletter", "web", lawful.ReasonUnknownSubject)
		s.Want(t, browser(2), "newsletter", "web", lawful.ReasonUnknownSubject)
		s.Want(t, browser(3), "newsletter", "web", lawful.ReasonWithdrawn)
		s.Want(t, browser(4), "newsletter", "web", lawful.ReasonConsentGiven)
		s.Want(t, phone, "newsletter", "push", lawful.ReasonConsentGiven)
		if got := erasures(t, s); got != 1 {
			t.Errorf("%d erasures on record, want one for all that ended", got)
		}
		due(t, s)
		if got := erasures(t, s); got != 1 {
			t.Errorf("%d erasures on record after nothing ended", got)
		}
		s.Record(t, shop.Collect(), shop.Yes(browser(1), "newsletter", "web")) // no tombstone keeps it away
		s.Want(t, browser(1), "newsletter", "web", lawful.ReasonConsentGiven)
	})
}

func TestManyBrowsersEndInPieces(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		sites(t, s, "30 days")
		const many = 1100
		for n := range many {
			r := shop.No(browser(n), lawful.Refused, "newsletter", "web")
			if _, err := s.Send(t.Context(), shop.Collect(), r); err != nil {
				t.Fatal(err)
			}
		}
		s.Env.Clock.Advance(32 * 24 * time.Hour)
		due(t, s)
		for _, n := range []int{0, 499, 500, 999, 1000, many - 1} {
			s.Want(t, browser(n), "newsletter", "web", lawful.ReasonUnknownSubject)
		}
	})
}

func TestWithoutAPeriodABrowsersChoiceStays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := shop.Open(t, env)
		sites(t, s, "13 months")
		s.Record(t, shop.Collect(), shop.No(browser(1), lawful.Refused, "newsletter", "web"))
		s.Declare(t, bytes.ReplaceAll(shop.File(), []byte("channels: [email, sms, push]"), []byte("channels: [email, sms, push, web]")))
		s.Env.Clock.Advance(5 * 365 * 24 * time.Hour)
		due(t, s)
		s.Want(t, browser(1), "newsletter", "web", lawful.ReasonRefused)
	})
}

// link says that two subjects are one person, as somebody at the console does.
func link(t *testing.T, s *shop.Shop, a, b string) {
	t.Helper()
	err := s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		return s.Subjects.Link(ctx, tx, access.Local(shop.Org), a, b, "")
	})
	if err != nil {
		t.Fatal(err)
	}
}

// erasures counts those on record.
func erasures(t *testing.T, s *shop.Shop) int {
	t.Helper()
	n := 0
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		entries, err := s.Ledger.History(ctx, tx, shop.Org, []string{ledger.Own})
		for _, e := range entries[ledger.Own] {
			if e.Kind == evidence.KindErasure {
				n++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
