// SPDX-License-Identifier: Apache-2.0

package requests_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

const form = "/r/" + org

// TestFromTheFormToTheAnswer is the whole way of a request, as a person, the
// worker and an operator go it.
func TestFromTheFormToTheAnswer(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		visitor := s.browser(t)
		first := s.ask(t, visitor, form, nil)
		if first.StatusCode != http.StatusOK || len(uitest.Find(first.doc, "input[type=radio]")) != len(request.Kinds()) || strings.Contains(first.text, "passport") {
			t.Fatalf("%d: %s", first.StatusCode, first.all("main"))
		}
		after := s.ask(t, visitor, form, fill(request.Access, " Giulia.Ferri@posta.example", ""))
		mine := after.Request.URL.String()
		if after.StatusCode != http.StatusOK || strings.Contains(mine, "@") || !strings.Contains(after.all(".sentence"), "If we know the address you gave") {
			t.Fatalf("%d at %s: %s", after.StatusCode, mine, after.all("main"))
		}
		s.work(t)
		letters := s.mailed()
		if len(letters) != 1 || letters[0].To != sample.Giulia || letters[0].Language != "en" {
			t.Fatalf("%d letters", len(letters))
		}
		theirs := linkIn(t, letters[0])
		looked := s.ask(t, visitor, theirs, nil) // as a scanner does
		if !strings.Contains(looked.all(".sentence"), "Is this request yours") {
			t.Fatalf("the link leads to %s", looked.all("main"))
		}
		confirmed := s.ask(t, visitor, theirs, url.Values{"do": {"mine"}})
		if !strings.Contains(confirmed.all(".sentence"), "We know that it is you") || !strings.Contains(confirmed.all(".clock"), "Monday 21 December") {
			t.Errorf("confirmed: %s", confirmed.all("main"))
		}
		s.ask(t, visitor, theirs, url.Values{"do": {"say"}, "message": {"Anche gli ordini, per favore."}})

		s.answer(t)
		letters = s.mailed()
		if len(letters) != 1 || strings.Contains(letters[0].Text, "all we hold") {
			t.Fatalf("after the answer: %d letters", len(letters))
		}
		read := s.ask(t, visitor, linkIn(t, letters[0]), nil)
		if got := read.all(".answer"); !strings.Contains(got, "Here is all we hold.") || !strings.Contains(got, "Done") {
			t.Errorf("the person reads %s", read.all("main"))
		}
		// Who filled the form in has another link, and may be somebody else.
		if stranger := s.ask(t, visitor, mine, nil); strings.Contains(stranger.text, "all we hold") || strings.Contains(stranger.text, "Anche gli ordini") {
			t.Errorf("the first link shows %s", stranger.all("main"))
		}
	})
}

// answer finds the one request there is, from Today to the answer.
func (s *shop) answer(t *testing.T) {
	t.Helper()
	desk := s.office(t, access.RoleDPO)
	today := s.ask(t, desk, "/", nil)
	if !strings.Contains(today.all(".tasks"), "A request waits: See my data") {
		t.Errorf("Today: %s", today.all(".tasks"))
	}
	queue := s.ask(t, desk, "/requests", nil)
	if !strings.Contains(queue.all(".queue"), "31 days left (Monday 21 December)") || !strings.Contains(queue.all(".queue"), "Write the answer") {
		t.Errorf("the queue: %s", queue.all("main"))
	}
	one := uitest.Attr(uitest.Find(queue.doc, ".queue", "a")[0], "href")
	if seen := s.ask(t, desk, one, nil); !strings.Contains(seen.all(".said-list"), "Anche gli ordini") {
		t.Errorf("the desk: %s", seen.all("main"))
	}
	answer := url.Values{"do": {"preview"}, "outcome": {request.OutcomeDone}, "answer": {"Here is all we hold.\n\nRegards"}}
	preview := s.ask(t, desk, one, answer)
	if !strings.Contains(preview.all(".letter-preview"), "Here is all we hold.") || strings.Contains(preview.all(".flash"), "not shown") {
		t.Errorf("the preview: %s", preview.all("main"))
	}
	answer.Set("do", "answer")
	if done := s.ask(t, desk, one, answer); done.StatusCode != http.StatusOK {
		t.Fatalf("answered: %d %s", done.StatusCode, done.all("main"))
	}
	s.work(t)
}

// TestAStrangerLearnsNothing: the page after the form is the same for everybody.
func TestAStrangerLearnsNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		for _, kind := range request.Kinds() {
			known := s.ask(t, s.browser(t), form, fill(kind, sample.Giulia, "Qualcosa."))
			unknown := s.ask(t, s.browser(t), form, fill(kind, "nessuno@posta.example", "Qualcosa."))
			same := func() {
				t.Helper()
				if a, b := plain(known), plain(unknown); a != b {
					t.Errorf("%s: the pages differ:\n%s\n%s", kind, a, b)
				}
			}
			same()
			s.work(t)
			known, unknown = s.ask(t, s.browser(t), known.Request.URL.String(), nil), s.ask(t, s.browser(t), unknown.Request.URL.String(), nil)
			if kind == request.Problem {
				same()
			}
			if strings.Contains(known.text, sample.Giulia) {
				t.Errorf("%s: the page names somebody", kind)
			}
		}
	})
}

// plain is what a page says, without what is its own: number and address.
func plain(p page) string {
	text := p.text
	for _, own := range []string{p.Request.URL.Path} {
		text = strings.ReplaceAll(text, own, "")
	}
	if _, rest, ok := strings.Cut(text, "Number "); ok {
		number, _, _ := strings.Cut(rest, ",")
		text = strings.ReplaceAll(text, number, "")
	}
	return text
}

func TestWhoTakesARequestBackWaitsForNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		visitor := s.browser(t)
		p := s.ask(t, visitor, form, fill(request.Problem, sample.Giulia, "Qualcosa."))
		if !strings.Contains(p.all(".clock"), "days left") {
			t.Errorf("before: %s", p.all("main"))
		}
		p = s.ask(t, visitor, p.Request.URL.String(), url.Values{"do": {"withdraw"}})
		if !strings.Contains(p.all(".sentence"), "taken back") || p.all(".clock") != "" {
			t.Errorf("after: %s", p.all("main"))
		}
		desk := s.office(t, access.RoleDPO)
		queue := s.ask(t, desk, "/requests?state="+request.StateWithdrawn, nil)
		one := s.ask(t, desk, uitest.Attr(uitest.Find(queue.doc, ".queue", "a")[0], "href"), nil)
		if one.StatusCode != http.StatusOK || one.all(".clock") != "" {
			t.Errorf("the desk, %d: %s", one.StatusCode, one.all("main"))
		}
	})
}

func TestAnObjectionFromTheForm(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		p := s.ask(t, s.browser(t), form, fill(request.Objection, sample.Giulia, ""))
		if !strings.Contains(p.all(".sentence"), "advertising to it stops now") || strings.Contains(p.all(".stages"), "Identity") {
			t.Errorf("the page says %s", p.all(".stands"))
		}
		s.work(t)
		if got := s.stand(t, sample.Giulia); got != lawful.ReasonObjected {
			t.Errorf("after it: %s", got)
		}
		if letters := s.mailed(); len(letters) != 1 || !strings.Contains(letters[0].Subject, "Advertising has stopped") {
			t.Errorf("%+v", letters)
		}
	})
}

// TestFromThePreferenceCentre: who comes through their own link is known.
func TestFromThePreferenceCentre(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		known := form + "/for/" + s.centre(t, sample.Giulia)
		p := s.ask(t, s.browser(t), known, nil)
		if len(uitest.Find(p.doc, "input[name=email]")) > 0 || !strings.Contains(p.all(".flash"), "We know that it is you") {
			t.Fatalf("the form asks: %s", p.all("form"))
		}
		after := s.ask(t, s.browser(t), known, url.Values{"kind": {request.Objection}, "once": {"a"}})
		if !strings.Contains(after.all(".sentence"), "Advertising to you has stopped") {
			t.Errorf("the page says %s", after.all("main"))
		}
		if got := s.stand(t, sample.Giulia); got != lawful.ReasonObjected {
			t.Errorf("when it answered: %s", got)
		}
		again := s.ask(t, s.browser(t), known, url.Values{"kind": {request.Objection}, "once": {"a"}})
		if again.Request.URL.Path != after.Request.URL.Path && again.all(".lead") != after.all(".lead") {
			t.Error("the same form sent twice is two requests")
		}
	})
}

// TestTheFormSaysWhatIsWrong, at its field, and stores nothing.
func TestTheFormSaysWhatIsWrong(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		for name, c := range map[string]struct {
			form url.Values
			want string
		}{
			"no kind":        {fill("", sample.Giulia, "x"), "Choose one."},
			"another kind":   {fill("refund", sample.Giulia, "x"), "Choose one."},
			"no address":     {fill(request.Access, "", ""), "no e-mail address"},
			"no words":       {fill(request.Problem, sample.Giulia, " \n"), "in a few words"},
			"too many words": {fill(request.Problem, sample.Giulia, strings.Repeat("a", request.MaxMessage+1)), "too long"},
			"no phone":       {url.Values{"kind": {request.Objection}, "email": {sample.Giulia}, "phone": {"12"}}, "no telephone number"},
		} {
			p := s.ask(t, s.browser(t), form, c.form)
			if p.StatusCode != http.StatusBadRequest || !strings.Contains(p.all(".error"), c.want) {
				t.Errorf("%s: %d, %s", name, p.StatusCode, p.all(".error"))
			}
		}
		if p := s.ask(t, s.browser(t), form, fill(request.Problem, sample.Giulia, strings.Repeat("a", 1<<20))); p.StatusCode != http.StatusBadRequest {
			t.Errorf("a megabyte: %d", p.StatusCode)
		}
		all, _, err := s.requests.List(t.Context(), access.Local(org), request.ListQuery{})
		if err != nil || len(all) != 0 {
			t.Errorf("%d requests were stored: %v", len(all), err)
		}
	})
}

// TestProblemsAreAnswered: one is closed by an answer, or by who raised it, and
// by nothing else.
func TestProblemsAreAnswered(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env, easy())
		raised := s.ask(t, s.browser(t), form, fill(request.Problem, "nessuno@posta.example", "Mi chiamate alle otto di mattina."))
		s.work(t)
		if len(s.mailed()) != 0 {
			t.Error("somebody unknown was written to")
		}
		desk := s.office(t, access.RoleDPO)
		one := uitest.Attr(uitest.Find(s.ask(t, desk, "/requests", nil).doc, ".queue", "a")[0], "href")
		for name, form := range map[string]url.Values{
			"no words":   {"do": {"answer"}, "outcome": {request.OutcomeDone}, "answer": {"  "}},
			"no outcome": {"do": {"answer"}, "outcome": {""}, "answer": {"x"}},
			"unseen":     {"do": {"close"}},
		} {
			if p := s.ask(t, desk, one, form); p.StatusCode != http.StatusBadRequest {
				t.Errorf("%s: %d", name, p.StatusCode)
			}
		}
		s.ask(t, desk, one, url.Values{"do": {"answer"}, "outcome": {request.OutcomeRefused}, "answer": {"No."}})
		s.work(t)
		read := s.ask(t, s.browser(t), raised.Request.URL.String(), nil)
		if !strings.Contains(read.all(".answer"), "complain to the data protection authority") || !strings.Contains(read.all(".authority"), "Garante per la protezione dei dati personali") {
			t.Errorf("a refusal says %s", read.all("main"))
		}
		if p := s.ask(t, desk, one, url.Values{"do": {"reply"}, "reply": {"Ancora."}}); p.StatusCode != http.StatusConflict {
			t.Errorf("after the answer: %d", p.StatusCode)
		}
	})
}

// TestTheExtensionIsTold, with its reason, and counted.
func TestTheExtensionIsTold(t *testing.T) {
	s := forABrowser(t)
	s.ask(t, s.browser(t), form+"/for/"+s.centre(t, sample.Giulia), url.Values{"kind": {request.Access}})
	desk := s.office(t, access.RoleDPO)
	one := uitest.Attr(uitest.Find(s.ask(t, desk, "/requests", nil).doc, ".queue", "a")[0], "href")
	s.ask(t, desk, one, url.Values{"do": {"extend"}, "reason": {"Gli archivi sono molti."}})
	s.work(t)
	letters := s.mailed()
	if len(letters) != 1 {
		t.Fatalf("%d letters", len(letters))
	}
	p := s.ask(t, s.browser(t), linkIn(t, letters[0]), nil)
	if !strings.Contains(p.all(".clock"), "Monday 22 February 2027") || !strings.Contains(p.all(".said-list"), "Gli archivi sono molti.") {
		t.Errorf("the person reads %s", p.all("main"))
	}
	if p := s.ask(t, desk, one, url.Values{"do": {"extend"}, "reason": {"Ancora."}}); p.StatusCode != http.StatusConflict {
		t.Errorf("a second time: %d", p.StatusCode)
	}
	s.Clock.Advance(100 * 24 * time.Hour)
	if late := s.ask(t, s.office(t, access.RoleOwner), "/requests", nil); len(uitest.Find(late.doc, ".queue", "li.no")) != 1 {
		t.Errorf("when it is late the queue shows %s", late.all(".queue"))
	}
}
