// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

const org = "bottega"

// desk is an organisation with its lists.
type desk struct {
	*lists.Service

	t        *testing.T
	env      testkit.Env
	ledger   *ledger.Ledger
	choices  *choice.Service
	standing *standing.Service
	rights   *rights.Service
	actor    access.Actor
}

func open(t *testing.T, env testkit.Env) desk {
	t.Helper()
	return openOn(t, env, env.DB)
}

func openOn(t *testing.T, env testkit.Env, d *db.DB) desk {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(d, keys, secrets, env.Clock)
	rules := register.New(d, l, l.Create)
	subjects := subject.New(l, secrets)
	choices := choice.New(d, l, subjects, rules)
	answers := standing.New(d, l, subjects, rules)
	service := lists.New(lists.Parts{
		DB: d, Ledger: l, Choices: choices, Standing: answers, Rules: rules, Secrets: secrets, Clock: env.Clock, Dir: t.TempDir(),
	})
	made := desk{service, t, env, l, choices, answers, rights.New(d, l, subjects, rules, keys), access.Local(org)}
	made.declare(org)
	return made
}

// declare declares what the sample does, as an organisation of that id.
func (d desk) declare(id string) {
	d.t.Helper()
	doc, err := register.Parse(bytes.Replace(sample.Bottega, []byte("id: bottega\n"), []byte("id: "+id+"\n"), 1), "bottega.yaml")
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Rules.(*register.Service).Apply(d.t.Context(), "operator", "", doc, false); err != nil {
		d.t.Fatal(err)
	}
}

// choose records a choice of a person made on a form of the shop.
func (d desk) choose(email, what string, at time.Time) {
	d.t.Helper()
	id, err := subject.Normalise(lawful.IDEmail, email, "", "IT")
	if err != nil {
		d.t.Fatal(err)
	}
	c := lawful.Choice{Purpose: "newsletter", Channel: "email", Choice: what}
	if what == lawful.Given {
		c.Notice = &lawful.NoticeRef{ID: "signup", Version: 3}
		c.Evidence = &lawful.Evidence{Method: "checkbox", Default: "unticked"}
	}
	_, err = d.choices.Record(d.t.Context(), d.actor, choice.Record{
		Subject: []subject.Identifier{id},
		Facts: []lawful.Fact{{
			Kind: lawful.KindChoice, Happened: at, Actor: lawful.ActorPerson, Source: "footer-form", Choice: &c,
		}},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// reason asks about an address for the newsletter by e-mail.
func (d desk) reason(email string) lawful.Reason {
	d.t.Helper()
	decision, err := d.standing.Check(d.t.Context(), d.actor, standing.Question{
		Subject: choice.Subject{Email: email}, Purpose: "newsletter", Channel: "email",
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return decision.Reason
}

// cleared is what came of clearing a list.
type cleared struct {
	lists.ClearResult
	permitted, rejected, suppress string
}

func (d desk) clear(o lists.ClearOptions, list string) (cleared, error) {
	d.t.Helper()
	if o.Purpose == "" {
		o.Purpose, o.Channel = "newsletter", "email"
	}
	var permitted, rejected, suppress bytes.Buffer
	result, err := d.Clear(d.t.Context(), d.actor, o, strings.NewReader(list),
		lists.Outputs{Permitted: &permitted, Rejected: &rejected, Suppress: &suppress})
	return cleared{result, permitted.String(), rejected.String(), suppress.String()}, err
}

func (d desk) mustClear(o lists.ClearOptions, list string) cleared {
	d.t.Helper()
	c, err := d.clear(o, list)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// verify says which list the clearance takes this one for, and whether all is well.
func (c cleared) verify(t *testing.T, list string) (string, bool) {
	t.Helper()
	v, err := evidence.Verify(c.Clearance, evidence.Options{List: strings.NewReader(list)})
	if err != nil {
		t.Fatal(err)
	}
	return v.List, v.OK()
}

// entries lists the organisation's own entries of a kind.
func (d desk) entries(kind string) []ledger.Entry {
	d.t.Helper()
	var found []ledger.Entry
	err := d.env.DB.Read(d.t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		found, err = d.ledger.Recent(ctx, tx, org, kind, 0, 100)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// count counts the rows of a table.
func (d desk) count(table string) int64 {
	d.t.Helper()
	var n int64
	err := d.env.DB.Read(d.t.Context(), func(ctx context.Context, tx *db.ReadTx) (err error) {
		n, err = db.One(ctx, tx, db.Value[int64], `SELECT COUNT(*) FROM `+table+` WHERE org = $1`, org)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return n
}

// shared are the exports handed to the project, beside its folder.
func shared(t *testing.T) []string {
	t.Helper()
	const folder = "../../../shared/data/lists"
	files, err := filepath.Glob(folder + "/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(folder + "/*/*.csv")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, f := range append(files, more...) {
		if !strings.HasPrefix(filepath.Base(f), "formats.") { // it describes the others
			found = append(found, f)
		}
	}
	if len(found) == 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("no exports in " + folder)
		}
		t.Log("no exports in " + folder + ": only the project's own are tried")
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
