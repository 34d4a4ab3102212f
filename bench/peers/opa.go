// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/version"
)

// policy is the decision as somebody who knows the engine would write it: one
// look-up of the subject, one of the purpose and channel, and a reason.
const policy = `package contact

decision := {"permitted": false, "reason": "unknown"} if {
	not data.subjects[input.subject]
} else := {"permitted": false, "reason": "objected"} if {
	data.subjects[input.subject].objected
} else := {"permitted": false, "reason": "no_consent"} if {
	not data.subjects[input.subject][input.use]
} else := {"permitted": false, "reason": "expired"} if {
	data.subjects[input.subject][input.use] <= input.now
} else := {"permitted": true, "reason": "consent_given"}
`

// opa holds a prepared query over data in memory.
type opa struct {
	query  rego.PreparedEvalQuery
	inputs []any
	next   int
}

// subjectLine is one subject of the file that opa reads: until when each use
// ("newsletter/email") is consented to, in seconds.
type subjectLine struct {
	Key      string           `json:"key"`
	Objected bool             `json:"objected"`
	Until    map[string]int64 `json:"until"`
}

// newOPA reads subjects and questions, one JSON value a line.
func newOPA(args []string) (*opa, error) {
	if len(args) != 2 {
		return nil, errors.New("opa takes a file of subjects and one of questions")
	}
	subjects := map[string]any{}
	err := eachLine(args[0], func(line []byte) error {
		var s subjectLine
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		facts := make(map[string]any, len(s.Until)+1)
		for use, until := range s.Until {
			facts[use] = json.Number(strconv.FormatInt(until, 10))
		}
		if s.Objected {
			facts["objected"] = true
		}
		subjects[s.Key] = facts
		return nil
	})
	if err != nil {
		return nil, err
	}
	o := &opa{}
	err = eachLine(args[1], func(line []byte) error {
		var input map[string]any
		err := json.Unmarshal(line, &input)
		o.inputs = append(o.inputs, input)
		return err
	})
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromObjectWithOpts(map[string]any{"subjects": subjects}, inmem.OptRoundTripOnWrite(false))
	o.query, err = rego.New(rego.Query("data.contact.decision"), rego.Module("contact.rego", policy), rego.Store(store)).
		PrepareForEval(context.Background())
	return o, err
}

func (o *opa) name() string { return "OPA " + version.Version }

// run decides for so many seconds.
func (o *opa) run(line string) (result, error) {
	seconds, err := strconv.ParseFloat(line, 64)
	if err != nil {
		return result{}, err
	}
	var r result
	begin := time.Now()
	for r.Seconds < seconds {
		for range 100 {
			permitted, err := o.decide(o.inputs[o.next])
			if err != nil {
				return result{}, err
			}
			if permitted {
				r.Out++
			}
			o.next = (o.next + 1) % len(o.inputs)
		}
		r.Count += 100
		r.Seconds = time.Since(begin).Seconds()
	}
	return r, nil
}

func (o *opa) decide(input any) (bool, error) {
	set, err := o.query.Eval(context.Background(), rego.EvalInput(input))
	if err != nil {
		return false, err
	}
	if len(set) != 1 {
		return false, fmt.Errorf("%d results", len(set))
	}
	decision, ok := set[0].Expressions[0].Value.(map[string]any)
	if !ok || decision["reason"] == "" {
		return false, errors.New("no decision")
	}
	return decision["permitted"] == true, nil
}

func eachLine(name string, f func([]byte) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<20)
	for {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f(line); err != nil {
			return err
		}
	}
}
