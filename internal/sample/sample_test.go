// SPDX-License-Identifier: Apache-2.0

package sample_test

import (
	"cmp"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

func fill(t *testing.T, env testkit.Env, people int) (sample.Store, *standing.Service) {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(env.DB, keys, secrets, env.Clock)
	subjects := subject.New(l, secrets)
	rules := register.New(env.DB, l, l.Create)
	s := sample.Store{
		DB: env.DB, Clock: env.Clock, Register: rules,
		Choices: choice.New(env.DB, l, subjects, rules),
		Rights:  rights.New(env.DB, l, subjects, rules, keys),
	}
	if err := s.Fill(t.Context(), people, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	return s, standing.New(env.DB, l, subjects, rules)
}

func TestTheStoryIsAsTold(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		_, people := fill(t, env, 60)
		march := time.Date(2025, 3, 15, 9, 0, 0, 0, time.UTC)
		earlier := time.Date(2024, 12, 1, 9, 0, 0, 0, time.UTC)
		const carla, dino = "+393330009010", "+393330009011"
		for _, c := range []struct {
			email string
			at    *time.Time
			want  lawful.Reason
			about string // purpose and channel; "": newsletter email
		}{
			{sample.Giulia, nil, lawful.ReasonConsentGiven, ""},
			{sample.Giulia, &march, lawful.ReasonWithdrawn, ""},
			{sample.Giulia, &earlier, lawful.ReasonConsentGiven, ""},
			{sample.Marco, nil, lawful.ReasonObjected, ""},
			{sample.Elena, nil, lawful.ReasonEvidenceInsufficient, ""},
			{sample.Paolo, nil, lawful.ReasonNoChoice, ""},
			{sample.Sara, nil, lawful.ReasonConsentInvalid, ""},
			{sample.Erased, nil, lawful.ReasonErased, ""},
			{"nobody@posta.example", nil, lawful.ReasonUnknownSubject, ""},
			{sample.Anna, nil, lawful.ReasonSoftOptIn, "customers email"},
			{sample.Anna, nil, lawful.ReasonNoChoice, ""},
			{sample.Anna, nil, lawful.ReasonLegitimateInterest, "catalogue post"},
			{sample.Anna, nil, lawful.ReasonContract, "orders email"},
			{sample.Dario, nil, lawful.ReasonSoftOptInUnmet, "customers email"},
			{carla, nil, lawful.ReasonConsentGiven, "calls phone"},
			{dino, nil, lawful.ReasonOppositionRegisterStale, "calls phone"},
			{sample.Nina, nil, lawful.ReasonMinor, ""},
			{sample.Claire, nil, lawful.ReasonConsentGiven, ""},
		} {
			purpose, channel, _ := strings.Cut(cmp.Or(c.about, "newsletter email"), " ")
			who := choice.Subject{Email: c.email}
			if channel == "phone" {
				who = choice.Subject{Phone: c.email}
			}
			q := standing.Question{Subject: who, Purpose: purpose, Channel: channel, At: c.at, Explain: true}
			d, err := people.Check(t.Context(), access.Local(sample.Organisation), q)
			if err != nil {
				t.Fatal(err)
			}
			if d.Reason != c.want {
				t.Errorf("%s at %v: %s (%s), want %s", c.email, c.at, d.Reason, d.Explanation, c.want)
			}
			file, err := people.Certificate(t.Context(), access.Local(sample.Organisation), q)
			if err != nil {
				t.Fatal(err)
			}
			verdict, err := evidence.Verify(file, evidence.Options{})
			if err != nil || verdict.Decision == nil || verdict.Decision.Reason != c.want {
				t.Errorf("certificate for %s: %v, %+v", c.email, err, verdict.Decision)
			}
		}
	})
}
