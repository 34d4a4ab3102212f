// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

// TestLyingCertificateFails lets an organisation sign, with its own keys,
// statements its evidence contradicts.
func TestLyingCertificateFails(t *testing.T) {
	type made struct {
		c       *evidence.Certificate
		entries *[]evidence.Opened
		l       *sampleLog
	}
	for name, lie := range map[string]struct {
		tell func(m made)
		want string
	}{
		"permitted":       {func(m made) { m.c.Decision.Permitted = true }, "permitted differs"},
		"reason":          {func(m made) { m.c.Decision.Reason = lawful.ReasonNoChoice }, "reason differs"},
		"rule":            {func(m made) { m.c.Decision.Rule = "x" }, "rule differs"},
		"since":           {func(m made) { m.c.Decision.Since = nil }, "since differs"},
		"until":           {func(m made) { m.c.Decision.Until = &m.c.Issued }, "until differs"},
		"as of":           {func(m made) { m.c.Decision.AsOf = m.c.Issued.AddDate(0, 1, 0) }, "as_of differs"},
		"facts":           {func(m made) { m.c.Decision.Facts = nil }, "facts differs"},
		"in words":        {func(m made) { m.c.Decision.Explanation = "The person asked us to write." }, "explanation differs"},
		"language":        {func(m made) { m.c.Question.Language = "it" }, "explanation differs"},
		"unexplained":     {func(m made) { m.c.Question.Explain = false }, "differs"},
		"law":             {func(m made) { m.c.Rules.Law = nil }, "differs"},
		"also":            {func(m made) { m.c.Decision.Also = []lawful.Reason{"x"} }, "also differs"},
		"rules":           {func(m made) { m.c.Rules.Purposes = nil }, "differs"},
		"fewer entries":   {func(m made) { *m.entries = (*m.entries)[:1] }, "does not hold them all"},
		"more entries":    {func(m made) { m.c.Chains[0].LastSeq-- }, "belong to no chain"},
		"other order":     {func(m made) { e := *m.entries; e[0], e[1] = e[1], e[0] }, "numbered 2"},
		"entry twice":     {func(m made) { e := *m.entries; e[1] = e[0] }, "numbered 1"},
		"other chain":     {func(m made) { m.c.Chains[0].Chain = "sub_2" }, "another chain"},
		"unknown":         {func(m made) { m.c.Person.Known = false }, "not to be known"},
		"erased":          {func(m made) { m.c.Person.Erased = true }, "both known and erased"},
		"other's rules":   {func(m made) { m.c.Rules.Organisation.ID = "x" }, "another organisation's"},
		"chain twice":     {func(m made) { m.c.Chains = append(m.c.Chains, m.c.Chains[0]) }, "same chain twice"},
		"no issue time":   {func(m made) { m.c.Issued = m.c.Issued.AddDate(-2025, -2, 0).Add(-12 * 3600e9) }, "issued must be given"},
		"older proofs":    {func(m made) { m.l.add("", evidence.KindErasure, struct{}{}) }, "another checkpoint"},
		"someone else's":  {func(m made) { m.c.Organisation = "other" }, "another organisation"},
		"no list":         {func(m made) { m.c.Chains = nil }, "must be a list"},
		"not a statement": {func(m made) { m.l.statement = newKey(t, sampleOrigin, "log") }, "not signed by this key"},
	} {
		l := newLog(t)
		c, entries := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"), choice(lawful.Withdrawn, "2026-02-10T10:00:00Z"))
		lie.tell(made{&c, &entries, l})
		_, err := evidence.NewCertificate(c, l.signing(), entries)
		if err == nil || !strings.Contains(err.Error(), lie.want) {
			t.Errorf("%s: got %v, want %q", name, err, lie.want)
		}
	}
}

func TestBrokenChainFails(t *testing.T) {
	for name, c := range map[string]struct {
		edit [2]string
		want string
	}{
		"prev":         {[2]string{`"prev":"`, `"prev":"AAAA`}, "entry 2 of the file"},
		"other prev":   {[2]string{`"seq":2`, `"seq":2`}, "does not name the entry before it"},
		"organisation": {[2]string{`"organisation":"bottega"`, `"organisation":"other"`}, "belongs to another organisation"},
		"unknown fact": {[2]string{`"actor":"person"`, `"actor":"person","new_field":true`}, "unknown field"},
	} {
		l := newLog(t)
		cert, _ := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"), choice(lawful.Withdrawn, "2026-02-10T10:00:00Z"))
		payload := strings.Replace(string(l.entries[2].payload), c.edit[0], c.edit[1], 1)
		if name == "other prev" {
			payload = strings.Replace(payload, l.leaf(1), l.leaf(0), 1)
		}
		index := l.addRaw([]byte(payload), "x")
		_, err := evidence.NewCertificate(cert, l.signing(), l.open(1, index))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestUnknownPersonIsAttested says that nothing about an absence is proved.
func TestUnknownPersonIsAttested(t *testing.T) {
	l := newLog(t)
	c, _ := sampleCertificate(l, false)
	file, err := evidence.NewCertificate(c, l.signing(), nil)
	v := verify(t, must(t, file, err), evidence.Options{})
	if !v.OK() || v.Decision == nil || v.Decision.Reason != lawful.ReasonUnknownSubject {
		t.Fatalf("got %+v", v)
	}
	if !strings.Contains(strings.Join(v.Attested, " "), "knew nobody") {
		t.Errorf("got %q; want the whole answer attested", v.Attested)
	}
}

func TestSeveralChainsOfOnePerson(t *testing.T) {
	l := newLog(t)
	c, _ := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	l.add("sub_2", evidence.KindImport, struct{}{})
	c.Chains = append(c.Chains, evidence.ChainEnd{Chain: "sub_2", LastSeq: 1}, evidence.ChainEnd{Chain: "sub_3"})
	file, err := evidence.NewCertificate(c, l.signing(), l.open(1, 2))
	if v := verify(t, must(t, file, err), evidence.Options{}); !v.OK() || len(v.Attested) != 7 { // five of the person, two of the law
		t.Errorf("got %v, %q", v.Problems, v.Attested)
	}
}

// TestReceiptRefutesAttestation shows the organisation hiding a withdrawal and
// the person's receipt showing that it was on record.
func TestReceiptRefutesAttestation(t *testing.T) {
	l := newLog(t)
	hiding, _ := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	before, err := evidence.NewCertificate(hiding, l.signing(), l.open(1))
	must(t, before, err)
	index := l.add(sampleChain, evidence.KindFact, choice(lawful.Withdrawn, "2026-02-10T10:00:00Z"))
	later := sampleReceipt(l, 2)
	later.Event.Choice, later.Event.State = lawful.Withdrawn, evidence.ConsentState(lawful.Withdrawn)
	receipt, first := sealReceipt(l, later, index), sealReceipt(l, sampleReceipt(l, 1), 1)
	hidden, err := evidence.NewCertificate(hiding, l.signing(), l.open(1))
	must(t, hidden, err)
	for name, c := range map[string]struct {
		certificate, receipt []byte
		want                 bool
	}{
		"hidden withdrawal":  {hidden, receipt, true},
		"later than that":    {before, receipt, false},
		"shown entry itself": {hidden, first, false},
	} {
		if got, err := evidence.Refutes(c.certificate, c.receipt, evidence.Options{}); err != nil || got != c.want {
			t.Errorf("%s: got %t, %v; want %t", name, got, err, c.want)
		}
	}
	if _, err := evidence.Refutes(receipt, hidden, evidence.Options{}); err == nil {
		t.Error("files in the wrong order: got no error")
	}
	if _, err := evidence.Refutes(hidden[1:], receipt, evidence.Options{}); err == nil {
		t.Error("a broken certificate: got no error")
	}
}
