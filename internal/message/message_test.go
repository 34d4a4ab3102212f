// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// TestAYesIsAskedAboutAndConfirmed from the form to the certificate: what was
// written, when, and what was answered are evidence.
func TestAYesIsAskedAboutAndConfirmed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		yes := p.yes(t, anna)
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonConfirmationPending)
		p.send(t)
		id, raw := p.only(t)
		header, text, html := parts(t, raw)
		address := clickable.FindString(text)
		subject, _ := header.Subject()
		if address == "" || strings.Count(html, address) != 1 || !strings.Contains(text, "- Altre botteghe\n  Vi scriviamo di altre botteghe.") || !strings.Contains(subject, "Bottega Esempio Srl") {
			t.Fatalf("%q says:\n%s\n%s", subject, text, html)
		}
		if mid, _ := header.MessageID(); mid != id+"@bottega.example" || header.Get("Content-Language") != "it" || header.Get("Reply-To") != "<privacy@bottega.example>" {
			t.Errorf("the headers say %q, %q, %q", mid, header.Get("Content-Language"), header.Get("Reply-To"))
		}
		asked := p.facts(t, anna, lawful.KindMessage)
		digest := sha256.Sum256(raw)
		if len(asked) != 1 || asked[0].Message.Digest != hex.EncodeToString(digest[:]) || asked[0].Message.ID != id || asked[0].Message.Asks[0] != 1 {
			t.Fatalf("on record is %+v", asked)
		}
		if said := asked[0].Message.Text; said != strings.ReplaceAll(text, address, "[…]") {
			t.Errorf("on record are the words %q", said)
		}
		p.Env.Clock.Advance(time.Hour)
		p.answer(t, id, true)
		p.Want(t, shop.Email(anna), "partner", "email", lawful.ReasonConsentGiven)
		confirmed := p.facts(t, anna, lawful.KindChoice)[1]
		if c := confirmed.Choice; c.Choice != lawful.Confirmed || c.Confirms != 1 || c.Evidence.Text != "Lo conferma?" || confirmed.Actor != lawful.ActorPerson || !confirmed.Happened.Equal(p.Env.Clock.Now()) {
			t.Errorf("confirmed is %+v, %+v", confirmed, c)
		}
		p.certified(t, yes.Subject)
	})
}

// certified verifies the certificate of Anna's yes, with the message in it.
func (p *post) certified(t *testing.T, chain string) {
	t.Helper()
	if err := p.Ledger.Sequence(t.Context(), shop.Org); err != nil {
		t.Fatal(err)
	}
	file, err := p.Standing.Certificate(t.Context(), shop.Key(), standing.Question{Subject: shop.Email(anna), Purpose: "partner", Channel: "email"})
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := evidence.Verify(file, evidence.Options{})
	if err != nil || !verdict.OK() || !verdict.Decision.Permitted {
		t.Fatalf("%v: %v", err, verdict.Problems)
	}
	want := []string{evidence.EntryName(chain, 1), evidence.EntryName(chain, 3)} // 2 is the message
	if got := verdict.Decision.Facts; len(got) != 2 || got[0] != want[0] || got[1] != want[1] || verdict.Certificate.Chains[0].LastSeq != 3 {
		t.Errorf("it rests on %v of %v, want %v", got, verdict.Certificate.Chains, want)
	}
}

// TestWhoIsAsked: whoever said yes themselves, just now, by mail, where it needs a
// confirmation; and nobody else.
func TestWhoIsAsked(t *testing.T) {
	long := testkit.Start().Add(-message.LinkLife - time.Minute)
	old := testkit.Start().Add(-message.LinkLife + time.Hour)
	from := func(source string) choice.Request {
		r := shop.Yes(shop.Email(anna), "partner", "email")
		r.Source = source
		return r
	}
	stopped := func(t *testing.T, p *post) {
		t.Helper()
		p.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Withdrawn, "newsletter", "email"))
	}
	for name, c := range map[string]struct {
		actor  access.Actor
		r      choice.Request
		change func(r *choice.Request)
		first  func(t *testing.T, p *post)
		want   int
	}{
		"a form, by the shop's server":    {actor: shop.Key(), r: from("form"), want: 1},
		"a public form":                   {actor: shop.Collect(), r: from("form"), want: 1},
		"the till":                        {actor: shop.Key(), r: from("checkout"), want: 1},
		"another system":                  {actor: shop.Key(), r: from("crm"), want: 1},
		"some days ago":                   {actor: shop.Key(), r: from("form"), change: func(r *choice.Request) { r.At = &old }, want: 1},
		"long ago":                        {actor: shop.Key(), r: from("form"), change: func(r *choice.Request) { r.At = &long }},
		"a list":                          {actor: shop.Key(), r: from("list")},
		"staff":                           {actor: shop.Operator(), r: from("desk")},
		"a ticked box":                    {actor: shop.Key(), r: from("ticked")},
		"a condition":                     {actor: shop.Key(), r: from("contest")},
		"a purpose that needs none":       {actor: shop.Key(), r: shop.Yes(shop.Email(anna), "newsletter", "email")},
		"a no":                            {actor: shop.Key(), r: shop.No(shop.Email(anna), lawful.Refused, "partner", "email")},
		"a public form over a no":         {actor: shop.Collect(), r: shop.Yes(shop.Email(anna), "newsletter", "email"), first: stopped, want: 1},
		"the shop over a no of theirs":    {actor: shop.Key(), r: shop.Yes(shop.Email(anna), "newsletter", "email"), first: stopped},
		"with a phone beside it":          {actor: shop.Key(), r: from("form"), change: func(r *choice.Request) { r.Subject.Phone = "+393331112222" }, want: 1},
		"by number, the address not said": {actor: shop.Key(), r: from("checkout"), change: func(r *choice.Request) { r.Subject = choice.Subject{ID: "42"} }},
		"confirmed along with it": {actor: shop.Key(), r: from("form"), change: func(r *choice.Request) {
			r.Choices = append(r.Choices, choice.Choice{Purpose: "partner", Channel: "email", Choice: lawful.Confirmed})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				p := open(t, env)
				if c.first != nil {
					c.first(t, p)
				}
				r := c.r
				r.Choices = append([]choice.Choice(nil), r.Choices...)
				if c.change != nil {
					c.change(&r)
				}
				p.Record(t, c.actor, r)
				p.send(t)
				if got := len(p.files(t)); got != c.want || len(p.listed(t)) != c.want {
					t.Errorf("%d messages left, %d are listed, want %d", got, len(p.listed(t)), c.want)
				}
			})
		})
	}
}

// TestWhoAsksByATool of their own is not doubled.
func TestWhoAsksByAToolOfTheirOwn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.Declare(t, shop.With("messages: {confirmation: {sent_by: organisation}}\n"))
		p.yes(t, anna)
		if n, err := p.messages.Again(t.Context(), shop.Org, []lawful.Identifier{{Kind: lawful.IDEmail, Value: anna}}); n != 0 || err != nil {
			t.Errorf("%d on their way, %v", n, err)
		}
		p.send(t)
		if got := p.listed(t); len(got) != 0 {
			t.Errorf("queued is %+v", got)
		}
	})
}

// TestTheOrganisationsOwnWords stand where it has some in the language of the yes;
// nothing that somebody typed into a form stands anywhere.
func TestTheOrganisationsOwnWords(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.Declare(t, shop.With("messages: {confirmation: {texts: {en: {subject: \"Is it you & yours?\", opening: \"Hello.\\n\\nOne > none.\", closing: \"Yours, the shop\"}}}}\n"))
		r := shop.Yes(shop.Email(anna), "partner", "email")
		r.Notice.Language, r.Evidence.Text, r.Evidence.URL = "en", "Win a car at https://evil.example", "https://evil.example"
		p.Record(t, shop.Collect(), r)
		p.send(t)
		_, raw := p.only(t)
		header, text, html := parts(t, raw)
		subject, _ := header.Subject()
		if subject != "Is it you & yours?" || !strings.HasPrefix(text, "Hello.\n\nOne > none.\n\n- Other workshops\n") || !strings.Contains(text, "Yours, the shop") {
			t.Errorf("%q says %s", subject, text)
		}
		if !strings.Contains(html, "One &gt; none.") || !strings.Contains(html, "you &amp; yours?</title>") || strings.Contains(string(raw), "evil") || strings.Contains(html, "<img") || strings.Contains(html, "src=") {
			t.Errorf("the HTML is %s", html)
		}
	})
}

// TestNobodyIsFlooded however often, and by whoever, their address is sent in.
func TestNobodyIsFlooded(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		for range 40 { // 40 minutes of it, on one day and the next, and the next month
			p.Record(t, shop.Collect(), shop.Yes(shop.Email(anna), "partner", "email"))
			p.send(t)
		}
		if got := p.mail.carried; got != 3 {
			t.Errorf("in 40 minutes %d messages left, want 3", got)
		}
		first := p.listed(t)[2]
		if second := p.listed(t)[1]; second.Sent.Sub(first.Created) < 10*time.Minute {
			t.Errorf("the second follows the first after %s", second.Sent.Sub(first.Created))
		}
		for range 20 {
			p.Env.Clock.Advance(24 * time.Hour)
			p.yes(t, anna)
			p.Env.Clock.Advance(time.Hour)
			p.send(t)
		}
		if got := p.mail.carried; got != 6 {
			t.Errorf("in 20 days %d messages left, want 6", got)
		}
		if _, err := p.messages.Again(t.Context(), shop.Org, []lawful.Identifier{{Kind: lawful.IDEmail, Value: anna}}); err == nil {
			t.Error("asked for once more, it is queued")
		}
		p.yes(t, bruno)
		p.send(t)
		if got := p.mail.carried; got != 7 {
			t.Errorf("to somebody else %d messages left, want 1", got-6)
		}
	})
}

// TestAnOrganisationsMessagesHaveAPace: what is too much waits its turn.
func TestAnOrganisationsMessagesHaveAPace(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.messages.Pace(4)
		for _, name := range strings.Fields("a b c d e f") {
			p.yes(t, name+"@posta.example")
		}
		p.send(t)
		p.send(t)
		if p.mail.carried != 4 {
			t.Errorf("%d messages left, want 4", p.mail.carried)
		}
		p.Env.Clock.Advance(time.Hour)
		p.send(t)
		if p.mail.carried != 6 {
			t.Errorf("after an hour %d messages left, want 6", p.mail.carried)
		}
	})
}

// TestOnlyWhoMayReadsMessages: the address shows there and nowhere else.
func TestOnlyWhoMayReadsMessages(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		p.yes(t, anna)
		if m := p.listed(t)[0]; m.To != anna || m.State != message.StateNew || m.Text != "" {
			t.Errorf("before it is written it is %+v", m)
		}
		p.send(t)
		m := p.listed(t)[0]
		if m.To != anna || m.State != message.StateSent || strings.Contains(m.Text, "/c/") || !strings.Contains(m.Text, "Altre botteghe") {
			t.Errorf("it is %+v", m)
		}
		stranger := access.Actor{Org: shop.Org, Scopes: []string{access.ScopeCheck, access.ScopeCollect}}
		other := access.Actor{Org: "elsewhere", Scopes: []string{access.ScopeAdmin}}
		if _, _, err := p.messages.List(t.Context(), stranger, "", "", 10); err == nil {
			t.Error("who may not look people up reads the list")
		}
		if _, err := p.messages.One(t.Context(), stranger, m.ID); err == nil {
			t.Error("who may not look people up reads a message")
		}
		if _, err := p.messages.One(t.Context(), other, m.ID); err == nil {
			t.Error("another organisation reads a message")
		}
		if err := p.messages.Retry(t.Context(), other, m.ID); err == nil {
			t.Error("another organisation has it sent")
		}
	})
}
