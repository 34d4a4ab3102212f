// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/lecito/lecito/lawful"
)

// Certificate is the signed statement of one decision (GDPR arts 5(2), 7(1)).
// Its entries prove what is on record; that nothing else is on record is
// attested, chain by chain, and can be refuted by a receipt.
type Certificate struct {
	Head
	Question lawful.Question `json:"question"` // with the identifiers as asked
	Decision lawful.Decision `json:"decision"` // the answer, with its trace
	Edition  int             `json:"edition"`  // of the words and steps of the decision, lawful.Edition
	Rules    lawful.Rules    `json:"rules"`    // what was declared, as far as it bears on the question
	Person   lawful.Person   `json:"person"`   // whether somebody is known by these identifiers, or was erased
	Chains   []ChainEnd      `json:"chains"`   // every chain of the person
}

// ChainEnd attests where a chain ended: entry LastSeq was its last at the
// checkpoint of the statement. A receipt for a later one, at an earlier place
// in the log, refutes it.
type ChainEnd struct {
	Chain   string `json:"chain"`
	LastSeq int64  `json:"last_seq"` // 0: the chain had no entry
}

// EntryName names an entry by chain and number, as a verifier can: what
// lawful.Recorded.Entry is when a decision is made again from a certificate.
func EntryName(chain string, seq int64) string { return chain + "/" + strconv.FormatInt(seq, 10) }

// checkCertificate opens the chains, makes the decision again and compares.
func (v *verification) checkCertificate(c *Certificate) error {
	v.verdict.Certificate = c
	switch {
	case c.Chains == nil:
		return fail(areaStatement, "chains must be a list")
	case c.Rules.Organisation.ID != c.Organisation:
		return fail(areaStatement, "the rules are another organisation's")
	case c.Person.Erased && c.Person.Known:
		return fail(areaStatement, "the person is both known and erased")
	case !c.Person.Known && len(c.Chains) > 0:
		return fail(areaStatement, "chains of a person who is said not to be known")
	}
	rest, history := v.opened, v.facts[:0]
	seen := map[string]bool{} // a stranger's file may name very many
	for _, end := range c.Chains {
		if seen[end.Chain] {
			return fail(areaChain, "the same chain twice")
		}
		seen[end.Chain] = true
		if end.LastSeq < 0 || end.LastSeq > int64(len(rest)) {
			return fail(areaChain, fmt.Sprintf("chain %s: the statement counts %d entries, the file does not hold them all", end.Chain, end.LastSeq))
		}
		var err error
		if history, err = readChain(c, end, rest[:end.LastSeq], history); err != nil {
			return err
		}
		rest = rest[end.LastSeq:]
	}
	if len(rest) > 0 {
		return fail(areaChain, fmt.Sprintf("%d entries that belong to no chain of the statement", len(rest)))
	}
	again, facts := v.decide(c, history)
	if err := sameDecision(c.Decision, again); err != nil {
		return err
	}
	if c.Edition == lawful.Edition {
		if err := sameWords(c.Decision, again); err != nil {
			return err
		}
	}
	v.verdict.Decision = &c.Decision
	v.tellCertificate(c, facts, again)
	return nil
}

// readChain checks that the entries are the chain, whole and unbroken, and
// adds its facts to the history, which begins where v.facts does: a fact moves
// to the front or stays.
func readChain(c *Certificate, end ChainEnd, entries []openedEntry, history []lawful.Recorded) ([]lawful.Recorded, error) {
	var prev [spelledHash]byte
	index := int64(-1)
	for i := range entries {
		e := &entries[i]
		broken := func(what string) error {
			return fail(areaChain, fmt.Sprintf("chain %s, entry %d: %s", end.Chain, i+1, what))
		}
		p := &e.payload
		switch {
		case p.Organisation != c.Organisation:
			return nil, broken("it belongs to another organisation")
		case p.Chain != end.Chain:
			return nil, broken("it belongs to another chain")
		case p.Seq != int64(i)+1:
			return nil, broken(fmt.Sprintf("it is numbered %d", p.Seq))
		case i == 0 && p.Prev != "", i > 0 && p.Prev != string(prev[:]):
			return nil, broken("it does not name the entry before it")
		case e.index <= index:
			return nil, broken("it comes before its predecessor in the log")
		}
		index = e.index
		base64.StdEncoding.Encode(prev[:], e.leaf[:])
		if p.Kind != KindFact {
			continue
		}
		f := e.fact
		if !e.read {
			if err := decodeStrict(p.Body, maxPayload, &f.Fact); err != nil {
				return nil, broken("fact: " + err.Error())
			}
		}
		history = append(history, *f)
	}
	return history, nil
}

// sameDecision compares what a stranger decides from the file with what the
// statement says.
func sameDecision(stated, again lawful.Decision) error {
	for _, part := range []struct {
		name string
		same bool
	}{
		{"permitted", stated.Permitted == again.Permitted},
		{"reason", stated.Reason == again.Reason},
		{"rule", stated.Rule == again.Rule},
		{"basis", stated.Basis == again.Basis},
		{"as_of", stated.AsOf.Equal(again.AsOf)},
		{"since", sameTime(stated.Since, again.Since)},
		{"until", sameTime(stated.Until, again.Until)},
		{"also", slices.Equal(stated.Also, again.Also)},
		{"facts", slices.Equal(stated.Facts, again.Facts)},
	} {
		if !part.same {
			return fail(areaDecision, fmt.Sprintf(
				"%s differs; decided again from this file the answer is permitted=%t, reason %s", part.name, again.Permitted, again.Reason))
		}
	}
	return nil
}

// sameWords compares the sentence and the steps too: who states another reason
// in words, or another rule on the way, states another answer.
func sameWords(stated, again lawful.Decision) error {
	if stated.Explanation != again.Explanation {
		return fail(areaDecision, fmt.Sprintf(
			"explanation differs; decided again from this file the answer is permitted=%t, reason %s", again.Permitted, again.Reason))
	}
	return sameTrace(stated.Trace, again.Trace)
}

// sameTrace compares the rules tried, in the order they were tried in.
func sameTrace(stated, again []lawful.Step) error {
	if len(stated) != len(again) {
		return fail(areaDecision, fmt.Sprintf("the trace has %d steps; decided again from this file it has %d", len(stated), len(again)))
	}
	for i, a := range again {
		s := stated[i]
		for _, part := range []struct {
			name string
			same bool
		}{
			{"rule", s.Rule == a.Rule},
			{"law", s.Law == a.Law},
			{"outcome", s.Outcome == a.Outcome},
			{"entry", s.Entry == a.Entry},
			{"detail", s.Detail == a.Detail},
			{"text", s.Text == a.Text},
			{"source", s.Source == a.Source},
			{"assurance", s.Assurance == a.Assurance},
			{"override", sameOverride(s.Override, a.Override)},
		} {
			if !part.same {
				return fail(areaDecision, fmt.Sprintf(
					"step %d of the trace differs in %s; decided again from this file it is %s of %s", i+1, part.name, a.Outcome, a.Rule))
			}
		}
	}
	return nil
}

func sameOverride(a, b *lawful.Override) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func sameTime(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// Refutes says whether a receipt shows that a certificate's attestation is
// false: the receipt is for a later entry of a chain the certificate says had
// ended, and that entry was in the log already. Both files are verified first.
func Refutes(certificate, receipt []byte, opts Options) (bool, error) {
	opts.List = nil
	first, err := verifyOK(certificate, opts)
	if err != nil {
		return false, fmt.Errorf("certificate: %w", err)
	}
	second, err := verifyOK(receipt, opts)
	if err != nil {
		return false, fmt.Errorf("receipt: %w", err)
	}
	c, r := first.Certificate, second.Receipt
	if c == nil || r == nil {
		return false, errors.New("a certificate and a receipt are due, in this order")
	}
	if first.LogKey != second.LogKey || c.Organisation != r.Organisation {
		return false, nil
	}
	return slices.ContainsFunc(c.Chains, func(end ChainEnd) bool {
		return end.Chain == r.Principal && r.Seq > end.LastSeq && r.Index < c.Checkpoint.Size
	}), nil
}

func verifyOK(file []byte, opts Options) (Verdict, error) {
	v, err := Verify(file, opts)
	if err == nil && !v.OK() {
		err = errors.New(v.Problems[0])
	}
	return v, err
}
