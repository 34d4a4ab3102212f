// SPDX-License-Identifier: Apache-2.0

package choice_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
)

// childStore names, for a child process, the store it records choices in until
// it is killed.
const childStore = "LECITO_TEST_CHOICE_STORE"

const (
	writers   = 64
	killAfter = 400 // acknowledgements
)

func TestMain(m *testing.M) {
	if at := os.Getenv(childStore); at != "" {
		fmt.Fprintln(os.Stderr, recordForEver([]byte(at)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// place is a store as a child is told of it.
type place struct{ Dir, URL, Schema, Keys string }

// recordForEver prints, a line each, every choice that was acknowledged: its
// entry, its subject and who it is about. Sequencing goes on meanwhile.
func recordForEver(at []byte) error {
	var p place
	if err := json.Unmarshal(at, &p); err != nil {
		return err
	}
	ctx := context.Background()
	d, err := db.Open(ctx, db.Options{Dir: p.Dir, URL: p.URL, Schema: p.Schema})
	if err != nil {
		return err
	}
	keys, err := seal.Open(p.Keys, clock.System{}.Now())
	if err != nil {
		return err
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(d, keys, secrets, clock.System{})
	rules := register.New(d, l, l.Create)
	choices := choice.New(d, l, subject.New(l, secrets), rules)
	failed := make(chan error)
	for i := range writers {
		go func() { failed <- record(ctx, choices, i) }()
	}
	go l.Run(ctx, func(_ string, err error) { failed <- err })
	return <-failed
}

// record says yes and no in turn for people of its own and for some that all writers share.
func record(ctx context.Context, choices *choice.Service, writer int) error {
	for n := 0; ; n++ {
		who := fmt.Sprintf("w%d-%d@posta.example", writer, n/2)
		if n%5 == 0 {
			who = fmt.Sprintf("shared%d@posta.example", n%25)
		}
		r := shop.Yes(shop.Email(who), "newsletter", "email")
		if n%2 == 1 {
			r = shop.No(shop.Email(who), "withdrawn", "newsletter", "email")
		}
		r.Choices = append(r.Choices, choice.Choice{Purpose: "events", Channel: "email", Choice: "refused"})
		done, err := choices.Take(ctx, shop.Key(), r)
		if err != nil {
			return err
		}
		fmt.Printf("%s %s %s\n", done.Subject, who, strings.Join(done.Entries, " "))
	}
}

func TestKilledProcessLosesNoAcknowledgedChoice(t *testing.T) {
	rounds := 1
	if os.Getenv("LECITO_SOAK") != "" {
		rounds = 20
	}
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		env.Clock.Set(clock.System{}.Now())
		s := shop.Open(t, env)
		for range rounds {
			acknowledged := killed(t, env)
			again := shop.Over(t, env, env.Reopen(t))
			if renewed, err := again.Ledger.Recover(t.Context()); err != nil || len(renewed) > 0 {
				t.Fatalf("a killed process is taken for a restore: %v, %v", renewed, err)
			}
			nothingLost(t, again, acknowledged)
			nothingHalf(t, again)
		}
		if _, err := s.Ledger.Checkpoint(t.Context(), shop.Org); err != nil {
			t.Error(err)
		}
	})
}

// killed runs a child and kills it in the middle of its writers.
func killed(t *testing.T, env testkit.Env) [][]string {
	t.Helper()
	at, err := json.Marshal(place{env.Options.Dir, env.Options.URL, env.Options.Schema, filepath.Join(env.Dir, "keys")})
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childStore+"="+string(at))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged [][]string
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil { // the end, or a line that was cut off
			break
		}
		acknowledged = append(acknowledged, strings.Fields(line))
		if len(acknowledged) == killAfter {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if len(acknowledged) < killAfter {
		t.Fatalf("%d choices before the end", len(acknowledged))
	}
	return acknowledged
}

// nothingLost finds every acknowledged choice, opened and proven.
func nothingLost(t *testing.T, s *shop.Shop, acknowledged [][]string) {
	t.Helper()
	var ids []string
	for _, a := range acknowledged {
		ids = append(ids, a[2:]...)
	}
	proofs, err := s.Ledger.Prove(t.Context(), shop.Org, ids)
	if err != nil {
		t.Fatalf("an acknowledged choice is lost: %v", err)
	}
	err = s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		for _, a := range acknowledged {
			for _, id := range a[2:] {
				e, err := s.Ledger.Entry(ctx, tx, shop.Org, id)
				if err != nil {
					return err
				}
				fact, err := subject.FactOf(e)
				if err != nil || e.Chain != a[0] || fact.Identifiers[0].Value != a[1] {
					return fmt.Errorf("entry %s is not what was acknowledged: %w", id, err)
				}
				p := proofs.ByEntry[id]
				leaf := evidence.LeafOf(e.Salt, e.Payload)
				if err := tlog.CheckRecord(tlog.RecordProof(p.Hashes), proofs.Tree.N, proofs.Tree.Hash, p.Index, leaf); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// nothingHalf reads every chain: unbroken to the head that is kept, of both
// choices of a request or none, and with the identifier that found it.
func nothingHalf(t *testing.T, s *shop.Shop) {
	t.Helper()
	type row struct {
		id   string
		seq  int64
		head []byte
	}
	err := s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		rows, err := db.All(ctx, tx, func(sc db.Scanner) (row, error) {
			var r row
			err := sc.Scan(&r.id, &r.seq, &r.head)
			return r, err
		}, `SELECT id, seq, head FROM chain WHERE org = $1`, shop.Org)
		if err != nil {
			return err
		}
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.id)
		}
		all, err := s.Ledger.History(ctx, tx, shop.Org, ids)
		if err != nil {
			return err
		}
		held, err := s.Subjects.Identifiers(ctx, tx, shop.Org, ids)
		if err != nil {
			return err
		}
		named := map[string]int{}
		for _, h := range held {
			named[h.Chain]++
		}
		for _, r := range rows {
			if err := unbroken(all[r.id], r.seq, string(r.head)); err != nil {
				return fmt.Errorf("chain %s: %w", r.id, err)
			}
			if r.id != ledger.Own && (named[r.id] != 1 || len(all[r.id])%2 != 0) {
				return fmt.Errorf("chain %s: %d identifiers, %d entries of requests of two", r.id, named[r.id], len(all[r.id]))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func unbroken(entries []ledger.Entry, seq int64, head string) error {
	prev, leaf := "", tlog.Hash{}
	for i, e := range entries {
		p, err := evidence.ParsePayload(e.Payload)
		if err != nil {
			return err
		}
		if p.Seq != int64(i+1) || p.Prev != prev {
			return fmt.Errorf("entry %d has seq %d and does not follow", i+1, p.Seq)
		}
		leaf = evidence.LeafOf(e.Salt, e.Payload)
		prev = leaf.String()
	}
	if int64(len(entries)) != seq || string(leaf[:]) != head {
		return fmt.Errorf("%d entries, but the head says %d", len(entries), seq)
	}
	return nil
}
