// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// message makes the unsubscribe address of one message.
func (s *shop) message(t *testing.T, to link.To, of link.Stop) string {
	t.Helper()
	var address string
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		address, err = s.links.Unsubscribe(ctx, tx, to, of)
		return err
	})
	return address
}

// oneClick posts as a mail program does.
func oneClick(t *testing.T, address string) int {
	t.Helper()
	return post(t, address, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").StatusCode
}

// redeclare applies the sample's file with some of its words replaced.
func (s *shop) redeclare(t *testing.T, oldnew ...string) {
	t.Helper()
	file := strings.NewReplacer(oldnew...).Replace(string(declared.Bottega))
	doc, err := register.Parse([]byte(file), "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.register.Apply(t.Context(), "test", "", doc, false); err != nil {
		t.Fatal(err)
	}
}

// anna bought, and may be written to without a consent.
func anna() choice.Subject { return choice.Subject{Email: sample.Anna} }

const narrowEvents = "  - id: events\n    unsubscribe: {scope: purpose, reason: Invitations were asked for one by one., decided_by: Rita Neri}"

func TestUnsubscribingStopsTheSoftOptInToo(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		if got := s.stand(t, anna(), "customers", "email"); got != lawful.ReasonSoftOptIn {
			t.Fatalf("a customer is %s", got)
		}
		if got := oneClick(t, s.message(t, s.to(t, sample.Anna), link.Stop{Channel: "email", Purpose: "customers", Message: "autumn-2026.17"})); got != http.StatusOK {
			t.Fatalf("answers %d", got)
		}
		for _, purpose := range []string{"customers", "newsletter", "events", "profiling", "partner"} {
			if got := s.stand(t, anna(), purpose, "email"); got != lawful.ReasonWithdrawn {
				t.Errorf("after unsubscribing %s is %s", purpose, got)
			}
		}
		if got := s.stand(t, anna(), "orders", "email"); got != lawful.ReasonContract {
			t.Errorf("after unsubscribing, messages about orders are %s", got)
		}
		last := s.history(t, sample.Anna)[0]
		if e := last.Choice.Evidence; e == nil || e.Method != "one_click" || e.Message != "autumn-2026.17" || last.Choice.Purpose != "" || last.Choice.Channel != "email" {
			t.Errorf("on record is %+v", last.Choice)
		}
	})
}

// A no that names a device stays with it: it is no reason to take one click for
// a repetition.
func TestADeviceThatSaidNoDoesNotUnsubscribeThePerson(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		actor := access.Local(sample.Organisation)
		device := choice.Subject{Device: "cookie-123"}
		recorded, err := s.choices.Take(t.Context(), actor, choice.Request{
			Subject: device, Source: "footer-form", Choices: []choice.Choice{{Choice: lawful.Objected}},
		})
		if err != nil {
			t.Fatal(err)
		}
		to := s.to(t, sample.Giulia)
		err = s.DB.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			return s.subjects.Link(ctx, tx, actor, to.Subject, recorded.Subject, "")
		})
		if err != nil {
			t.Fatal(err)
		}
		s.seal(t)
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Fatalf("after the device's no e-mail is %s", got)
		}
		s.Clock.Advance(time.Minute)
		oneClick(t, s.unsubscribe(t, to, "email"))
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after one click it is %s", got)
		}
	})
}

// history is what somebody chose, the latest first.
func (s *shop) history(t *testing.T, address string) []lawful.Recorded {
	t.Helper()
	var out []lawful.Recorded
	subject := s.to(t, address).Subject
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		persons, err := s.subjects.Persons(ctx, tx, sample.Organisation, []string{subject}, time.Time{})
		for _, f := range persons[subject].History {
			if f.Choice != nil {
				out = append(out, f)
			}
		}
		return err
	})
	slices.Reverse(out)
	return out
}

func TestAfterUnsubscribingOnePurposeIsKept(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.link(t, s.to(t, sample.Anna)))
		s.press(t, p, button(t, p, "newsletter", "email", "yes"))
		p = s.see(t, s.message(t, s.to(t, sample.Anna), link.Stop{Channel: "email", Purpose: "newsletter"}))
		if got := uitest.All(p.doc, ".today"); !strings.Contains(got, "News and offers") || !strings.Contains(got, "Products like those you bought") || !strings.Contains(got, "all other advertising") {
			t.Errorf("what stops is said as %q", got)
		}
		p = s.press(t, p, uitest.Find(p.doc, "form.halt", "button")[0])
		if got := uitest.All(p.doc, "h1"); got != "Done: you are unsubscribed" {
			t.Errorf("the page is headed %q", got)
		}
		cards := uitest.Find(p.doc, "article.purpose")
		if len(cards) != 2 || !strings.Contains(uitest.All(cards[1], "blockquote"), "You choose, one box for one thing") {
			t.Fatalf("%d purposes can be kept: %s", len(cards), uitest.All(p.doc, "main"))
		}
		p = s.press(t, p, uitest.Find(p.doc, "article.purpose", "form.post", "button")[1])
		if got := uitest.All(p.doc, ".flash"); !strings.Contains(got, "go on receiving “News and offers”") {
			t.Errorf("after keeping it the page says %q", got)
		}
		if got := s.stand(t, anna(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("what was kept is %s", got)
		}
		if got := s.stand(t, anna(), "customers", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("what was not is %s", got)
		}
		p = s.press(t, p, uitest.Find(p.doc, "form.post", "button")[0]) // undo: the rest comes back
		if got := s.stand(t, anna(), "customers", "email"); !got.Permits() {
			t.Errorf("after undoing it is %s", got)
		}
		if got := len(uitest.Find(p.doc, "article.purpose")); got != 0 {
			t.Errorf("%d purposes can still be put back", got)
		}
	})
}

func TestWhatWasUnsubscribedFromComesBackForAnHourOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		address := s.unsubscribe(t, to, "email")
		undo := url.Values{"act": {"undo"}}
		s.Clock.Advance(time.Minute)
		oneClick(t, address)
		s.Clock.Advance(2 * time.Hour)
		if p := browse(t, http.MethodPost, address, undo); !strings.Contains(uitest.All(p.doc, ".flash"), "Nothing was changed") {
			t.Errorf("two hours later undoing says %q", uitest.All(p.doc, "main"))
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("two hours later undoing makes it %s", got)
		}

		// A no said since stands, whoever has the link.
		p := s.see(t, s.link(t, to))
		s.press(t, p, button(t, p, "newsletter", "email", "yes"))
		s.Clock.Advance(time.Minute)
		oneClick(t, address)
		s.Clock.Advance(time.Minute)
		browse(t, http.MethodPost, address, undo)
		s.Clock.Advance(time.Minute)
		p = s.see(t, s.link(t, to))
		s.press(t, p, button(t, p, "newsletter", "email", "no"))
		for _, form := range []url.Values{undo, {"act": {"keep"}, "purpose": {"newsletter"}}} {
			browse(t, http.MethodPost, address, form)
			if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
				t.Errorf("%v over a later no makes it %s", form, got)
			}
		}
	})
}

func TestOnePurposeStopsAloneWhereThatIsDeclared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.redeclare(t, "  - id: events", narrowEvents)
		to := s.to(t, sample.Giulia)
		p := s.see(t, s.link(t, to))
		s.press(t, p, button(t, p, "events", "email", "yes"))
		address := s.message(t, to, link.Stop{Channel: "email", Purpose: "events"})
		s.Clock.Advance(time.Minute)
		oneClick(t, address)
		if events, news := s.stand(t, giulia(), "events", "email"), s.stand(t, giulia(), "newsletter", "email"); events != lawful.ReasonWithdrawn || news != lawful.ReasonConsentGiven {
			t.Errorf("events are %s, the newsletter %s", events, news)
		}
		p = s.see(t, address)
		if got := uitest.All(p.doc, ".stopped"); !strings.Contains(got, "you no longer receive") || !strings.Contains(uitest.All(p.doc, "main"), "leaves as it is") {
			t.Errorf("the page says %q", uitest.All(p.doc, "main"))
		}
		forms := uitest.Find(p.doc, "form.post", "button")
		s.press(t, p, forms[len(forms)-1]) // the whole channel
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after stopping the whole channel the newsletter is %s", got)
		}

		// A message of another purpose, and one whose purpose is not said, stop it all.
		for _, of := range []link.Stop{{Channel: "email", Purpose: "newsletter"}, {Channel: "email", Purpose: "gone"}, {Channel: "email"}} {
			p = s.see(t, s.link(t, to))
			p = s.press(t, p, button(t, p, "newsletter", "email", "yes"))
			s.press(t, p, button(t, p, "events", "email", "yes"))
			s.Clock.Advance(time.Minute)
			oneClick(t, s.message(t, to, of))
			if got := s.stand(t, giulia(), "events", "email"); got != lawful.ReasonWithdrawn {
				t.Errorf("a message of %q leaves events %s", of.Purpose, got)
			}
		}
	})
}

// A token that is made up, cut, of another kind, of another organisation or of
// somebody erased changes nothing, and nobody can tell which it was.
func TestTokensThatLeadNowhereSayTheSame(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.redeclare(t, "  id: bottega\n", "  id: botteg2\n") // is here as well, with secrets of its own
		to := s.to(t, sample.Giulia)
		good := s.unsubscribe(t, to, "email")
		token := good[strings.LastIndex(good, "/")+1:]
		stranger := to
		stranger.Subject = "sub_00000000-0000-7000-8000-000000000000"
		door := s.link(t, to)
		bad := map[string]string{
			"made up":      madeUp,
			"one letter":   token[:40] + string('A'+(token[40]-'A'+1)%26) + token[41:],
			"cut":          token[:len(token)-4],
			"long":         token + "AAAA",
			"of the door":  door[strings.LastIndex(door, "/")+1:],
			"nobody's":     lastOf(s.unsubscribe(t, stranger, "email")),
			"of another":   lastOf(strings.Replace(good, "/u/", "/u/x", 1)),
			"relabelled":   relabelled(t, token, "botteg2"),
			"of no office": relabelled(t, token, "bottegx"),
		}
		s.Clock.Advance(time.Minute)
		want := ""
		for name, token := range bad {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				p := browse(t, method, s.server.URL+"/u/"+token, url.Values{"List-Unsubscribe": {"One-Click"}})
				said := strings.ReplaceAll(p.text, token, "")
				if want == "" {
					want = said
				}
				if p.StatusCode != http.StatusNotFound || said != want {
					t.Errorf("%s %s answers %d: %s", method, name, p.StatusCode, uitest.All(p.doc, "main"))
				}
			}
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after all of them it is %s", got)
		}
	})
}

// madeUp has the shape of a token, with nothing true in it.
var madeUp = base64.RawURLEncoding.EncodeToString(slices.Concat([]byte{1, 'u'}, make([]byte, 32), []byte{0, 1, 'o'}, make([]byte, 16)))

func lastOf(address string) string { return address[strings.LastIndex(address, "/")+1:] }

// relabelled is a good token with the name of another organisation.
func relabelled(t *testing.T, token, org string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes.Replace(raw, []byte(sample.Organisation), []byte(org), 1))
}

func TestFormsOfOtherSitesChangeNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		address := s.unsubscribe(t, to, "email")
		s.Clock.Advance(time.Minute)
		oneClick(t, address)
		s.Clock.Advance(time.Minute)
		for name, form := range map[string]url.Values{
			"undo": {"act": {"undo"}}, "keep": {"act": {"keep"}, "purpose": {"newsletter"}},
		} {
			p := browse(t, http.MethodPost, address, form, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
			if p.StatusCode != http.StatusForbidden {
				t.Errorf("%s from another site answers %d", name, p.StatusCode)
			}
		}
		p := browse(t, http.MethodPost, s.link(t, to), url.Values{"act": {"stop"}}, "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")
		if p.StatusCode != http.StatusForbidden {
			t.Errorf("the preference centre takes a form of another site: %d", p.StatusCode)
		}
		if got := s.stand(t, giulia(), "newsletter", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("after all of them it is %s", got)
		}
	})
}

func TestNamesAreNoMarkup(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		const evil = `<script>alert(1)</script>"'&`
		s.redeclare(t, "name: Bottega Esempio\n", "name: '"+strings.ReplaceAll(evil, "'", "''")+"'\n", "en: News and offers", "en: '<img src=x onerror=alert(2)>'")
		to := s.to(t, sample.Giulia)
		for _, address := range []string{s.unsubscribe(t, to, "email"), s.link(t, to), s.server.URL + "/p/bottega/code"} {
			p := s.see(t, address)
			if strings.Contains(p.text, "<script>alert") || strings.Contains(p.text, "<img src=x") {
				t.Errorf("%s draws a name as markup", p.Request.URL.Path[:3])
			}
			if !strings.Contains(p.text, "&lt;script&gt;alert(1)&lt;/script&gt;") {
				t.Errorf("%s does not write the name as it is", p.Request.URL.Path[:3])
			}
		}
	})
}

// Who has a link learns nothing of other addresses of the person.
func TestAnUnsubscribePageNamesNobody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.unsubscribe(t, s.to(t, sample.Giulia), "email")
		s.Clock.Advance(time.Minute)
		oneClick(t, address)
		p := s.see(t, address)
		for _, h := range s.held(t, sample.Giulia) {
			if strings.Contains(p.text, h.Given) {
				t.Errorf("the page tells the %s", h.Kind)
			}
		}
	})
}

func (s *shop) held(t *testing.T, address string) []subject.Held {
	t.Helper()
	var out []subject.Held
	to := s.to(t, address)
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		out, err = s.subjects.Identifiers(ctx, tx, to.Org, []string{to.Subject})
		return err
	})
	return out
}

// A link to somebody who was erased is as dead as a forged one.
func TestALinkOfSomebodyErased(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.unsubscribe(t, s.to(t, sample.Paolo), "email")
		forged := browse(t, http.MethodPost, s.server.URL+"/u/"+madeUp, url.Values{"List-Unsubscribe": {"One-Click"}})
		s.erase(t, access.Local(sample.Organisation), sample.Paolo)
		p := browse(t, http.MethodPost, address, url.Values{"List-Unsubscribe": {"One-Click"}})
		if p.StatusCode != forged.StatusCode || uitest.All(p.doc, "main") != uitest.All(forged.doc, "main") {
			t.Errorf("it answers %d: %s", p.StatusCode, uitest.All(p.doc, "main"))
		}
	})
}

func (s *shop) erase(t *testing.T, actor access.Actor, address string) {
	t.Helper()
	if _, err := s.rights.Erase(t.Context(), actor, rights.Request{Subject: choice.Subject{Email: address}}); err != nil {
		t.Fatal(err)
	}
}
