// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

func TestCutIPKeepsTheNetworkOnly(t *testing.T) {
	for ip, want := range map[string]string{
		"203.0.113.77":          "203.0.113.0/24",
		" 203.0.113.77 ":        "203.0.113.0/24",
		"::ffff:203.0.113.77":   "203.0.113.0/24",
		"2001:db8:1:2:3:4:5:6":  "2001:db8:1::/48",
		"fe80::1%eth0":          "fe80::/48",
		"":                      "",
		"203.0.113.77:443":      "",
		"ada@example.com":       "",
		"203.0.113.77, 1.2.3.4": "",
	} {
		if got := evidence.CutIP(ip); got != want {
			t.Errorf("%q: got %q, want %q", ip, got, want)
		}
	}
}

func TestReceiptNeedsWhatTheStandardDemands(t *testing.T) {
	for name, spoil := range map[string]func(*evidence.Receipt){
		"schema_version":          func(r *evidence.Receipt) { r.SchemaVersion = "1" },
		"receipt_id":              func(r *evidence.Receipt) { r.ReceiptID = "" },
		"record_id":               func(r *evidence.Receipt) { r.RecordID = "" },
		"pii_principal_id":        func(r *evidence.Receipt) { r.Principal = "" },
		"seq":                     func(r *evidence.Receipt) { r.Seq = 0 },
		"language":                func(r *evidence.Receipt) { r.Processing.Language = "" },
		"purposes":                func(r *evidence.Receipt) { r.Processing.Purposes = nil },
		"pii_information":         func(r *evidence.Receipt) { r.Processing.Data = nil },
		"pii_controllers":         func(r *evidence.Receipt) { r.Processing.Controllers = nil },
		"storage_locations":       func(r *evidence.Receipt) { r.Processing.Storage = nil },
		"retention_period":        func(r *evidence.Receipt) { r.Processing.Retention = "" },
		"jurisdiction":            func(r *evidence.Receipt) { r.Processing.Jurisdiction = "" },
		"recipient_third_parties": func(r *evidence.Receipt) { r.Processing.Recipients = nil },
		"withdrawal_method":       func(r *evidence.Receipt) { r.Processing.Withdrawal = "" },
		"party":                   func(r *evidence.Receipt) { r.Parties = nil },
		"event_time":              func(r *evidence.Receipt) { r.Event.Time = time.Time{} },
		"validity_duration":       func(r *evidence.Receipt) { r.Event.Validity = "" },
		"entity_id":               func(r *evidence.Receipt) { r.Event.EntityID = "" },
		"event_type":              func(r *evidence.Receipt) { r.Event.Type = "" },
		"event_state":             func(r *evidence.Receipt) { r.Event.State = "given" },
		"choice":                  func(r *evidence.Receipt) { r.Event.Choice = "maybe" },
		"recorded":                func(r *evidence.Receipt) { r.Event.Recorded = time.Time{} },
		"network":                 func(r *evidence.Receipt) { r.Event.Network = "203.0.113.77" },
	} {
		l := newLog(t)
		index := l.add(sampleChain, evidence.KindFact, choice(lawful.Given, "2026-02-01T10:00:00Z"))
		r := sampleReceipt(l, 1)
		spoil(&r)
		e := l.entries[index]
		_, err := evidence.NewReceipt(r, l.signing(), evidence.Seal(evidence.Commitment(e.salt, e.payload), l.proof(index)))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A verifier says the same of the same file however often it is asked.
func TestVerdictOnAReceiptWithSeveralFaultsIsStable(t *testing.T) {
	l := newLog(t)
	index := l.add(sampleChain, evidence.KindFact, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	r := sampleReceipt(l, 1)
	r.ReceiptID, r.RecordID, r.Processing.Language, r.Event.Type = "", "", "", ""
	e := l.entries[index]
	for range 20 {
		_, err := evidence.NewReceipt(r, l.signing(), evidence.Seal(evidence.Commitment(e.salt, e.payload), l.proof(index)))
		if err == nil || !strings.Contains(err.Error(), "event_type") {
			t.Fatalf("got %v, want the first in order", err)
		}
	}
}

func TestReceiptShowsNeitherOperatorNorHost(t *testing.T) {
	l := newLog(t)
	l.by = "key_web_2"
	index := l.add(sampleChain, evidence.KindFact, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	file := string(sealReceipt(l, sampleReceipt(l, 1), index))
	// Base64 too: the only payload in the file is that of the statement key.
	decoded := file
	for _, part := range strings.Split(file, `"`) {
		if raw, err := base64.StdEncoding.DecodeString(part); err == nil {
			decoded += string(raw)
		}
	}
	for _, secret := range []string{"key_web_2", "203.0.113.77", "ada@example.com"} {
		if strings.Contains(decoded, secret) {
			t.Errorf("the receipt shows %s", secret)
		}
	}
	if !strings.Contains(file, "203.0.113.0/24") {
		t.Error("the receipt does not show the network")
	}
}

func TestReceiptTextSpeaksEveryLanguage(t *testing.T) {
	r := sampleReceipt(newLog(t), 1)
	for lang, want := range map[string]string{
		"en": "Your choice: Consent given", "it": "La sua scelta: Consenso prestato", "fr": "Votre choix: Consentement donné",
		"de": "Ihre Entscheidung: Einwilligung erteilt", "es": "Su decisión: Consentimiento prestado",
	} {
		text := r.Text(lang)
		if !strings.Contains(text, want) || strings.Contains(text, "%!") || strings.Contains(text, "\n: ") {
			t.Errorf("%s: got\n%s", lang, text)
		}
	}
	r.Event.Channel, r.Processing.Recipients = "", []string{}
	if text := r.Text("en"); !strings.Contains(text, "every channel") || !strings.Contains(text, "nobody") {
		t.Errorf("got\n%s", text)
	}
}

// What this package writes into a receipt is English there, and read in five
// languages; what others wrote stays as it is.
func TestReceiptTextTranslatesItsOwnWords(t *testing.T) {
	r := sampleReceipt(newLog(t), 1)
	for _, c := range [][6]string{
		{evidence.ValidityOfYes, "until withdrawn: time", "fino alla revoca", "jusqu'au retrait", "bis zum Widerruf", "hasta su retirada"},
		{evidence.ValidityOfNo, "until a later yes", "fino a un successivo sì", "jusqu'à un oui", "bis zu einem späteren Ja", "hasta un sí posterior"},
		{evidence.ValidUntil(instant("2028-02-01T23:00:00Z")), "until 2028-02-01 23:00:00 UTC", "fino al 2028-02-01 23:00:00 UTC", "jusqu'au 2028-02-01 23:00:00 UTC", "bis 2028-02-01 23:00:00 UTC", "hasta el 2028-02-01 23:00:00 UTC"},
		{"until we say so", "until we say so", "until we say so", "until we say so", "until we say so", "until we say so"},
	} {
		for i, lang := range []string{"en", "it", "fr", "de", "es"} {
			r.Event.Validity = c[0]
			r.Processing.Retention, r.Processing.Withdrawal = "Novità: "+evidence.RetentionByNotice, evidence.WithdrawalAt("privacy@bottega.example")
			text := r.Text(lang)
			for _, want := range []string{c[i+1], "privacy@bottega.example", "Novità: " + []string{"as the notice says", "come dice l'informativa", "comme le dit la mention", "wie in der Datenschutzinformation", "como dice la información"}[i]} {
				if !strings.Contains(text, want) {
					t.Errorf("%s: %q is missing in\n%s", lang, want, text)
				}
			}
			if english := strings.Contains(text, "by writing to"); english != (lang == "en") {
				t.Errorf("%s: got\n%s", lang, text)
			}
		}
	}
}

func TestVocabulary(t *testing.T) {
	if got := evidence.BasisIRI(lawful.BasisConsent); got != "https://w3id.org/dpv/legal/eu/gdpr#A6-1-a" {
		t.Errorf("got %s", got)
	}
	if got := evidence.BasisIRI(lawful.BasisSoftOptIn); got != "" {
		t.Errorf("got %s; want nothing for a basis outside the GDPR", got)
	}
	for choice, want := range map[string]string{
		lawful.Given: "ExpressedConsent", lawful.Confirmed: "ExpressedConsent", lawful.Refused: "ExpressedConsent",
		lawful.Withdrawn: "WithdrawConsent", lawful.Objected: "ObjectingToProcess",
	} {
		if got := evidence.EventType(choice); got != "https://w3id.org/dpv#"+want {
			t.Errorf("%s: got the type %s, want %s", choice, got, want)
		}
	}
	for choice, want := range map[string]string{
		lawful.Given: "ConsentGiven", lawful.Confirmed: "ConsentGiven", lawful.Refused: "ConsentRefused",
		lawful.Withdrawn: "ConsentWithdrawn", lawful.Objected: "ConsentWithdrawn",
	} {
		if got := evidence.ConsentState(choice); got != "https://w3id.org/dpv#"+want {
			t.Errorf("%s: got %s, want %s", choice, got, want)
		}
	}
}
