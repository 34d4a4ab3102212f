// SPDX-License-Identifier: Apache-2.0

package lawbook_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

func TestWhatFactsHoldIsSaid(t *testing.T) {
	for _, c := range []struct {
		fact lawful.Fact
		want string
	}{
		{lawful.Fact{
			Kind: lawful.KindSale, Products: []string{"belt", "bag"}, AddressGiven: true, Informed: true, RefusalOffered: true, SimilarTo: []string{"newsletter"},
		}, "Bought: belt, bag · gave the contact · told of this use · could refuse at once · similar to: News"},
		{lawful.Fact{Kind: lawful.KindSale, Informed: true}, "told of this use"},
		{lawful.Fact{Kind: lawful.KindSale}, ""},
		{lawful.Fact{Kind: lawful.KindRegisterChecked, Register: "rpo"}, "Register: RPO"},
		{lawful.Fact{Kind: lawful.KindRegisterListed, Register: "rpo"}, "Register: RPO"},
		{lawful.Fact{Kind: lawful.KindSignal, Signal: "gpc"}, "Global Privacy Control"},
		{lawful.Fact{Kind: lawful.KindBalancingTest, Purpose: "newsletter", Outcome: "passed"}, "News · it admits the use"},
		{lawful.Fact{Kind: lawful.KindBalancingTest, Purpose: "newsletter", Outcome: "failed"}, "News · it does not admit the use"},
		{lawful.Fact{Kind: lawful.KindActivity, Act: "click"}, "a click"},
		{lawful.Fact{Kind: lawful.KindActivity, Act: "shop_visit"}, "shop visit"},
		{lawful.Fact{Kind: lawful.KindResidence, Country: "FR"}, "France"},
		{lawful.Fact{Kind: lawful.KindResidence, Country: "JP"}, "JP"},
		{lawful.Fact{Kind: lawful.KindBirthDate, Date: "1980-03-05"}, "5 March 1980"},
		{lawful.Fact{Kind: lawful.KindDeclaredAge, Age: 17}, "17 years"},
		{lawful.Fact{Kind: lawful.KindContacted, Purpose: "newsletter", Channel: lawful.ChannelEmail}, "News · E-mail"},
		{lawful.Fact{Kind: lawful.KindBlocked, System: "mailing", Channel: lawful.ChannelEmail}, "E-mail, in mailing"},
		{lawful.Fact{Kind: lawful.KindUndeliverable, Channel: lawful.ChannelEmail}, "E-mail"},
		{lawful.Fact{Kind: lawful.KindRelationOpened, EasyRevocation: true}, "can be ended at any time, as easily as it began"},
		{lawful.Fact{Kind: lawful.KindHolder, Outcome: "shared"}, "shared"},
		{lawful.Fact{Kind: lawful.KindDeceased}, ""},
	} {
		r := reader(t, "en", time.UTC)
		r.Purpose = func(string) string { return "News" }
		if got := strings.ReplaceAll(r.Locale.Say(r.Particulars(c.fact)), "\u00a0", " "); got != c.want {
			t.Errorf("%+v is told as %q, want %q", c.fact, got, c.want)
		}
	}
}

// TestEveryReasonHasWords: a text that nobody wrote shows in brackets.
func TestEveryReasonHasWords(t *testing.T) {
	for _, language := range ui.Languages {
		r := reader(t, language, time.UTC)
		for _, reason := range lawful.Reasons() {
			unwritten(t, r, string(reason), r.Locale.T("reason."+string(reason)))
		}
	}
}
