// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/testkit"
)

// interrupt begins an import and stops it once so many rows are on record.
func (d desk) interrupt(file string, rows int64) {
	d.t.Helper()
	ctx, cancel := context.WithCancelCause(d.t.Context())
	stopped := errors.New("the plug was pulled")
	_, err := d.Import(ctx, d.actor, lists.ImportOptions{Source: "old-list"}, strings.NewReader(file), func(p lists.Progress) {
		if p.Phase == lists.PhaseImporting && p.Rows == rows {
			cancel(stopped)
		}
	})
	if !errors.Is(err, stopped) {
		d.t.Fatalf("got %v", err)
	}
}

func (d desk) interrupted() []lists.Interrupted {
	d.t.Helper()
	found, err := d.Interrupted(d.t.Context(), d.actor)
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

func TestAbandonedImportIsForgotten(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := many(1500)
		d.interrupt(file, 1000)
		env.Clock.Advance(30 * 24 * time.Hour)
		d.mustTake(lists.ImportOptions{}, mailchimp)
		if found := d.interrupted(); len(found) != 1 || found[0].Rows != 1000 || d.count("import") != 2 {
			t.Errorf("on its last day: %+v, %d imports", found, d.count("import"))
		}
		env.Clock.Advance(time.Hour)
		if found := d.interrupted(); len(found) != 0 {
			t.Errorf("after it: %+v", found)
		}
		d.mustTake(lists.ImportOptions{}, unsubscribed)
		if n := d.count("import"); n != 2 {
			t.Errorf("%d imports on record, want the two that ended", n)
		}
		r := d.mustTake(lists.ImportOptions{}, file)
		if want := (lists.Sums{Rows: 1500, Yes: 1500, New: 500, Existing: 1000}); r.Resumed || r.Sums != want {
			t.Errorf("the same file again: %+v, want %+v", r, want)
		}
	})
}

func TestRunningImportIsNobodysTask(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		file := many(1500)
		d.interrupt(file, 1000)
		other := d
		other.actor = access.Local("altra")
		other.declare("altra")
		other.interrupt(file, 1000)
		asked := false
		_, err := d.Import(t.Context(), d.actor, lists.ImportOptions{Source: "old-list"}, strings.NewReader(file), func(p lists.Progress) {
			if p.Phase != lists.PhaseImporting || asked {
				return
			}
			asked = true
			if found := d.interrupted(); len(found) != 0 {
				t.Errorf("while it runs: %+v", found)
			}
			if found := other.interrupted(); len(found) != 1 {
				t.Errorf("of another organisation: %+v, want its own", found)
			}
		})
		if err != nil || !asked {
			t.Errorf("got %v", err)
		}
	})
}
