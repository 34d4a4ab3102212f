// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/lawful"
)

// law gives the rules of a jurisdiction on a day as the organisation uses them:
// of its own country, today, where nothing else is said.
func (a *API) law(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "jurisdiction", "at")
	jurisdiction, day := q.text("jurisdiction"), q.text("at")
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		q.wrong("at", "is a day, as 2026-03-15")
	}
	if err := q.problem(); err != nil {
		return err
	}
	var c *register.Catalogue
	err := a.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		c, err = a.Register.Catalogue(ctx, tx, web.Actor(ctx).Org)
		return err
	})
	if err != nil {
		return err
	}
	if day == "" {
		day = a.Clock.Now().In(c.Zone).Format(time.DateOnly)
	}
	if jurisdiction == "" {
		jurisdiction = lawful.Base
		if law.Has(c.Organisation.Country) {
			jurisdiction = c.Organisation.Country
		}
	}
	listing, err := c.Law(jurisdiction, day)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, listing)
}
