// SPDX-License-Identifier: Apache-2.0

package message_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// childPlace tells a child process where to send messages from, and when to die.
const childPlace = "LECITO_TEST_MESSAGE_PLACE"

type place struct {
	Dir, URL, Schema, Box string
	Now                   time.Time
	After                 bool // die once the message was handed over, not before
}

func TestMain(m *testing.M) {
	if at := os.Getenv(childPlace); at != "" {
		fmt.Fprintln(os.Stderr, sendAndDie([]byte(at)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// sendAndDie sends what is due, and is killed over the first message.
func sendAndDie(at []byte) error {
	var where place
	if err := json.Unmarshal(at, &where); err != nil {
		return err
	}
	now := clock.NewManual(where.Now)
	d, err := db.Open(context.Background(), db.Options{Dir: where.Dir, URL: where.URL, Schema: where.Schema, Clock: now})
	if err != nil {
		return err
	}
	keys, err := seal.Open(filepath.Join(where.Box, "keys"), where.Now)
	if err != nil {
		return err
	}
	s := &shop.Shop{Env: testkit.Env{Dir: where.Box}, DB: d, Keys: keys, Secrets: seal.NewSecrets(keys)}
	s.Ledger = ledger.New(d, keys, s.Secrets, now)
	s.Subjects = subject.New(s.Ledger, s.Secrets)
	s.Register = register.New(d, s.Ledger, s.Ledger.Create)
	s.Choices = choice.New(d, s.Ledger, s.Subjects, s.Register)
	s.Standing = standing.New(d, s.Ledger, s.Subjects, s.Register)
	s.Rights = rights.New(d, s.Ledger, s.Subjects, s.Register, keys)
	p, err := assemble(s)
	if err != nil {
		return err
	}
	die := func(mail.Message) error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }
	if p.mail.before = die; where.After {
		p.mail.before, p.mail.after = nil, die
	}
	return p.sender.Send(context.Background(), shop.Org)
}

// TestAKilledSenderLosesNothingAndDoublesNothing: it is killed between writing a
// message and handing it over, and between handing it over and noting it.
func TestAKilledSenderLosesNothingAndDoublesNothing(t *testing.T) {
	for name, after := range map[string]bool{"before it is handed over": false, "before that is noted": true} {
		t.Run(name, func(t *testing.T) {
			testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
				p := open(t, env)
				p.yes(t, anna)
				at, err := json.Marshal(place{env.Options.Dir, env.Options.URL, env.Options.Schema, env.Dir, env.Clock.Now(), after})
				if err != nil {
					t.Fatal(err)
				}
				child := exec.CommandContext(t.Context(), os.Args[0])
				child.Env = append(os.Environ(), childPlace+"="+string(at))
				said, err := child.CombinedOutput()
				if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); err == nil || !ok || status.Signal() != syscall.SIGKILL {
					t.Fatalf("the child was not killed: %v, %s", err, said)
				}
				var first []byte
				if after {
					_, first = p.only(t)
				} else if len(p.files(t)) != 0 {
					t.Fatal("a message lies there that was not handed over")
				}
				p.send(t)
				if m := p.listed(t)[0]; m.State != message.StateWaiting || len(p.facts(t, anna, lawful.KindMessage)) != 0 {
					t.Errorf("while another may be sending it, it is %+v", m)
				}
				env.Clock.Advance(time.Hour)
				p.send(t)
				if _, again := p.only(t); after && !bytes.Equal(first, again) {
					t.Errorf("handed over again it says something else:\n%s\n%s", first, again)
				}
				if m := p.listed(t)[0]; m.State != message.StateSent || len(p.facts(t, anna, lawful.KindMessage)) != 1 {
					t.Errorf("in the end it is %+v", m)
				}
			})
		})
	}
}
