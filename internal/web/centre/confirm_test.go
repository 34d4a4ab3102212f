// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

const carla = "carla@posta.example"

// form is what the shop's public form sends in somebody's name.
func form(address string) choice.Request {
	return choice.Request{
		Subject: choice.Subject{Email: address}, Source: "footer-form", Notice: &lawful.NoticeRef{ID: "partner", Version: 1, Language: "it"},
		Choices:  []choice.Choice{{Purpose: "partner", Channel: "email", Choice: lawful.Given}},
		Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: `Sì <script>alert(1)</script>`, URL: "https://bottega.example"},
	}
}

// signUp says yes in a form, and has what follows from it sent.
func (s *shop) signUp(t *testing.T, address string) {
	t.Helper()
	public := access.Actor{Org: sample.Organisation, Kind: access.KindKey, ID: "public", Scopes: []string{access.ScopeCollect}}
	if _, err := s.choices.Take(t.Context(), public, form(address)); err != nil {
		t.Fatal(err)
	}
	s.post(t)
}

// post sends what is due.
func (s *shop) post(t *testing.T) {
	t.Helper()
	s.Clock.Advance(time.Minute)
	if err := s.sender.Send(t.Context(), sample.Organisation); err != nil {
		t.Fatal(err)
	}
	s.seal(t)
}

var confirmation = regexp.MustCompile(`http://[\w.:]+/c/[\w-]+`)

// asked is the link in the message that asks to confirm.
func (s *shop) asked(t *testing.T, address string) string {
	t.Helper()
	s.signUp(t, address)
	m := <-s.mail.messages
	if m.To != address {
		t.Fatal("the message is for somebody else")
	}
	return confirmation.FindString(m.Text)
}

// saying finds a button of the page by its value.
func saying(t *testing.T, p page, value string) *html.Node {
	t.Helper()
	found := uitest.Find(p.doc, "main", "button[value="+value+"]")
	if len(found) != 1 {
		t.Fatalf("%d buttons say %s on %q", len(found), value, uitest.All(p.doc, "main"))
	}
	return found[0]
}

func (s *shop) entries(t *testing.T, address string) int {
	t.Helper()
	to := s.to(t, address)
	n := 0
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		persons, err := s.subjects.Persons(ctx, tx, to.Org, []string{to.Subject}, time.Time{})
		n = len(persons[to.Subject].History)
		return err
	})
	return n
}

func TestALinkAsksAndAButtonConfirms(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address, who := s.asked(t, carla), choice.Subject{Email: carla}
		before := s.entries(t, carla)
		p := s.see(t, address)
		s.see(t, address)
		if uitest.All(p.doc, "h1") != "Do you confirm?" || !strings.Contains(uitest.All(p.doc, "main"), "Other Tuscan workshops") || !strings.Contains(uitest.All(p.doc, "blockquote"), "date il mio indirizzo") {
			t.Errorf("the page says %q", uitest.All(p.doc, "main"))
		}
		if strings.Contains(p.text, "alert(1)") || strings.Contains(p.text, carla) {
			t.Error("the page shows what somebody typed into a form")
		}
		if got := s.stand(t, who, "partner", "email"); got != lawful.ReasonConfirmationPending || s.entries(t, carla) != before {
			t.Fatalf("after looking it is %s", got)
		}
		p = s.press(t, p, saying(t, p, "yes"))
		if got := s.stand(t, who, "partner", "email"); got != lawful.ReasonConsentGiven || uitest.All(p.doc, "h1") != "Confirmed" {
			t.Fatalf("after the button it is %s: %s", got, uitest.All(p.doc, "main"))
		}
		again := browse(t, http.MethodPost, address, url.Values{"answer": {"yes"}})
		if uitest.All(again.doc, "h1") != "Confirmed" || s.entries(t, carla) != before+1 {
			t.Errorf("said again: %s, %d entries", uitest.All(again.doc, "h1"), s.entries(t, carla))
		}
		s.seal(t)
		p = s.see(t, address)
		receipt := s.see(t, s.server.URL+uitest.Attr(uitest.Find(p.doc, "main", "section", "a")[0], "href"))
		if !strings.Contains(receipt.Request.URL.Path, "/receipts/ent_") || !strings.Contains(uitest.All(receipt.doc, "main"), "Other Tuscan workshops") {
			t.Errorf("the receipt says %s", uitest.All(receipt.doc, "main"))
		}
		centre := s.see(t, s.server.URL+uitest.Attr(uitest.Find(p.doc, "main", "a.button")[0], "href"))
		if got := uitest.All(centre.doc, "#partner", "ol.timeline", ".what"); got != "You confirmed your contact | We asked you to confirm | You said yes" {
			t.Errorf("the history says %q", got)
		}
		s.press(t, centre, button(t, centre, "partner", "email", "no"))
		if over := s.see(t, address); uitest.All(over.doc, "h1") != "There is nothing to confirm here any more" {
			t.Errorf("after a no the link leads to %q", uitest.All(over.doc, "h1"))
		}
		browse(t, http.MethodPost, address, url.Values{"answer": {"yes"}})
		if got := s.stand(t, who, "partner", "email"); got != lawful.ReasonWithdrawn {
			t.Errorf("the old link makes it %s", got)
		}
	})
}

func TestANoOnTheSamePage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		p := s.see(t, s.asked(t, carla))
		p = s.press(t, p, saying(t, p, "no"))
		if got := s.stand(t, choice.Subject{Email: carla}, "partner", "email"); got != lawful.ReasonRefused || uitest.All(p.doc, "h1") != "As you wish" {
			t.Errorf("it is %s: %s", got, uitest.All(p.doc, "h1"))
		}
	})
}

// TestNoOtherWayIn: forged, of another kind, from another site, with something
// else in the form: nothing is changed.
func TestNoOtherWayIn(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		address := s.asked(t, carla)
		before := s.entries(t, carla)
		to := s.to(t, carla)
		token := func(address string) string { return address[strings.LastIndex(address, "/")+1:] }
		forged := []byte(token(address))
		forged[20] ^= 1
		yes := url.Values{"answer": {"yes"}}
		for name, c := range map[string]struct {
			at   string
			form url.Values
			more []string
			want int
		}{
			"forged":                    {"/c/" + string(forged), yes, nil, http.StatusNotFound},
			"a link to the centre":      {"/c/" + token(s.link(t, to)), yes, nil, http.StatusNotFound},
			"a link to unsubscribe":     {"/c/" + token(s.unsubscribe(t, to, "email")), yes, nil, http.StatusNotFound},
			"this one at the centre":    {"/p/" + token(address), url.Values{"act": {"stop"}}, nil, http.StatusNotFound},
			"this one to unsubscribe":   {"/u/" + token(address), url.Values{"List-Unsubscribe": {"One-Click"}}, nil, http.StatusNotFound},
			"this one for all data":     {"/p/" + token(address) + "/data.json", nil, nil, http.StatusNotFound},
			"another site":              {"/c/" + token(address), yes, []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
			"another site, old browser": {"/c/" + token(address), yes, []string{"Sec-Fetch-Site", "", "Origin", "https://evil.example"}, http.StatusForbidden},
			"an empty form":             {"/c/" + token(address), url.Values{}, nil, http.StatusBadRequest},
			"another answer":            {"/c/" + token(address), url.Values{"answer": {"maybe"}}, nil, http.StatusBadRequest},
			"again before its time":     {"/c/" + token(address), url.Values{"answer": {"again"}}, nil, http.StatusBadRequest},
			"too long":                  {"/c/" + token(address), url.Values{"answer": {strings.Repeat("y", 20_000)}}, nil, http.StatusBadRequest},
		} {
			method := http.MethodPost
			if c.form == nil {
				method = http.MethodGet
			}
			if got := browse(t, method, s.server.URL+c.at, c.form, c.more...); got.StatusCode != c.want {
				t.Errorf("%s: %d, want %d", name, got.StatusCode, c.want)
			}
		}
		if s.entries(t, carla) != before {
			t.Error("something was recorded")
		}
	})
}

// TestALinkThatIsOverOffersAnother, and tells the same of everybody: of somebody
// erased too.
func TestALinkThatIsOverOffersAnother(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		known, erased := s.asked(t, carla), s.asked(t, "dario@posta.example")
		if _, err := s.rights.Erase(t.Context(), access.Local(sample.Organisation), rights.Request{Subject: choice.Subject{Email: "dario@posta.example"}}); err != nil {
			t.Fatal(err)
		}
		if p := browse(t, http.MethodGet, erased, nil); p.StatusCode != http.StatusNotFound {
			t.Errorf("the link of somebody erased answers %d", p.StatusCode)
		}
		s.Clock.Advance(message.LinkLife)
		plain := func(p page) string {
			return strings.NewReplacer(known[strings.LastIndex(known, "/"):], "", erased[strings.LastIndex(erased, "/"):], "", s.server.URL, "").Replace(p.text)
		}
		one, two := browse(t, http.MethodGet, known, nil), browse(t, http.MethodGet, erased, nil)
		if one.StatusCode != http.StatusGone || two.StatusCode != http.StatusGone || plain(one) == plain(page{}) {
			t.Fatalf("%d and %d", one.StatusCode, two.StatusCode)
		}
		sameButForTheTime(t, plain(one), plain(two))
		if got := s.stand(t, choice.Subject{Email: carla}, "partner", "email"); got != lawful.ReasonConfirmationPending {
			t.Fatal(got)
		}
		late := browse(t, http.MethodPost, known, url.Values{"answer": {"yes"}})
		if got := s.stand(t, choice.Subject{Email: carla}, "partner", "email"); got != lawful.ReasonConfirmationPending || late.StatusCode != http.StatusGone {
			t.Errorf("an answer after its time: %d, %s", late.StatusCode, got)
		}
		sameButForTheTime(t, plain(s.press(t, two, saying(t, two, "again"))), plain(s.press(t, one, saying(t, one, "again"))))
		s.await(t, carla)
		s.post(t)
		m := <-s.mail.messages
		if m.To != carla || len(s.mail.messages) != 0 {
			t.Fatalf("%d more messages", len(s.mail.messages))
		}
		p := s.see(t, confirmation.FindString(m.Text))
		s.press(t, p, saying(t, p, "yes"))
		if got := s.stand(t, choice.Subject{Email: carla}, "partner", "email"); got != lawful.ReasonConsentGiven {
			t.Errorf("after the new link it is %s", got)
		}
	})
}

var instant = regexp.MustCompile(`\d+:\d+`)

// sameButForTheTime holds two pages to each other: the links ended a minute apart.
func sameButForTheTime(t *testing.T, one, two string) {
	t.Helper()
	if a, b := instant.ReplaceAllString(one, ""), instant.ReplaceAllString(two, ""); a != b {
		t.Errorf("the pages differ:\n%s\n%s", a, b)
	}
}

// await waits until what the page does after its answer has queued a message.
func (s *shop) await(t *testing.T, address string) {
	t.Helper()
	for range 10_000 {
		page, _, err := s.messages.List(t.Context(), access.Local(sample.Organisation), message.StateNew, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			if m.To == address {
				return
			}
		}
	}
	t.Fatal("nothing is queued")
}

// TestThePreferenceCentreSendsItAgain, a few times a day.
func TestThePreferenceCentreSendsItAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		s.asked(t, carla)
		to := s.to(t, carla)
		to.Identifier = lawful.Identifier{} // handed over, and not sent to the address
		p := s.see(t, s.link(t, to))
		if got := uitest.All(p.doc, "#partner", ".ask", ".hint"); !strings.Contains(got, "waits for your confirmation") {
			t.Fatalf("the card says %q", got)
		}
		for _, want := range []string{"on its way", "on its way", "enough messages"} {
			p = s.press(t, p, saying(t, p, "again"))
			if got := uitest.All(p.doc, ".flash"); !strings.Contains(got, want) {
				t.Errorf("the page says %q, want %q", got, want)
			}
			s.Clock.Advance(time.Hour)
			s.post(t)
		}
		if got := len(s.mail.messages); got != 2 {
			t.Errorf("%d more messages left, want 2", got)
		}
		cross := browse(t, http.MethodPost, s.link(t, to), url.Values{"act": {"again"}}, "Sec-Fetch-Site", "cross-site")
		if cross.StatusCode != http.StatusForbidden {
			t.Errorf("from another site it answers %d", cross.StatusCode)
		}
		if other := browse(t, http.MethodPost, s.link(t, to), url.Values{"act": {"again"}, "purpose": {"newsletter"}, "channel": {"email"}}); other.StatusCode != http.StatusBadRequest {
			t.Errorf("about what does not wait it answers %d", other.StatusCode)
		}
	})
}
