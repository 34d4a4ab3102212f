// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/lecito/lecito/lawful"
)

// ExpiringQuery says what to look for.
type ExpiringQuery struct {
	Days    int    // 0: the server's default
	Purpose string // empty: every one
	Channel string // empty: every one
}

// Expiring says who stops being reachable in the days to come, if nothing else happens.
type Expiring struct {
	Taken  time.Time `json:"taken"`
	Days   int       `json:"days"`
	Ends   time.Time `json:"ends"`   // of the last of these days, exclusive
	People int64     `json:"people"` // who were asked about
	Lines  []Ending  `json:"lines"`
}

// Ending is people who stop being reachable for one purpose on one channel, for
// one reason, after one day.
type Ending struct {
	Purpose string        `json:"purpose"`
	Channel string        `json:"channel"`
	Day     string        `json:"day"`    // the last on which they can be reached, as 2026-12-20
	Until   time.Time     `json:"until"`  // exclusive; for the first of them
	Reason  lawful.Reason `json:"reason"` // they will have then
	Count   int64         `json:"count"`
	Do      Remedy        `json:"do"`
	Sample  []string      `json:"sample,omitempty"` // pseudonyms
}

// Remedy is what may be done about it: ask (on the channel, while the present
// basis holds), ask_there, check_register or none.
type Remedy struct {
	What  string     `json:"what"`
	Until *time.Time `json:"until,omitempty"` // a request on the channel has a basis until then, exclusive
	Where []string   `json:"where,omitempty"` // where people come by themselves and may be asked at any time
}

// Expiring looks ahead. progress may be nil.
func (c *Client) Expiring(ctx context.Context, q ExpiringQuery, progress func(Walked)) (Expiring, error) {
	days := ""
	if q.Days != 0 {
		days = strconv.Itoa(q.Days)
	}
	return streamed[Expiring](ctx, c, request{
		method: http.MethodGet, path: "/v1/expiring", query: query("days", days, "purpose", q.Purpose, "channel", q.Channel),
	}, "answer", progress)
}
