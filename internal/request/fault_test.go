// SPDX-License-Identifier: Apache-2.0

package request_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// TestALostAnswerIsGivenAgain: whatever became of the commit, the same form sent
// again is one request.
func TestALostAnswerIsGivenAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		for _, step := range []string{"commit-lost", "commit-stored-reported-lost"} {
			armed := false
			broken, err := s.service(env.OpenWith(t, func(o *db.Options) {
				o.Fault = func(at string) error {
					if at != step || !armed {
						return nil
					}
					armed = false
					return errors.New("the connection is gone")
				}
			}))
			must(t, err)
			armed = true
			o := request.Opening{Kind: request.Problem, Via: request.ViaForm, Message: step, Contact: request.Contact{Email: sample.Marco}, Once: "form-" + step}
			if _, err := broken.Open(t.Context(), person(), o); !problem.Is(err, problem.OutcomeUnknown) {
				t.Fatalf("%s: %v", step, err)
			}
			again, err := broken.Open(t.Context(), person(), o)
			must(t, err)
			if same, err := s.requests.Open(t.Context(), person(), o); err != nil || same.ID != again.ID {
				t.Errorf("%s: a third time it is another request: %v", step, err)
			}
		}
		s.work(t)
		all, _, err := s.requests.List(t.Context(), office(), request.ListQuery{})
		if err != nil || len(all) != 2 {
			t.Errorf("%d requests, want 2: %v", len(all), err)
		}
	})
}

// TestLettersAreTriedAgain, further and further apart, and are given up in the end.
func TestLettersAreTriedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		id := s.form(t, request.Access, sample.Giulia, "")
		s.post.down = true
		tries := 0
		for range 12 {
			if err := s.requests.Work(t.Context(), org, s.post); err != nil {
				tries++
			}
			s.Clock.Advance(3 * time.Hour)
		}
		if step := s.find(t, id).Steps[1]; tries != 8 || !step.Failed || step.Waiting || step.Sent != nil {
			t.Errorf("after %d tries: %+v", tries, step)
		}
		must(t, s.requests.Ask(t.Context(), office(), id))
		if err := s.requests.Work(t.Context(), org, s.post); err == nil {
			t.Error("nobody hears that the letter was not handed over")
		}
		s.post.down = false
		s.work(t)
		if len(s.post.letters) != 0 {
			t.Error("it was tried again at once")
		}
		s.Clock.Advance(time.Minute)
		again, err := s.service(s.Reopen(t)) // what waits outlives the process
		must(t, err)
		must(t, again.Work(t.Context(), org, s.post))
		if len(s.post.letters) != 1 || s.find(t, id).Steps[2].Sent == nil {
			t.Errorf("%d letters", len(s.post.letters))
		}
	})
}

// TestTwoWorkersDoEachThingOnce.
func TestTwoWorkersDoEachThingOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		id := s.form(t, request.Objection, sample.Giulia, "")
		other, err := s.service(s.Reopen(t))
		must(t, err)
		posts := []*post{{}, {}}
		var both sync.WaitGroup
		for i, worker := range []*request.Service{s.requests, other} {
			both.Go(func() {
				if err := worker.Work(t.Context(), org, posts[i]); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if got := acts(s.find(t, id)); got != "opened objected reply " {
			t.Errorf("it was taken up as %s", got)
		}
		if n := len(posts[0].letters) + len(posts[1].letters); n != 1 {
			t.Errorf("%d letters, want 1", n)
		}
	})
}

// TestSomebodyElsesPhoneProvesNothing: what a stranger writes beside their own
// address does not make them somebody, and stops what it names all the same.
func TestSomebodyElsesPhoneProvesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		r, err := s.requests.Open(t.Context(), person(), request.Opening{
			Kind: request.Objection, Via: request.ViaForm, Contact: request.Contact{Email: "nessuno@posta.example", Phone: "+393331234567"},
		})
		must(t, err)
		access := s.form(t, request.Access, "nessuno@posta.example", "")
		s.work(t)
		for _, id := range []string{r.ID, access} {
			if q := s.find(t, id); q.Subject != "" || len(s.post.letters) != 0 {
				t.Errorf("%s is taken for somebody", q.Kind)
			}
		}
		if err := s.requests.Confirm(t.Context(), person(), access); err != nil {
			t.Fatal(err)
		}
		if q := s.find(t, access); q.Subject != "" {
			t.Error("a link to an unknown address makes somebody of who reads it")
		}
	})
}

// TestWhatIsClosedStaysClosed, and an objection outlives its request.
func TestWhatIsClosedStaysClosed(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		id := s.form(t, request.Objection, sample.Giulia, "")
		must(t, s.requests.Withdraw(t.Context(), person(), id)) // before anybody took it up
		if got := s.stand(t, sample.Giulia); got != lawful.ReasonObjected {
			t.Errorf("after it was taken back: %s", got)
		}
		for name, err := range map[string]error{
			"answer": s.requests.Answer(t.Context(), office(), id, request.OutcomeDone, "x"), "say": s.requests.Say(t.Context(), person(), id, "x"),
			"withdraw": s.requests.Withdraw(t.Context(), person(), id), "reply": s.requests.Reply(t.Context(), office(), id, "x"),
		} {
			if !problem.Is(err, problem.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
