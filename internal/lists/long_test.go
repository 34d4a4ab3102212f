// SPDX-License-Identifier: Apache-2.0

package lists_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/testkit"
)

// TestLongListTakesNoMoreMemory streams a list in, twice, and through a
// clearance: 10 000 rows, five times as many with LECITO_SOAK, where the race
// detector makes each of them some ten times as slow.
func TestLongListTakesNoMoreMemory(t *testing.T) {
	rows := int64(10_000)
	if os.Getenv("LECITO_SOAK") != "" {
		rows *= 5
	}
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		d := open(t, env)
		var peak uint64
		tick := func(lists.Progress) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		o := lists.ImportOptions{Source: "old-list"}
		r, err := d.Import(t.Context(), d.actor, o, stream(rows), tick)
		if err != nil || r.Sums.Yes != rows || r.Sums.New != rows {
			t.Fatalf("%v, %+v", err, r.Sums)
		}
		r, err = d.Import(t.Context(), d.actor, o, stream(rows), tick)
		if err != nil || !r.Unchanged || r.Sums.Existing != rows {
			t.Fatalf("%v, %+v", err, r.Sums)
		}
		c, err := d.Clear(t.Context(), d.actor, lists.ClearOptions{Purpose: "newsletter", Channel: "email"}, stream(rows), lists.Outputs{Progress: tick})
		if err != nil || c.Permitted != rows {
			t.Fatalf("%v, %+v", err, c)
		}
		if most := uint64(128 << 20); peak > most {
			t.Errorf("%d MiB at the peak, want %d at most", peak>>20, most>>20)
		}
	})
}

// stream makes a list as it is read.
func stream(rows int64) io.Reader {
	r, w := io.Pipe()
	go func() {
		_, err := fmt.Fprint(w, "Email Address,OPTIN_TIME,OPTIN_IP,LEID,EUID\n")
		for i := int64(0); i < rows && err == nil; i++ {
			_, err = fmt.Fprintf(w, "p%d@example.it,2026-03-12 09:31:02,192.0.2.%d,%d,x%d\n", i, i%200, i, i)
		}
		w.CloseWithError(err)
	}()
	return r
}
