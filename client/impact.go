// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Impact is what applying a file would mean for everybody on record.
type Impact struct {
	Taken  time.Time   `json:"taken"`
	People int64       `json:"people"` // who were asked about
	Uses   []UseImpact `json:"uses"`   // whose rules differ; of all others nobody's answer changes
	Same   int         `json:"same"`   // how many purposes on channels those are
}

// UseImpact is what it would mean for one purpose on one channel.
type UseImpact struct {
	Purpose string           `json:"purpose"`
	Channel string           `json:"channel"`
	People  int64            `json:"people"`  // whom the channel reaches
	Before  int64            `json:"before"`  // of them: reachable by the rules in force
	After   int64            `json:"after"`   // and by the file
	Gained  int64            `json:"gained"`  // become reachable
	Lost    int64            `json:"lost"`    // stop being so
	Reasons map[string]int64 `json:"reasons"` // people by the reason they would have
	Turns   []Turn           `json:"turns"`
	Sample  []Turned         `json:"sample,omitempty"`
}

// Turn counts the people whose reason would become another.
type Turn struct {
	From  lawful.Reason `json:"from"`
	To    lawful.Reason `json:"to"`
	Count int64         `json:"count"`
}

// Turned is one of those gained or lost, by pseudonym.
type Turned struct {
	Subject string        `json:"subject"`
	From    lawful.Reason `json:"from"`
	To      lawful.Reason `json:"to"`
}

// Walked tells how far a question about everybody has come.
type Walked struct {
	People int64 `json:"people"`
	Of     int64 `json:"of"`
}

// Impact tells what applying a file (YAML) would mean, and applies nothing.
// name is for messages; progress may be nil.
func (c *Client) Impact(ctx context.Context, file []byte, name string, progress func(Walked)) (Impact, error) {
	return streamed[Impact](ctx, c, request{
		method: http.MethodPost, path: "/v1/impact", query: query("name", name), body: bytes.NewReader(file), media: "application/yaml",
	}, "answer", progress)
}

// streamed reads an answer that tells how far it is before it comes.
func streamed[T, P any](ctx context.Context, c *Client, r request, what string, progress func(P)) (T, error) {
	var none T
	resp, err := c.open(ctx, r)
	if err != nil {
		return none, err
	}
	defer resp.Body.Close()
	decode := json.NewDecoder(resp.Body)
	for {
		var line struct {
			Progress *P       `json:"progress"`
			Result   *T       `json:"result"`
			Problem  *Problem `json:"problem"`
		}
		if err := decode.Decode(&line); err != nil {
			return none, fmt.Errorf("the %s was cut off before its result: %w", what, err)
		}
		switch {
		case line.Problem != nil:
			return none, line.Problem
		case line.Result != nil:
			return *line.Result, nil
		case line.Progress != nil && progress != nil:
			progress(*line.Progress)
		}
	}
}
