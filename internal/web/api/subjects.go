// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

type subjectList struct {
	Subjects []subjectView `json:"subjects"`
}

type subjectView struct {
	ID          string       `json:"id"`
	Linked      []string     `json:"linked"` // other subjects said to be the same person
	Identifiers []identifier `json:"identifiers"`
	Preferences []preference `json:"preferences,omitempty"`  // of every purpose that offers something to choose among
	DataRefused []dataView   `json:"data_refused,omitempty"` // what the person does not want used, by purpose
}

// preference is how somebody likes what is done for a purpose: it permits and
// denies nothing.
type preference struct {
	Purpose string     `json:"purpose"`
	Topics  []string   `json:"topics"` // of those offered; all where none were chosen
	Rhythm  string     `json:"rhythm,omitempty"`
	Chosen  *time.Time `json:"chosen,omitempty"` // left out where they never chose
	Entry   string     `json:"entry,omitempty"`
}

type dataView struct {
	Purpose string    `json:"purpose"`
	Data    string    `json:"data"`
	Since   time.Time `json:"since"`
	Entry   string    `json:"entry"`
}

type identifier struct {
	Subject string `json:"subject"` // which of the linked ones holds it
	Kind    string `json:"kind"`
	Value   string `json:"value"` // as it was given
	Source  string `json:"source,omitempty"`
	Holder  string `json:"holder"`
}

// find tells who holds an identifier.
func (a *API) find(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "email", "phone", "id", "device", "source")
	who := choice.Subject{Email: q.text("email"), Phone: q.text("phone"), ID: q.text("id"), Device: q.text("device")}
	if err := q.problem(); err != nil {
		return err
	}
	found, err := a.holders(r.Context(), web.Actor(r.Context()), who, q.text("source"))
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, subjectList{found})
}

// holders reads every subject that holds one of the identifiers.
func (a *API) holders(ctx context.Context, actor access.Actor, who choice.Subject, source string) ([]subjectView, error) {
	views := []subjectView{}
	err := a.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := a.Register.Rules(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		ids, places := who.Identifiers(source, rules.Organisation.Country)
		if len(places) > 0 || len(ids) == 0 {
			p := problem.New(problem.Invalid, "invalid_subject", "Name the person by email, phone, device, or id with its source.")
			p.Places = places
			return p
		}
		var plain []lawful.Identifier
		for _, id := range ids {
			plain = append(plain, id.Identifier)
		}
		matches, err := a.Subjects.Match(ctx, tx, actor.Org, plain)
		if err != nil {
			return err
		}
		var chains []string
		for _, id := range plain {
			chains = append(chains, matches.Of(id)...)
		}
		slices.Sort(chains)
		views, err = a.views(ctx, tx, actor.Org, slices.Compact(chains))
		return err
	})
	return views, err
}

// views reads subjects with what they hold and who is linked to them.
func (a *API) views(ctx context.Context, r db.Reader, org string, chains []string) ([]subjectView, error) {
	views := []subjectView{}
	persons, err := a.Subjects.Persons(ctx, r, org, chains, time.Time{})
	if err != nil {
		return nil, err
	}
	declared, err := a.Register.Catalogue(ctx, r, org)
	if err != nil {
		return nil, err
	}
	for _, chain := range chains {
		person, ok := persons[chain]
		if !ok {
			continue
		}
		held, err := a.Subjects.Identifiers(ctx, r, org, person.Chains)
		if err != nil {
			return nil, err
		}
		v := subjectView{ID: chain, Linked: []string{}, Identifiers: []identifier{}}
		for _, other := range person.Chains {
			if other != chain {
				v.Linked = append(v.Linked, other)
			}
		}
		for _, h := range held {
			v.Identifiers = append(v.Identifiers, identifier{h.Chain, h.Kind, h.Given, h.Source, h.Holder})
		}
		v.likes(declared, person)
		views = append(views, v)
	}
	return views, nil
}

// likes says how the person wants what is done for each purpose done.
func (v *subjectView) likes(declared *register.Catalogue, person subject.Person) {
	history := slices.Clone(person.History)
	lawful.Sort(history)
	for _, p := range declared.Purposes {
		if p.Preferable() {
			liked := p.Liked(history)
			v.Preferences = append(v.Preferences, preference{p.ID, liked.Topics, liked.Rhythm, liked.At, liked.Entry})
		}
		for _, d := range p.Data {
			if no := declared.Rules.Unwanted(history, p.ID, d.Name); no != nil {
				v.DataRefused = append(v.DataRefused, dataView{p.ID, d.Name, no.Happened, no.Entry})
			}
		}
	}
}

func unknownSubject() error {
	return problem.New(problem.NotFound, "unknown_subject", "There is no such subject in this organisation.")
}

// subject shows one subject.
func (a *API) subject(w http.ResponseWriter, r *http.Request) error {
	var views []subjectView
	err := a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		views, err = a.views(ctx, tx, web.Actor(ctx).Org, []string{r.PathValue("id")})
		return err
	})
	if err != nil {
		return err
	}
	if len(views) == 0 {
		return unknownSubject()
	}
	return reply(w, http.StatusOK, views[0])
}

type historyView struct {
	Subject string         `json:"subject"`
	Entries []historyEntry `json:"entries"`
}

type historyEntry struct {
	ID       string      `json:"id"`
	Subject  string      `json:"subject"`
	Seq      int64       `json:"seq"`
	Happened time.Time   `json:"happened"` // as stated by the fact's actor
	Recorded time.Time   `json:"recorded"` // by the server
	Fact     lawful.Fact `json:"fact"`
}

// history shows everything on record about a subject.
func (a *API) history(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	var persons map[string]subject.Person
	err := a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		persons, err = a.Subjects.Persons(ctx, tx, web.Actor(ctx).Org, []string{id}, time.Time{})
		return err
	})
	if err != nil {
		return err
	}
	person, ok := persons[id]
	if !ok {
		return unknownSubject()
	}
	out := historyView{Subject: id, Entries: []historyEntry{}}
	for _, f := range person.History {
		out.Entries = append(out.Entries, historyEntry{f.Entry, f.Chain, f.Seq, f.Happened, f.Recorded, f.Fact})
	}
	slices.SortStableFunc(out.Entries, func(a, b historyEntry) int {
		return cmp.Or(a.Recorded.Compare(b.Recorded), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Seq, b.Seq))
	})
	return reply(w, http.StatusOK, out)
}

type linkRequest struct {
	Other string `json:"other"`
}

// link says that two subjects are one person.
func (a *API) link(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[linkRequest](r)
	if err != nil {
		return err
	}
	return none(w, a.DB.Write(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		return a.Subjects.Link(ctx, tx, web.Actor(r.Context()), r.PathValue("id"), req.Other, "")
	}))
}

// unlink takes a link back.
func (a *API) unlink(w http.ResponseWriter, r *http.Request) error {
	return none(w, a.DB.Write(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		return a.Subjects.Unlink(ctx, tx, web.Actor(r.Context()), r.PathValue("id"), r.PathValue("other"))
	}))
}

type holderRequest struct {
	Kind   string `json:"kind"`
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
	Holder string `json:"holder"`
}

// holder says whose an identifier is.
func (a *API) holder(w http.ResponseWriter, r *http.Request) error {
	req, err := decode[holderRequest](r)
	if err != nil {
		return err
	}
	return none(w, a.DB.Write(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		actor := web.Actor(r.Context())
		rules, err := a.Register.Rules(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		id, err := subject.Normalise(req.Kind, req.Value, req.Source, rules.Organisation.Country)
		if err != nil {
			return err
		}
		return a.Subjects.SetHolder(ctx, tx, actor, subject.Held{Identifier: id, Chain: r.PathValue("id")}, req.Holder)
	}))
}
