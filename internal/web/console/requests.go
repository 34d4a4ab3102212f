// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"time"

	"github.com/lecito/lecito/internal/web/requests"
	"github.com/lecito/lecito/internal/web/ui"
)

// answering is a page of the desk where requests are answered.
func (c *Console) answering(do func(*requests.Desk, http.ResponseWriter, *http.Request, requests.Visit) error) handler {
	return c.page(func(w http.ResponseWriter, r *http.Request, v *visit) error {
		return do(c.desk, w, r, v.atDesk())
	})
}

func (v *visit) atDesk() requests.Visit {
	return requests.Visit{Reader: v.reader(), Actor: v.actor, Register: v.register, Now: v.now, Frame: v.page}
}

// waiting finds the requests that wait for their answer.
func (c *Console) waiting(ctx context.Context, v *visit) ([]task, error) {
	due, err := c.desk.Today(ctx, v.atDesk())
	if err != nil {
		return nil, err
	}
	var out []task
	for _, q := range due {
		t := task{
			Tone: ui.Plain, Text: ui.Say("requests.task", ui.Say("requests.kind."+q.Kind)), What: ui.Verbatim(q.Number()),
			Way: &ui.Link{Href: "/requests/" + q.ID, Text: ui.Say("requests.next.answer")}, rank: v.now.AddDate(1, 0, 0),
		}
		if !q.Due.IsZero() {
			last := q.Due.Add(-time.Second)
			t.Tone, t.Due, t.rank = requests.Tone(q, v.now), &last, last
		}
		out = append(out, t)
	}
	return out, nil
}
