// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

// impactLine is one line of the answer about what a file would mean.
type impactLine struct {
	Progress *standing.Walked `json:"progress,omitempty"`
	Result   *standing.Impact `json:"result,omitempty"`
	Problem  *web.Failure     `json:"problem,omitempty"`
}

// impact tells what applying a file would mean for everybody, and applies nothing.
func (a *API) impact(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "name")
	if err := q.problem(); err != nil {
		return err
	}
	body, err := slurp(r)
	if err != nil {
		return err
	}
	doc, err := register.Parse(body, q.text("name"))
	if err != nil {
		return err
	}
	actor := web.Actor(r.Context())
	actor.Org = cmp.Or(actor.Org, doc.Organisation.ID) // who holds the folder need not say
	proposed := func(ctx context.Context, tx *db.ReadTx) (*lawful.Rules, error) {
		return a.Register.Preview(ctx, tx, actor.Org, doc)
	}
	out := &lineWriter{w: w}
	result, err := a.Standing.Impact(r.Context(), actor, proposed, func(far standing.Walked) { out.say(impactLine{Progress: &far}) })
	return out.end(r, err, impactLine{Result: &result})
}
