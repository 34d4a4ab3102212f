// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

func giulia() choice.Subject { return choice.Subject{Email: sample.Giulia} }

func TestThePageSaysWhatStands(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		for _, c := range []struct{ purpose, channel, want string }{
			{"newsletter", "email", "yes"}, {"newsletter", "sms", "no"}, {"events", "email", "no"}, {"events", "sms", "neither"},
		} {
			if got := pressed(t, p, c.purpose, c.channel); got != c.want {
				t.Errorf("%s by %s shows %s, want %s", c.purpose, c.channel, got, c.want)
			}
		}
		if got, want := uitest.All(p.doc, ".today", "ul"), "News and offers (E-mail)"; got != want {
			t.Errorf("what she receives is %q, want %q", got, want)
		}
		if got := len(uitest.Find(p.doc, "form.halt")); got != 2 {
			t.Errorf("stop everything is there %d times, want at the top and at the bottom", got)
		}
		for _, purpose := range []string{"orders", "tax-records"} {
			if len(uitest.Find(p.doc, "#"+purpose)) != 1 || len(uitest.Find(p.doc, "#"+purpose, "button")) != 0 {
				t.Errorf("%s is not shown as what it is: there, without a switch", purpose)
			}
		}
		for _, purpose := range []string{"ads", "statistics"} { // her stop of all mail is about neither
			if len(uitest.Find(p.doc, "#"+purpose)) != 0 {
				t.Errorf("%s is about browsers, and there is nothing of hers", purpose)
			}
		}
		for _, want := range []string{"Offers reach you a day before", "24 months from your last activity", "Corriere Digitale SpA", "GDPR art. 6(1)(a)"} {
			if card := uitest.All(p.doc, "#newsletter"); !strings.Contains(card, want) {
				t.Errorf("the card does not say %q: %s", want, card)
			}
		}
		if got := p.Header.Get("Referrer-Policy"); got != "no-referrer" {
			t.Errorf("the link may leave in a Referer: policy %q", got)
		}
		if got := p.Header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
			t.Errorf("the page may be kept: %q", got)
		}
		if strings.Contains(p.text, "<script>") || strings.Contains(p.text, "style=") {
			t.Error("the page has something inline")
		}
	})
}

func TestNoAndYesAreOneTapEach(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		p = s.press(t, p, button(t, p, "newsletter", "email", "no"))
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after no it is %s", got)
		}
		if got := pressed(t, p, "newsletter", "email"); got != "no" {
			t.Errorf("after no the page shows %s", got)
		}
		if !strings.Contains(uitest.All(p.doc, "#newsletter", ".flash"), "Done") {
			t.Error("the card does not say what was done")
		}
		p = s.press(t, p, button(t, p, "newsletter", "email", "yes"))
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after yes it is %s", got)
		}
		p = s.press(t, p, button(t, p, "events", "sms", "no"))
		if got := s.stand(t, choice.Subject{Phone: "+393330009001"}, "events", "sms"); got != lawful.ReasonRefused {
			t.Errorf("a no to what was never given is %s", got)
		}
		p = s.press(t, p, button(t, p, "newsletter", "sms", "yes"))
		if got := s.stand(t, choice.Subject{Phone: "+393330009001"}, "newsletter", "sms"); got != lawful.ReasonConsentGiven {
			t.Errorf("after yes by text message it is %s", got)
		}
		if got, want := uitest.All(p.doc, ".today", "ul"), "News and offers (E-mail, Text message)"; got != want {
			t.Errorf("what she receives is %q, want %q", got, want)
		}
	})
}

func TestStopEverythingAndUndo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		p = s.press(t, p, button(t, p, "profiling", "email", "yes"))
		p = s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
		for _, purpose := range []string{"newsletter", "profiling", "events", "partner"} {
			if got := s.stand(t, giulia(), purpose, "email"); got != lawful.ReasonObjected {
				t.Errorf("after stopping everything %s is %s", purpose, got)
			}
		}
		if len(uitest.Find(p.doc, "form.halt")) != 0 || !strings.Contains(uitest.All(p.doc, ".stopped"), "no longer receive any advertising") {
			t.Error("the page does not show that everything is stopped")
		}
		p = s.press(t, p, uitest.Find(p.doc, ".flash", "button")[0])
		for purpose, want := range map[string]lawful.Reason{
			"newsletter": lawful.ReasonConsentGiven, "profiling": lawful.ReasonConsentGiven,
			"events": lawful.ReasonObjected, "partner": lawful.ReasonObjected,
		} {
			if got := s.stand(t, giulia(), purpose, "email"); got != want {
				t.Errorf("after undoing %s is %s, want %s", purpose, got, want)
			}
		}
		if got := s.stand(t, choice.Subject{Phone: "+393330009001"}, "newsletter", "sms"); got == lawful.ReasonConsentGiven {
			t.Error("undoing gave more than there was before")
		}
		if len(uitest.Find(p.doc, ".flash", "button")) != 0 {
			t.Error("an undo is offered for the undo")
		}
	})
}

func TestASwitchCanBeUndone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		p = s.press(t, p, button(t, p, "newsletter", "email", "no"))
		again := p
		p = s.press(t, p, uitest.Find(p.doc, "#newsletter", ".flash", "button")[0])
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after undoing a no it is %s", got)
		}
		p = s.press(t, p, button(t, p, "partner", "email", "yes"))
		s.press(t, p, uitest.Find(p.doc, "#partner", ".flash", "button")[0])
		if got := s.stand(t, giulia(), "partner", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after undoing a yes it is %s", got)
		}
		s.Clock.Advance(2 * time.Hour)
		undo := uitest.Find(again.doc, ".flash", "input[name=entry]")
		late := browse(t, http.MethodPost, again.Request.URL.String(), url.Values{"act": {"undo"}, "entry": {uitest.Attr(undo[0], "value")}})
		if late.StatusCode != http.StatusConflict {
			t.Errorf("an undo long after answers %d", late.StatusCode)
		}
	})
}

func TestAYesThroughTheAddressItselfIsConfirmed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		for _, address := range []string{sample.Sara, sample.Giulia} { // nothing stands in the way; a no does
			who := choice.Subject{Email: address}
			to := s.to(t, address)
			elsewhere := to
			elsewhere.Identifier = lawful.Identifier{}
			p := s.see(t, s.link(t, elsewhere))
			p = s.press(t, p, button(t, p, "partner", "email", "yes"))
			if got := s.stand(t, who, "partner", "email"); got == lawful.ReasonConsentGiven {
				t.Errorf("a yes through another address is %s", got)
			}
			if got := uitest.All(p.doc, "#partner", ".ask", ".hint"); !strings.Contains(got, "waits for your confirmation") || pressed(t, p, "partner", "email") != "neither" {
				t.Errorf("the page does not say that a confirmation is missing: %s", got)
			}
			if got := uitest.All(p.doc, "#partner", ".flash"); !strings.Contains(got, "only once confirmed") {
				t.Errorf("the page says that it is done: %s", got)
			}
			p = s.see(t, s.link(t, to))
			s.press(t, p, button(t, p, "partner", "email", "yes"))
			if got := s.stand(t, who, "partner", "email"); got != lawful.ReasonConsentGiven {
				t.Errorf("a yes through the address itself is %s", got)
			}
		}
	})
}

func TestEveryChoiceHasASealThatVerifies(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		p = s.press(t, p, button(t, p, "events", "email", "yes"))
		events := uitest.Find(p.doc, "#events", "ol.timeline", "li")
		if len(events) < 2 {
			t.Fatalf("the history has %d lines", len(events))
		}
		seals := uitest.Find(p.doc, "#newsletter", "a.seal")
		if len(seals) != 4 {
			t.Errorf("the newsletter's history has %d seals, want one for each of 4 choices", len(seals))
		}
		for _, seal := range append(seals, uitest.Find(p.doc, "#events", "a.seal")...) {
			to, err := p.Request.URL.Parse(uitest.Attr(seal, "href"))
			if err != nil {
				t.Fatal(err)
			}
			file := browse(t, http.MethodGet, to.String()+"/receipt.json", nil)
			verdict, err := evidence.Verify([]byte(file.text), evidence.Options{})
			if err != nil || !verdict.OK() || verdict.Receipt == nil {
				t.Fatalf("the receipt does not verify: %v %+v", err, verdict.Problems)
			}
			if verdict.Receipt.Principal != s.to(t, sample.Giulia).Subject {
				t.Error("the receipt is somebody else's")
			}
		}
		marco := s.see(t, s.link(t, s.to(t, sample.Marco)))
		stolen := uitest.Attr(uitest.Find(marco.doc, "a.seal")[0], "href")
		entry := stolen[strings.LastIndex(stolen, "/")+1:]
		if got := browse(t, http.MethodGet, s.link(t, s.to(t, sample.Giulia))+"/receipts/"+entry, nil); got.StatusCode != http.StatusNotFound {
			t.Errorf("somebody else's receipt answers %d", got.StatusCode)
		}
	})
}

func TestLinksThatLeadNowhere(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		good := s.link(t, to)
		at := strings.LastIndex(good, "/p/") + 3
		flipped := []byte(good)
		flipped[at+20] ^= 1
		past := to
		past.Expires = s.Clock.Now().Add(-time.Minute)
		for name, c := range map[string]struct {
			address string
			want    int
		}{
			"good": {good, 200}, "forged": {string(flipped), 404}, "cut off": {good[:len(good)-3], 404}, "empty": {good[:at] + "x", 404},
			"expired": {s.link(t, past), 410}, "of another kind": {strings.Replace(s.unsubscribe(t, to, "email"), "/u/", "/p/", 1), 404},
			"as unsubscribe": {strings.Replace(good, "/p/", "/u/", 1), 404}, "nothing": {s.server.URL + "/p/", 404},
		} {
			if got := browse(t, http.MethodGet, c.address, nil); got.StatusCode != c.want {
				t.Errorf("a link %s answers %d, want %d", name, got.StatusCode, c.want)
			}
		}
		if late := browse(t, http.MethodGet, s.link(t, past), nil); len(uitest.Find(late.doc, "main", "a[href=/p/bottega/code]")) != 1 {
			t.Errorf("an expired link does not say what to do: %s", uitest.All(late.doc, "main"))
		}
		if _, err := s.rights.Erase(t.Context(), access.Local(sample.Organisation), rights.Request{Subject: giulia()}); err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{good, good + "/data.json", s.unsubscribe(t, to, "email"), s.link(t, past)} {
			if got := browse(t, http.MethodGet, address, nil); got.StatusCode != http.StatusNotFound || strings.Contains(got.text, sample.Giulia) {
				t.Errorf("after the erasure a link answers %d", got.StatusCode)
			}
		}
	})
}

func TestAFormOfAnotherSiteIsRefused(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.link(t, s.to(t, sample.Giulia))
		for _, c := range []struct {
			site, origin string
			want         int
		}{
			{"cross-site", "https://other.example", 403}, {"", "https://other.example", 403}, {"cross-site", "null", 403},
			{"", "null", 200}, {"same-origin", "null", 200},
		} {
			got := browse(t, http.MethodPost, address, url.Values{"act": {"stop"}}, "Sec-Fetch-Site", c.site, "Origin", c.origin)
			if got.StatusCode != c.want {
				t.Errorf("a form from %q (%q) answers %d, want %d", c.origin, c.site, got.StatusCode, c.want)
			}
		}
		for _, form := range []url.Values{{}, {"act": {"sing"}}, {"act": {"yes"}, "purpose": {"orders"}, "channel": {"email"}}, {"act": {"undo"}, "entry": {"ent_x"}}} {
			if got := browse(t, http.MethodPost, address, form); got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusConflict {
				t.Errorf("a form of nonsense %v answers %d", form, got.StatusCode)
			}
		}
	})
}

func TestAYesThatIsNotUsedNowIsStillAYes(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		var facts []choice.Fact
		for day := range 4 {
			facts = append(facts, choice.Fact{
				Kind: lawful.KindContacted, Channel: "email", Purpose: "newsletter", At: env.Clock.Now().AddDate(0, 0, -1-day),
			})
		}
		s.facts(t, giulia(), facts...)
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonFrequencyExceeded {
			t.Fatalf("after four messages in a month it is %s", got)
		}
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		if got := pressed(t, p, "newsletter", "email"); got != "yes" {
			t.Errorf("the page shows %s, want yes", got)
		}
		if card := uitest.All(p.doc, "#newsletter"); !strings.Contains(card, "You said yes, but at present we do not contact you here.") {
			t.Errorf("the card does not say that it rests: %s", card)
		}
		s.press(t, p, button(t, p, "newsletter", "email", "no"))
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after no it is %s", got)
		}
	})
}

// Two people share a phone: each acts for themselves.
func TestASharedPhoneIsTwoPeople(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		const shared = "+393331234567"
		for _, address := range []string{"anna@posta.example", "bruno@posta.example"} {
			request := choice.Request{
				Subject: choice.Subject{Email: address, Phone: shared}, Source: "footer-form",
				Choices: []choice.Choice{{Purpose: "newsletter", Channel: "email", Choice: lawful.Refused}},
			}
			if _, err := s.choices.Take(t.Context(), access.Local(sample.Organisation), request); err != nil {
				t.Fatal(err)
			}
		}
		s.seal(t)
		bruno := s.see(t, s.link(t, s.to(t, "bruno@posta.example")))
		s.press(t, bruno, button(t, bruno, "newsletter", "sms", "yes"))
		anna := s.see(t, s.link(t, s.to(t, "anna@posta.example")))
		if got := uitest.All(anna.doc, "#newsletter"); !strings.Contains(got, "somebody who uses the same contact") || strings.Contains(anna.text, "bruno@") {
			t.Errorf("Anna's page says %q", got)
		}
		before := len(uitest.Find(anna.doc, "#newsletter", "ol.timeline", "li"))
		anna = s.press(t, anna, button(t, anna, "newsletter", "sms", "yes"))
		if got := len(uitest.Find(anna.doc, "#newsletter", "ol.timeline", "li")); got != before+1 {
			t.Errorf("Anna's own yes left %d lines in her history", got-before)
		}
		s.press(t, anna, button(t, anna, "newsletter", "sms", "no"))
		if got := s.stand(t, choice.Subject{Phone: shared}, "newsletter", "sms"); got != lawful.ReasonWithdrawn {
			t.Errorf("after Anna's no the phone is %s", got)
		}
	})
}
