// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

// export gives what is exported.
func (d desk) export(o lists.ClearOptions, progress func(lists.Progress)) (cleared, error) {
	d.t.Helper()
	if o.Purpose == "" {
		o.Purpose, o.Channel = "newsletter", "email"
	}
	var out bytes.Buffer
	result, err := d.Export(d.t.Context(), d.actor, o, lists.Outputs{Permitted: &out, Progress: progress})
	return cleared{ClearResult: result, permitted: out.String()}, err
}

func (d desk) mustExport(o lists.ClearOptions) cleared {
	d.t.Helper()
	c, err := d.export(o, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

func (d desk) erase(email string) {
	d.t.Helper()
	if _, err := d.rights.Erase(d.t.Context(), d.actor, rights.Request{Subject: choice.Subject{Email: email}}); err != nil {
		d.t.Fatal(err)
	}
}

// text records what somebody says about text messages to the phone of their family.
func (d desk) text(email, what string) {
	d.t.Helper()
	c := choice.Choice{Purpose: "newsletter", Channel: "sms", Choice: what}
	r := choice.Request{Subject: choice.Subject{Email: email, Phone: "+39 055 2345678"}, Source: "footer-form", Choices: []choice.Choice{c}}
	if what == lawful.Given {
		r.Notice, r.Evidence = &lawful.NoticeRef{ID: "signup", Version: 3}, &lawful.Evidence{Method: "checkbox", Default: "unticked"}
	}
	if _, err := d.choices.Take(d.t.Context(), d.actor, r); err != nil {
		d.t.Fatal(err)
	}
}

// TestAnExportHoldsWhoMayBeContacted: from memory and from the store, and the
// clearance says how many, why and until when.
func TestAnExportHoldsWhoMayBeContacted(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		if c := d.mustExport(lists.ClearOptions{}); c.permitted != "email\n" || c.Rows != 0 {
			t.Errorf("of nobody: %+v", c)
		}
		memory := d.standing.Remember(true, "")
		d.choose("gone@posta.example", lawful.Given, env.Clock.Now())
		d.choose("lapsed@posta.example", lawful.Given, env.Clock.Now())
		env.Clock.Advance(700 * 24 * time.Hour)
		d.choose("soon@posta.example", lawful.Given, env.Clock.Now())
		env.Clock.Advance(700 * 24 * time.Hour)
		for _, who := range []string{"Anna", "bea", "left", "objects"} {
			d.choose(who+"@posta.example", lawful.Given, env.Clock.Now())
		}
		d.choose("left@posta.example", lawful.Withdrawn, env.Clock.Now())
		d.choose("objects@posta.example", lawful.Objected, env.Clock.Now())
		d.choose("never@posta.example", lawful.Refused, env.Clock.Now())
		d.erase("gone@posta.example")
		o := lists.ClearOptions{ValidFor: 40 * 24 * time.Hour}
		read := d.mustExport(o) // nothing is in memory yet
		if err := memory.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := memory.Answered()
		remembered := d.mustExport(o)
		if memory.Answered() == before {
			t.Error("nothing came from memory")
		}
		const want = "email\nsoon@posta.example\nanna@posta.example\nbea@posta.example\n"
		for from, c := range map[string]cleared{"the store": read, "memory": remembered} {
			if c.permitted != want || c.Rows != 3 || c.Permitted != 3 || fmt.Sprint(c.Reasons) != "map[consent_given:3]" || c.Column != "email" {
				t.Errorf("from %s: %+v", from, c)
			}
			if !c.ValidUntil.Equal(read.ValidUntil) || !c.ValidUntil.Before(env.Clock.Now().Add(o.ValidFor)) {
				t.Errorf("from %s: until %s, although a permission ends before", from, c.ValidUntil)
			}
			if list, ok := c.verify(t, c.permitted); list != evidence.ListOutput || !ok {
				t.Errorf("from %s: the export is the %s of its clearance, %v", from, list, ok)
			}
		}
		if n := len(d.entries(evidence.KindClearance)); n != 3 {
			t.Errorf("%d exports are on record", n)
		}
		for channel, want := range map[string]string{"post": "no_such_addresses", "social": "channel_not_declared"} {
			_, err := d.export(lists.ClearOptions{Purpose: "newsletter", Channel: channel}, nil)
			if p := problem.As(err); p == nil || p.Code != want && p.Code != "channel_not_declared" {
				t.Errorf("%s: %v", channel, err)
			}
		}
	})
}

// TestAnAddressOfTwoIsExportedOnce, and not at all once one of them says no.
func TestAnAddressOfTwoIsExportedOnce(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		memory := d.standing.Remember(true, "")
		d.text("one@posta.example", lawful.Given)
		d.text("two@posta.example", lawful.Given)
		o := lists.ClearOptions{Purpose: "newsletter", Channel: "sms"}
		for _, want := range []string{"phone\n+390552345678\n", "phone\n"} {
			read := d.mustExport(o)
			if err := memory.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if remembered := d.mustExport(o); remembered.permitted != want || read.permitted != want {
				t.Errorf("from memory %q, from the store %q, want %q", remembered.permitted, read.permitted, want)
			}
			d.text("two@posta.example", lawful.Withdrawn)
		}
	})
}

// TestWhoIsErasedMeanwhileIsNotExported: their address may have been opened already.
func TestWhoIsErasedMeanwhileIsNotExported(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		for _, remember := range []bool{false, true} {
			t.Run(fmt.Sprint(remember), func(t *testing.T) {
				d := open(t, env)
				d.mustTake(lists.ImportOptions{}, many(600))
				if remember {
					if err := d.standing.Remember(true, "").Settle(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				all := strings.Split(d.mustExport(lists.ClearOptions{}).permitted, "\n")
				last, busy := all[len(all)-2], false
				c, err := d.export(lists.ClearOptions{}, func(p lists.Progress) {
					if p.Rows < 500 || busy {
						return
					}
					busy = true
					if _, err := d.export(lists.ClearOptions{}, nil); problem.As(err) == nil || problem.As(err).Code != "export_running" {
						t.Errorf("a second one: %v", err)
					}
					d.erase(last)
				})
				if err != nil || !busy {
					t.Fatal(err, busy)
				}
				if got := strings.Split(c.permitted, "\n"); slices.Contains(got, last) || len(got) != len(all)-1 {
					t.Errorf("%d of %d rows, with %s: %v", len(got), len(all), last, slices.Contains(got, last))
				}
			})
		}
	})
}

func TestAnExportIsForWhoMaySeeEverybody(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		then := env.Clock.Now()
		for _, scopes := range [][]string{{access.ScopeCheck}, {access.ScopeSubjects}, {access.ScopeChoices, access.ScopeRequests}} {
			d.actor.Scopes = scopes
			if _, err := d.export(lists.ClearOptions{}, nil); !problem.Is(err, problem.Forbidden) {
				t.Errorf("with %v: %v", scopes, err)
			}
		}
		d.actor.Scopes = []string{access.ScopeCheck, access.ScopeSubjects}
		for _, o := range []lists.ClearOptions{{At: &then}, {KnownAt: &then}, {Source: "footer-form"}} {
			if _, err := d.export(o, nil); !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v: %v", o, err)
			}
		}
		if n := len(d.entries(evidence.KindClearance)); n != 0 {
			t.Errorf("%d exports are on record", n)
		}
		if _, err := d.Export(t.Context(), d.actor, lists.ClearOptions{Purpose: "newsletter", Channel: "email"}, lists.Outputs{Permitted: io.Discard}); err != nil {
			t.Error(err)
		}
	})
}
