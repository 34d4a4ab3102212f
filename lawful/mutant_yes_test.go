// SPDX-License-Identifier: Apache-2.0

package lawful_test

import (
	"testing"

	"github.com/lecito/lecito/lawful"
)

func wantSince(t *testing.T, name string, d lawful.Decision, reason lawful.Reason, since string) {
	t.Helper()
	if d.Reason != reason || d.Since == nil || !d.Since.Equal(day(since)) {
		t.Errorf("%s: got %s since %v, want %s since %s", name, d.Reason, d.Since, reason, since)
	}
}

// TestYesAfterANo: a file's yes counts again only after one of the person's own,
// later than the no, and then it is not the file's that is older.
func TestYesAfterANo(t *testing.T) {
	letter := ask("newsletter", "email")
	filed := func(on string) lawful.Recorded {
		return give("newsletter", "email", on, through("list"), by(lawful.ActorImport), dated)
	}
	confirmed := func(on string) lawful.Recorded {
		return choose(lawful.Confirmed, "newsletter", "email", on, through("list"), by(lawful.ActorImport))
	}
	no := choose(lawful.Withdrawn, "newsletter", "email", "2026-03-01")
	wantSince(t, "the person's own is older than the file's",
		decide(letter, no, give("newsletter", "email", "2026-04-01"), filed("2026-04-02"), confirmed("2026-04-03")), lawful.ReasonConsentGiven, "2026-04-02")
	wantSince(t, "the file's is older than the person's own",
		decide(letter, no, filed("2026-04-02"), confirmed("2026-04-03"), give("newsletter", "email", "2026-05-01")), lawful.ReasonConsentGiven, "2026-05-01")
	d := decide(letter, give("newsletter", "email", "2026-02-01"), no, filed("2026-04-02"))
	wantSince(t, "the person's own is older than the no", d, lawful.ReasonWithdrawn, "2026-03-01")
	for _, s := range d.Trace {
		if s.Outcome == "permitted" {
			t.Errorf("where a no stands, %s permits", s.Rule)
		}
	}
}

// TestOfTwoGoodOnesTheLatestIsNamed, unless only the older is confirmed.
func TestOfTwoGoodOnesTheLatestIsNamed(t *testing.T) {
	letter := ask("newsletter", "email")
	confirm := func(on string) lawful.Recorded { return choose(lawful.Confirmed, "newsletter", "email", on) }
	older, younger := give("newsletter", "email", "2026-03-01"), give("newsletter", "email", "2026-04-01")
	wantSince(t, "neither is confirmed", decide(letter, older, younger), lawful.ReasonConsentGiven, "2026-04-01")
	wantSince(t, "both are", decide(letter, older, confirm("2026-03-02"), younger, confirm("2026-04-02")), lawful.ReasonConsentGiven, "2026-04-01")
	wantSince(t, "the older is", decide(letter, older, confirm("2026-03-02"), younger), lawful.ReasonConsentGiven, "2026-03-01")
}

// TestChildsOwnYesIsInvalidForEver: it does not lapse too, however old the child has become.
func TestChildsOwnYesIsInvalidForEver(t *testing.T) {
	born := happen(lawful.KindBirthDate, "2020-01-01", func(f *lawful.Recorded) { f.Date = "2010-01-01" })
	yes := give("newsletter", "email", "2023-03-01")
	d := decide(ask("newsletter", "email"), born, yes)
	wantReason(t, d, lawful.ReasonConsentInvalid)
	if d.Rule != lawful.RuleConsentAge {
		t.Errorf("got %s", d.Rule)
	}
	rules := withLaw(shopRules(), "IT", lawful.TopicAge, lawful.Law{})
	wantReason(t, under(rules, ask("newsletter", "email"), born, yes), lawful.ReasonConsentGiven)
}

// TestNamesOfControllers: a bought list names the organisation, by its whole name or its id.
func TestNamesOfControllers(t *testing.T) {
	bought := func(names ...string) lawful.Recorded {
		f := give("newsletter", "email", "2026-03-01", through("bought"))
		f.Choice.Evidence.Named = names
		return f
	}
	letter := ask("newsletter", "email")
	wantReason(t, decide(letter, bought(" bottega ")), lawful.ReasonConsentGiven)
	nameless := shopRules()
	nameless.Organisation.Name, nameless.Organisation.ID = "", ""
	wantReason(t, under(nameless, letter, bought("", " ")), lawful.ReasonConsentNotForUs)
	far := bought("bottega")
	far.Choice.Evidence.Passages = []lawful.Passage{{}, {}}
	wantReason(t, decide(letter, far), lawful.ReasonConsentNotForUs)
	wantReason(t, under(withLaw(shopRules(), "IT", lawful.TopicPassages, lawful.Law{}), letter, far), lawful.ReasonConsentGiven)
}

// TestWeakProofOfABoughtList is never enough, whether the source was one then or is one now.
func TestWeakProofOfABoughtList(t *testing.T) {
	for i, c := range []struct {
		then, now string
		want      lawful.Reason
	}{
		{lawful.SourceImport, lawful.SourceImport, lawful.ReasonConsentDeclared},
		{lawful.SourceBought, lawful.SourceImport, lawful.ReasonEvidenceInsufficient},
		{lawful.SourceImport, lawful.SourceBought, lawful.ReasonEvidenceInsufficient},
		{lawful.SourceBought, lawful.SourceBought, lawful.ReasonEvidenceInsufficient},
	} {
		rules := shopRules()
		then := rules.Sources["list"][0]
		now := then
		then.Kind, now.Kind, now.From = c.then, c.now, dayp("2026-06-01")
		rules.Sources["list"] = []lawful.Source{then, now}
		yes := give("lax", "email", "2026-03-01", through("list"), method("verbal"))
		yes.Choice.Evidence.Named = []string{"bottega"}
		q := asked(ask("lax", "email"), func(q *lawful.Question) { q.Language = "en" })
		d := under(rules, q, yes)
		if d.Reason != c.want {
			t.Errorf("%d: got %s, want %s", i, d.Reason, c.want)
		}
		if d.Permitted && !contains(d.Explanation, "decided that this is enough for this purpose") {
			t.Errorf("%q does not say that the purpose asks no more", d.Explanation)
		}
	}
}
