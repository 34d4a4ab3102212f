// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"
	"strconv"

	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
)

// expiringLine is one line of the answer about who stops being reachable.
type expiringLine struct {
	Progress *standing.Walked   `json:"progress,omitempty"`
	Result   *standing.Expiring `json:"result,omitempty"`
	Problem  *web.Failure       `json:"problem,omitempty"`
}

// expiring tells who stops being reachable in the days to come.
func (a *API) expiring(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "days", "purpose", "channel")
	o := standing.ExpiringOptions{Purpose: q.text("purpose"), Channel: q.text("channel")}
	if given := q.text("days"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > standing.MostExpiringDays {
			q.wrong("days", "is a number of days from 1 to "+strconv.Itoa(standing.MostExpiringDays))
		}
		o.Days = n
	}
	if err := q.problem(); err != nil {
		return err
	}
	out := &lineWriter{w: w}
	result, err := a.Standing.Expiring(r.Context(), web.Actor(r.Context()), o, func(far standing.Walked) { out.say(expiringLine{Progress: &far}) })
	return out.end(r, err, expiringLine{Result: &result})
}
