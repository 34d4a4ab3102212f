// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

func receipt(t *testing.T, s *shop.Shop, entry string) ([]byte, evidence.Verdict) {
	t.Helper()
	file, err := s.Choices.Receipt(t.Context(), shop.Key(), entry)
	if err != nil {
		t.Fatal(err)
	}
	generations, err := s.Ledger.Generations(t.Context(), shop.Org)
	if err != nil {
		t.Fatal(err)
	}
	v, err := evidence.Verify(file, evidence.Options{Keys: []string{generations[0].VKey}})
	if err != nil || !v.OK() || !v.KeyPinned || v.Receipt == nil {
		t.Fatalf("the receipt does not verify: %v, %v", v.Problems, err)
	}
	return file, v
}

func TestAReceiptSaysWhatWasDecidedAndNoMore(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		r := shop.Yes(choice.Subject{Email: anna, Phone: cell}, "newsletter", "email")
		r.Evidence.URL, r.Evidence.UserAgent = "https://bottega.example/", "Firefox"
		done := s.Record(t, shop.Operator(), r)
		file, v := receipt(t, s, done.Entries[0])
		got := v.Receipt
		for name, pair := range map[string][2]string{
			"schema":   {got.SchemaVersion, evidence.SchemaVersion27560},
			"record":   {got.RecordID, done.Entries[0]},
			"subject":  {got.Principal, done.Subject},
			"network":  {got.Event.Network, "198.51.100.0/24"},
			"text":     {got.Event.Text, "Sì, scrivetemi."},
			"state":    {got.Event.State, evidence.ConsentState(lawful.Given)},
			"notice":   {got.Processing.Notice.ID, "signup"},
			"purpose":  {got.Processing.Purposes[0].Title, "Novità e offerte"},
			"language": {got.Processing.Language, "it"},
			"place":    {got.Processing.Jurisdiction, "IT"},
			"keep":     {got.Processing.Retention, "24 mesi dall'ultima attività"},
			"holds":    {got.Event.Validity, evidence.ValidityOfYes},
			"type":     {got.Event.Type, evidence.DPV + "ExpressedConsent"},
			"method":   {got.Processing.Collection, "checkbox"},
			"party":    {got.Parties[0].Name, "Bottega Esempio Srl"},
			"mailer":   {got.Parties[1].Type, "processor"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
			}
		}
		if got.Processing.Notice.Digest == "" || len(got.Processing.Data) == 0 || len(got.Processing.Rights) == 0 || got.Processing.Withdrawal == "" {
			t.Errorf("fields of 27560 are missing: %+v", got.Processing)
		}
		for what, secret := range map[string]string{"the operator": "op_1", "the address": "198.51.100.7", "an identifier": anna, "another": cell} {
			if bytes.Contains(file, []byte(secret)) || strings.Contains(got.Text("it"), secret) {
				t.Errorf("the receipt names %s", what)
			}
		}
		for _, lang := range lawful.Languages() {
			if text := got.Text(lang); !strings.Contains(text, "Bottega Esempio Srl") || strings.Contains(text, "%!") || strings.Contains(text, "https://w3id") {
				t.Errorf("the text in %s: %s", lang, text)
			}
		}
	})
}

// TestAReceiptNamesEveryRecipientWhereThePurposeNamesNone: such a purpose may
// use everybody with a contract in force.
func TestAReceiptNamesEveryRecipientWhereThePurposeNamesNone(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		done := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "events", "email"))
		_, v := receipt(t, s, done.Entries[0])
		if got := v.Receipt; !slices.Equal(got.Processing.Recipients, []string{"mailer"}) || len(got.Parties) != 2 {
			t.Errorf("recipients %v, parties %+v", got.Processing.Recipients, got.Parties)
		}
	})
}

func TestAReceiptOfAnObjectionNamesEachKindOfDataOnce(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		done := s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
		_, v := receipt(t, s, done.Entries[0])
		if got := v.Receipt.Processing; len(got.Purposes) != 3 || !slices.Equal(got.Data, []evidence.PII{{Type: "email"}, {Type: "phone"}, {Type: "purchases", Optional: true}}) {
			t.Errorf("data %v for %d purposes", got.Data, len(got.Purposes))
		}
	})
}

// TestAReceiptOfANoSaysWhatHoldsForANo: the purposes it covers keep their data
// for different times, each as it declares.
func TestAReceiptOfANoSaysWhatHoldsForANo(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		s.Declare(t, bytes.Replace(shop.File(), []byte("confirmation: {email: required}\n    retention: {from: last_activity, for: 24 months}"),
			[]byte("confirmation: {email: required}\n    retention: {from: collection, for: 1 year}"), 1))
		for what, kind := range map[string]string{lawful.Refused: "ExpressedConsent", lawful.Withdrawn: "WithdrawConsent", lawful.Objected: "ObjectingToProcess"} {
			purpose := "newsletter"
			if what == lawful.Objected {
				purpose = ""
			}
			done := s.Record(t, shop.Key(), shop.No(shop.Email(anna), what, purpose, ""))
			_, v := receipt(t, s, done.Entries[0])
			got := v.Receipt
			if got.Event.Validity != evidence.ValidityOfNo || got.Event.Type != evidence.DPV+kind {
				t.Errorf("%s: holds %q, is %s", what, got.Event.Validity, got.Event.Type)
			}
			kept := "24 mesi dall'ultima attività"
			if purpose == "" {
				kept = "Eventi: " + kept + "; Novità e offerte: " + kept + "; Altre botteghe: 1 anno dalla raccolta"
			}
			if got.Processing.Retention != kept {
				t.Errorf("%s: kept %q, want %q", what, got.Processing.Retention, kept)
			}
			if text := got.Text("it"); strings.Contains(text, "until") || strings.Contains(text, "writing") || strings.Contains(text, "notice") {
				t.Errorf("%s in Italian: %s", what, text)
			}
		}
	})
}

func TestAReceiptOfAPendingYesSaysThatItWaits(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		double := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "partner", "email"))
		s.Record(t, shop.Key(), shop.No(shop.Email(bruno), lawful.Objected, "", ""))
		over := s.Record(t, shop.Collect(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		for _, done := range []choice.Recorded{double, over} {
			if _, v := receipt(t, s, done.Entries[0]); v.Receipt.Event.State != evidence.ConsentPending {
				t.Errorf("state %s, want it pending", v.Receipt.Event.State)
			}
		}
	})
}

func TestThereAreReceiptsOfChoicesOnly(t *testing.T) {
	each(t, func(t *testing.T, s *shop.Shop) {
		done, err := s.Tell(t.Context(), shop.Key(), choice.FactsRequest{
			Subject: shop.Email(anna), Facts: []choice.Fact{{Kind: lawful.KindActivity, Act: "click", At: s.Env.Clock.Now()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		mine := s.Record(t, shop.Key(), shop.Yes(shop.Email(anna), "newsletter", "email"))
		erase(t, s, shop.Email(anna))
		for _, id := range []string{done.Entries[0], mine.Entries[0], "ent_nothing"} {
			if _, err := s.Choices.Receipt(t.Context(), shop.Key(), id); !problem.Is(err, problem.NotFound) {
				t.Errorf("a receipt of %s: %v, want none", id, err)
			}
		}
		if _, err := s.Choices.Receipt(t.Context(), shop.Collect(), mine.Entries[0]); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a public key reads a receipt: %v", err)
		}
	})
}
