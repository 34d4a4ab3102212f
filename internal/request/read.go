// SPDX-License-Identifier: Apache-2.0

package request

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

// Find reads a request with all its steps. Who may see it is the caller's to
// know: an operator by their scopes, a person by the link they hold.
func (s *Service) Find(ctx context.Context, r db.Reader, org, id string) (Request, error) {
	found, err := selectOne(ctx, r, org, id)
	if err != nil {
		return Request{}, err
	}
	if err := s.unlock(&found); err != nil {
		return Request{}, err
	}
	steps, err := selectSteps(ctx, r, org, id)
	if err != nil {
		return Request{}, err
	}
	for _, step := range steps {
		if len(step.sealed) > 0 && !found.shredded {
			w, err := open(found.Request, step)
			if err != nil {
				return Request{}, err
			}
			step.Text = w.Text
		}
		found.Steps = append(found.Steps, step.Step)
	}
	return found.Request, nil
}

// ListQuery says which requests to list.
type ListQuery struct {
	State string // open where it is left out
	Limit int    // 50 where it is left out
	After string // what List gave to go on with

	afterDue int64
	afterID  string
}

// MaxList is the most that one list holds.
const MaxList = 200

// List lists requests in a state, the most urgent first, without their steps.
// next is what to go on with; "" at the end.
func (s *Service) List(ctx context.Context, actor access.Actor, q ListQuery) (all []Request, next string, err error) {
	if err := actor.Require(access.ScopeRequests); err != nil {
		return nil, "", err
	}
	if err := q.check(); err != nil {
		return nil, "", err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rows, err := selectState(ctx, tx, actor.Org, q)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			next = after(rows[q.Limit-1].Request)
		}
		for _, row := range rows {
			if err := s.unlock(&row); err != nil {
				return err
			}
			all = append(all, row.Request)
		}
		return nil
	})
	return all, next, err
}

func (q *ListQuery) check() error {
	wrong := func(field, detail string) error {
		return problem.New(problem.Invalid, "invalid_parameters", "The parameters of the address are not right. Nothing was done.").
			At(problem.Place{Field: field, Detail: detail})
	}
	if q.State == "" {
		q.State = StateOpen
	}
	if !slices.Contains(States(), q.State) {
		return wrong("state", "is one of new, open, answered, withdrawn")
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > MaxList {
		return wrong("limit", "is from 1 to 200")
	}
	q.afterDue = math.MinInt64
	if q.After == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(q.After)
	at := place{}
	if err == nil {
		err = json.Unmarshal(raw, &at)
	}
	if err != nil {
		return wrong("after", "is none that a list gave")
	}
	q.afterDue, q.afterID = at.Due, at.ID
	return nil
}

// place is where a list goes on.
type place struct {
	Due int64  `json:"due"`
	ID  string `json:"id"`
}

func after(r Request) string {
	raw, err := json.Marshal(place{dueMicros(r.Due), r.ID})
	if err != nil {
		panic(err) // a number and a string
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}
