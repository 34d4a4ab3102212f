// SPDX-License-Identifier: Apache-2.0

package sample_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/app"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// invented is the program with the sample in it, as serve --sample makes it.
func invented(t *testing.T, env testkit.Env, people int) *app.App {
	t.Helper()
	a, err := app.New(t.Context(), app.Config{
		Dir: env.Dir, URL: env.Options.URL, Schema: env.Options.Schema, Clock: env.Clock,
		PublicURL: "https://privacy.bottega.example", Mail: app.Mail{Server: "smtp://" + unwanted(t)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Invent(t.Context(), env.Clock, people, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	return a
}

// unwanted is the address of a mail server that must not be called.
func unwanted(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int64
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if n := calls.Load(); n > 0 {
			t.Errorf("the mail server was called %d times about an invented past", n)
		}
	})
	return l.Addr().String()
}

func local() access.Actor { return access.Local(sample.Organisation) }

// TestPeopleOfTheLastWeeksAreAskedToConfirm by the message of Lecito's, and answer through it.
func TestPeopleOfTheLastWeeksAreAskedToConfirm(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		a := invented(t, env, 60)
		for email, want := range map[string]lawful.Reason{
			sample.Bianca: lawful.ReasonConsentGiven, sample.Tommaso: lawful.ReasonRefused, sample.Ilaria: lawful.ReasonConfirmationPending,
			sample.Pietro: lawful.ReasonConfirmationPending, sample.Giulia: lawful.ReasonWithdrawn, // until she confirms: she once stopped all mail
		} {
			if got := reason(t, a, choice.Subject{Email: email}, "partner", "email"); got != want {
				t.Errorf("%s: %s, want %s", email, got, want)
			}
		}
		whose := past(t, a)
		for _, email := range []string{sample.Bianca, sample.Tommaso, sample.Ilaria, sample.Pietro, sample.Giulia} {
			if !whose[email] {
				t.Errorf("%s was not asked", email)
			}
		}
		confirmed := lawful.Recorded{}
		for _, f := range history(t, a, sample.Bianca) {
			if f.Choice != nil && f.Choice.Choice == lawful.Confirmed {
				confirmed = f
			}
		}
		c := confirmed.Choice
		if c == nil || confirmed.Actor != lawful.ActorPerson || c.Confirms == 0 || c.Evidence.Method != "link" || !strings.Contains(c.Evidence.Text, "Altre botteghe toscane") {
			t.Errorf("the confirmation is %+v, %+v", confirmed, c)
		}
	})
}

// past looks for anything that is left to be sent, and at what was: it tells to whom.
func past(t *testing.T, a *app.App) map[string]bool {
	t.Helper()
	whose := map[string]bool{}
	all, states, err := a.Messages.List(t.Context(), local(), "", "", 100)
	if err != nil || states[message.StateSent] < 5 || states[message.StateSent] != int64(len(all)) {
		t.Errorf("messages are %v, %v", states, err)
	}
	for _, m := range all {
		whose[m.To] = true
		if m.Subject != "È stato lei a dirci di sì?" || !strings.Contains(m.Text, "Buongiorno dalla bottega") || !strings.HasSuffix(m.To, ".example") {
			t.Errorf("%s was sent %q\n%s", m.To, m.Subject, m.Text)
		}
		if m.Created.Before(sample.Asks()) || m.Created.After(sample.Ends()) {
			t.Errorf("a message of %v", m.Created)
		}
		if _, err := os.Stat(filepath.Join(a.Config.Dir, "outbox", m.ID+".eml")); err != nil {
			t.Error(err)
		}
	}
	return whose
}

// TestRequestsStandWhereTheStorySays and nothing about them waits to be sent.
func TestRequestsStandWhereTheStorySays(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		a := invented(t, env, 0)
		all := map[string]request.Request{}
		for _, state := range request.States() {
			some, _, err := a.Requests.List(t.Context(), local(), request.ListQuery{State: state})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range some {
				all[r.Contact.Email] = found(t, a, r.ID)
			}
		}
		for email, want := range map[string]string{
			sample.Teresa:   "access answered given done: opened identity_asked identity_given answered",
			sample.Viola:    "rectification answered given done: opened identity_asked identity_given answered",
			sample.Camilla:  "access open given : opened identity_asked identity_given extended",
			sample.Federica: "portability open given : opened identity_asked identity_given",
			sample.Enrico:   "problem open none : opened reply message",
			sample.Matilde:  "objection open none : opened objected reply",
			sample.Stefano:  "erasure open asked : opened identity_asked",
			sample.Nobody:   "access open wanted : opened",
		} {
			r := all[email]
			steps := ""
			for _, s := range r.Steps {
				steps += " " + s.Act
				if s.Waiting || s.Failed {
					t.Errorf("%s: %s waits to be sent", email, s.Act)
				}
			}
			if got := r.Kind + " " + r.State + " " + r.Identity + " " + r.Outcome + ":" + steps; got != want {
				t.Errorf("%s: %s, want %s", email, got, want)
			}
		}
		if got := reason(t, a, choice.Subject{Email: sample.Matilde}, "newsletter", "email"); got != lawful.ReasonObjected {
			t.Errorf("who objected: %s", got)
		}
		near, far := all[sample.Federica].Due.Sub(sample.Ends()), all[sample.Camilla].Due.Sub(sample.Ends())
		if near < 0 || near > 5*24*time.Hour || far < 45*24*time.Hour {
			t.Errorf("due in %v and %v", near, far)
		}
	})
}

// TestBrowsersAreAskedAndNobodyIsKnownByThem as the script does it: on the words
// that it shows, of which the product keeps what proves the choice.
func TestBrowsersAreAskedAndNobodyIsKnownByThem(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		const people = 100
		a := invented(t, env, people)
		reasons := map[lawful.Reason]int{}
		browsers := sample.Browsers(people)
		for _, device := range browsers {
			reasons[reason(t, a, choice.Subject{Device: device}, "statistics", "web")]++
		}
		if yes, no := reasons[lawful.ReasonConsentGiven], reasons[lawful.ReasonRefused]; len(browsers) != 20 || yes < 5 || no < 3 {
			t.Errorf("of %d browsers: %v", len(browsers), reasons)
		}
		words := shown(t, a)
		for _, device := range browsers {
			for _, f := range historyOf(t, a, lawful.Identifier{Kind: lawful.IDDevice, Value: device}) {
				if f.Choice == nil {
					continue
				}
				e := f.Choice.Evidence
				if f.Source != "web-banner" || e.IP != "" || len(e.UserAgent) > 12 || e.UserAgent == "" || strings.Contains(e.URL, "?") {
					t.Errorf("too much or too little is kept: %+v", e)
				}
				if !strings.Contains(e.Text, words["title"]+"\n✕\n\n"+words["text"]+"\n\n"+words["refuse"]+"\n"+words["accept"]) &&
					!strings.Contains(e.Text, words["dialog"]+"\n✕\n\n"+words["lead"]+"\n") {
					t.Errorf("the banner says something else than\n%s", e.Text)
				}
			}
		}
	})
}

// shown are the words that the script shows.
func shown(t *testing.T, a *app.App) map[string]string {
	t.Helper()
	var config struct{ Words map[string]string }
	err := a.Within(t.Context(), "", func(c *http.Client) error {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://lecito/widget/bottega.json?lang=it", nil)
		if err != nil {
			return err
		}
		answer, err := c.Do(r)
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		return json.NewDecoder(answer.Body).Decode(&config)
	})
	if err != nil {
		t.Fatal(err)
	}
	return config.Words
}

func reason(t *testing.T, a *app.App, who choice.Subject, purpose, channel string) lawful.Reason {
	t.Helper()
	d, err := a.Standing.Check(t.Context(), local(), standing.Question{Subject: who, Purpose: purpose, Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

func history(t *testing.T, a *app.App, email string) []lawful.Recorded {
	t.Helper()
	return historyOf(t, a, lawful.Identifier{Kind: lawful.IDEmail, Value: email})
}

func historyOf(t *testing.T, a *app.App, id lawful.Identifier) []lawful.Recorded {
	t.Helper()
	var all []lawful.Recorded
	err := a.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		matches, err := a.Subjects.Match(ctx, tx, sample.Organisation, []lawful.Identifier{id})
		if err != nil {
			return err
		}
		persons, err := a.Subjects.Persons(ctx, tx, sample.Organisation, matches.Of(id), time.Time{})
		for _, p := range persons {
			all = append(all, p.History...)
		}
		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("nothing is on record of %s: %v", id.Value, err)
	}
	return all
}

func found(t *testing.T, a *app.App, id string) request.Request {
	t.Helper()
	var r request.Request
	err := a.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		r, err = a.Requests.Find(ctx, tx, sample.Organisation, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
