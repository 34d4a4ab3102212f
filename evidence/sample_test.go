// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/lawful"
)

const (
	sampleOrg    = "bottega"
	sampleOrigin = "bottega.example/log"
	sampleChain  = "sub_1"
)

// must is for set-up that cannot fail unless the test itself is wrong.
func must[T any](tb testing.TB, value T, err error) T {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	return value
}

// testKey is an Ed25519 note key made from a word, the same in every run.
type testKey struct {
	note.Signer
	vkey string
}

func newKey(tb testing.TB, name, word string) testKey {
	tb.Helper()
	seed := sha256.Sum256([]byte(word))
	private := ed25519.NewKeyFromSeed(seed[:])
	public := ed25519.PublicKey(private[ed25519.SeedSize:])
	vkey, err := note.NewEd25519VerifierKey(name, public)
	verifier, err2 := note.NewVerifier(must(tb, vkey, err))
	id := must(tb, verifier, err2).KeyHash()
	skey := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, id, base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...)))
	signer, err := note.NewSigner(skey)
	return testKey{must(tb, signer, err), vkey}
}

// sampleLog is an organisation's log, small and in memory, with its keys.
type sampleLog struct {
	t         testing.TB
	log       testKey
	statement testKey
	hashes    []tlog.Hash
	entries   []sampleEntry
	seq       map[string]int64
	last      map[string]string // leaf hash of a chain's last entry
	now       time.Time
	by        string // who records
}

type sampleEntry struct {
	payload []byte
	salt    [32]byte
}

// newLog begins a log with the entry that publishes its statement key.
func newLog(tb testing.TB) *sampleLog {
	tb.Helper()
	l := &sampleLog{
		t: tb, log: newKey(tb, sampleOrigin, "log"), statement: newKey(tb, "bottega.example/statements", "statement"),
		seq: map[string]int64{}, last: map[string]string{}, now: instant("2026-01-10T09:00:00Z"), by: "system",
	}
	l.add("", evidence.KindKey, evidence.KeyBody{Role: evidence.RoleStatement, VKey: l.statement.vkey})
	return l
}

func instant(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return at
}

// add records a body in a chain and gives its index in the log.
func (l *sampleLog) add(chain, kind string, body any) int {
	l.t.Helper()
	raw, err := json.Marshal(body)
	l.seq[chain]++
	payload, err := evidence.Payload{
		V: 1, Organisation: sampleOrg, Chain: chain, Seq: l.seq[chain], Prev: l.last[chain],
		Kind: kind, Recorded: l.now, By: l.by, Body: must(l.t, raw, err),
	}.Marshal()
	l.now = l.now.Add(time.Minute)
	return l.addRaw(must(l.t, payload, err), chain)
}

// addRaw adds payload bytes as they are.
func (l *sampleLog) addRaw(payload []byte, chain string) int {
	l.t.Helper()
	n := len(l.entries)
	entry := sampleEntry{payload, sha256.Sum256(fmt.Appendf(nil, "salt %d", n))}
	leaf := evidence.LeafOf(entry.salt, payload)
	hashes, err := tlog.StoredHashesForRecordHash(int64(n), leaf, l)
	l.hashes = append(l.hashes, must(l.t, hashes, err)...)
	l.entries = append(l.entries, entry)
	l.last[chain] = leaf.String()
	return n
}

// ReadHashes makes the log a tlog.HashReader.
func (l *sampleLog) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		out[i] = l.hashes[index]
	}
	return out, nil
}

// leaf is the leaf hash of an entry, in base64.
func (l *sampleLog) leaf(index int) string {
	e := l.entries[index]
	return evidence.LeafOf(e.salt, e.payload).String()
}

func (l *sampleLog) checkpoint() (evidence.Checkpoint, string) {
	l.t.Helper()
	size := int64(len(l.entries))
	root, err := tlog.TreeHash(size, l)
	c := evidence.Checkpoint{Origin: sampleOrigin, Size: size, Root: must(l.t, root, err)}
	signed, err := c.Sign(l.log)
	return c, must(l.t, signed, err)
}

func (l *sampleLog) proof(index int) evidence.Proof {
	l.t.Helper()
	_, signed := l.checkpoint()
	hashes, err := tlog.ProveRecord(int64(len(l.entries)), int64(index), l)
	return evidence.Proof{Index: int64(index), Hashes: must(l.t, hashes, err), Checkpoint: signed}
}

func (l *sampleLog) open(indexes ...int) []evidence.Opened {
	l.t.Helper()
	var out []evidence.Opened
	for _, i := range indexes {
		out = append(out, evidence.Open(l.entries[i].payload, l.entries[i].salt, l.proof(i)))
	}
	return out
}

func (l *sampleLog) signing() evidence.Signing {
	l.t.Helper()
	return evidence.Signing{Signer: l.statement, LogKey: l.log.vkey, Key: l.open(0)[0]}
}

func (l *sampleLog) head() evidence.Head {
	return evidence.Head{Organisation: sampleOrg, Issued: instant("2026-03-01T12:00:00Z")}
}

func address() []lawful.Identifier {
	return []lawful.Identifier{{Kind: lawful.IDEmail, Value: "ada@example.com"}}
}

// choice is a yes or no of the sample's person, as the ledger records it.
func choice(what, happened string) lawful.Fact {
	f := lawful.Fact{
		Kind: lawful.KindChoice, Happened: instant(happened), Actor: lawful.ActorPerson, Source: "footer",
		Identifiers: address(),
		Choice:      &lawful.Choice{Purpose: "newsletter", Channel: "email", Choice: what},
	}
	if what == lawful.Given {
		f.Choice.Notice = &lawful.NoticeRef{ID: "signup", Version: 1, Language: "en"}
		f.Choice.Evidence = &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Yes, write to me", IP: "203.0.113.77"}
	}
	return f
}

func sampleRules(tb testing.TB, overrides ...law.Override) lawful.Rules {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Rome")
	packs, err2 := law.Use(must(tb, zone, err), nil, overrides)
	return lawful.Rules{
		Law:          must(tb, packs, err2),
		Organisation: lawful.Organisation{ID: sampleOrg, Name: "Bottega Esempio Srl", Country: "IT", Language: "it", TimeZone: "Europe/Rome"},
		Purposes: map[string][]lawful.Purpose{"newsletter": {{
			ID: "newsletter", Marketing: true, Title: map[string]string{"en": "News and offers"}, Basis: lawful.BasisConsent,
			Channels: []string{"email"}, Data: []lawful.Data{{Name: "email"}}, Operations: []string{"use"}, Notice: "signup", Minimum: "recorded",
		}}},
		Notices: map[string][]lawful.Notice{"signup": {{ID: "signup", Version: 1, Published: instant("2026-01-01T00:00:00Z"), Digest: "x"}}},
		Sources: map[string][]lawful.Source{"footer": {{ID: "footer", Kind: lawful.SourceForm, Default: "unticked"}}},
	}
}

// sampleCertificate is a statement about the person with these facts on record.
func sampleCertificate(l *sampleLog, known bool, facts ...lawful.Fact) (evidence.Certificate, []evidence.Opened) {
	l.t.Helper()
	return certificateUnder(l, sampleRules(l.t), known, facts...)
}

// certificateUnder is the same under other rules.
func certificateUnder(l *sampleLog, rules lawful.Rules, known bool, facts ...lawful.Fact) (evidence.Certificate, []evidence.Opened) {
	l.t.Helper()
	at := instant("2026-03-01T12:00:00Z")
	c := evidence.Certificate{
		Head:     l.head(),
		Question: lawful.Question{Purpose: "newsletter", Channel: "email", Identifier: address(), At: at, KnownAt: at, Language: "en", Explain: true},
		Person:   lawful.Person{Known: known}, Chains: []evidence.ChainEnd{},
	}
	var history []lawful.Recorded
	var indexes []int
	for i, fact := range facts {
		seq := int64(i) + 1
		l.now = fact.Happened.Add(time.Second)
		history = append(history, lawful.Recorded{
			Fact: fact, Chain: sampleChain, Seq: seq, Entry: evidence.EntryName(sampleChain, seq), Recorded: l.now,
		})
		indexes = append(indexes, l.add(sampleChain, evidence.KindFact, fact))
	}
	if known {
		c.Chains = append(c.Chains, evidence.ChainEnd{Chain: sampleChain, LastSeq: int64(len(facts))})
	}
	person := lawful.Person{Known: known, History: history}
	c.Edition, c.Decision = lawful.Edition, lawful.Decide(&rules, person, c.Question)
	c.Rules = *rules.For(c.Question, person)
	return c, l.open(indexes...)
}

// certificateFile is the small certificate most tests use.
func certificateFile(tb testing.TB) []byte {
	tb.Helper()
	l := newLog(tb)
	c, opened := sampleCertificate(l, true, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	file, err := evidence.NewCertificate(c, l.signing(), opened)
	return must(tb, file, err)
}

func sampleReceipt(l *sampleLog, seq int64) evidence.Receipt {
	return evidence.Receipt{
		Head: l.head(), SchemaVersion: evidence.SchemaVersion27560, DPVVersion: evidence.DPVVersion,
		ReceiptID: "rcp_1", RecordID: "ent_1", Principal: sampleChain, Seq: seq,
		Processing: evidence.Processing{
			Notice: evidence.ReceiptNotice{ID: "signup", Version: 1}, Language: "en",
			Purposes:    []evidence.ReceiptPurpose{{ID: "newsletter", Title: "News and offers", LawfulBasis: evidence.BasisIRI(lawful.BasisConsent)}},
			Data:        []evidence.PII{{Type: "email"}},
			Controllers: []string{sampleOrg}, Collection: "checkbox", Storage: []string{"IT"}, Retention: "24 months from the last activity",
			Jurisdiction: "IT", Recipients: []string{"Mailer SpA"}, Withdrawal: "the link in every message, or privacy@bottega.example",
			Rights: evidence.RightIRIs(),
		},
		Parties: []evidence.Party{{ID: sampleOrg, Address: "IT", Name: "Bottega Esempio Srl", Contact: "privacy@bottega.example", Type: "controller"}},
		Event: evidence.Event{
			Time: instant("2026-02-01T10:00:00Z"), Validity: "until withdrawn", EntityID: lawful.ActorPerson, Type: evidence.DPV + "ExpressedConsent",
			State: evidence.ConsentState(lawful.Given), Choice: lawful.Given, Channel: "email", Source: "footer", Grade: "recorded",
			Text: "Yes, write to me", Network: evidence.CutIP("203.0.113.77"), Recorded: instant("2026-02-01T10:00:01Z"),
		},
	}
}

func receiptFile(tb testing.TB) []byte {
	tb.Helper()
	l := newLog(tb)
	index := l.add(sampleChain, evidence.KindFact, choice(lawful.Given, "2026-02-01T10:00:00Z"))
	return sealReceipt(l, sampleReceipt(l, 1), index)
}

func sealReceipt(l *sampleLog, r evidence.Receipt, index int) []byte {
	l.t.Helper()
	e := l.entries[index]
	file, err := evidence.NewReceipt(r, l.signing(), evidence.Seal(evidence.Commitment(e.salt, e.payload), l.proof(index)))
	return must(l.t, file, err)
}

const (
	listIn  = "email\nada@example.com\nbob@example.com\n"
	listOut = "email\nada@example.com\n"
)

func sampleClearance(l *sampleLog) evidence.Clearance {
	salt := sha256.Sum256([]byte("list salt"))
	digest := func(list string) evidence.ListDigest {
		h := evidence.NewListHash(salt)
		h.Write([]byte(list))
		return evidence.DigestOf(h, int64(len(list)))
	}
	at := instant("2026-03-01T12:00:00Z")
	return evidence.Clearance{
		Head: l.head(), Salt: base64.StdEncoding.EncodeToString(salt[:]),
		Cleared: evidence.Cleared{
			Purpose: "newsletter", Channel: "email", Who: "opr_1", At: at, KnownAt: at, ValidUntil: at.Add(48 * time.Hour),
			Rows: 2, Permitted: 1, Rejected: 1, Reasons: map[string]int64{"consent_given": 1, "no_choice": 1},
			Input: digest(listIn), Output: digest(listOut),
		},
	}
}

func clearanceFile(tb testing.TB) []byte {
	tb.Helper()
	l := newLog(tb)
	c := sampleClearance(l)
	index := l.add("", evidence.KindClearance, c.Cleared)
	file, err := evidence.NewClearance(c, l.signing(), l.open(index)[0])
	return must(tb, file, err)
}
