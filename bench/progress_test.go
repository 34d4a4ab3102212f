// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"testing"
	"time"
)

// What was measured before a run was cut off is not measured again: but of the same
// commit and the same question only.
func TestARunGoesOnFromWhereItWasCutOff(t *testing.T) {
	dir := t.TempDir()
	host := machine{Commit: "abc", Load: "0.1", Now: time.Now().Add(-time.Hour)}
	first := resume(dir, host, "make bench")
	for i, l := range lines() {
		if err := first.add(Result{Line: l, Product: []float64{float64(i)}, Peer: []float64{2}, Notes: []string{"DuckDB 1"}}); err != nil {
			t.Fatal(err)
		}
	}
	first.Points[pointOf(growths()[0], 30_000)] = 7
	if err := first.keep(); err != nil {
		t.Fatal(err)
	}

	e := &Env{Dir: dir, Size: 30_000, Out: t.Output()}
	later := machine{Commit: "abc", Load: "3", Now: time.Now()}
	again := resume(dir, later, "make bench")
	results, err := e.all(t.Context(), nil, again) // nothing is there that could be measured
	if err != nil || len(results) != len(lines()) {
		t.Fatalf("%d lines, %v", len(results), err)
	}
	for i, r := range results {
		if r.Failed != "" || r.Product[0] != float64(i) || r.Notes[0] != "DuckDB 1" {
			t.Errorf("line %d: %+v", i, r)
		}
	}
	if again.Points["filter at 30000"] != 7 || again.Goes != 2 || again.Before != "0.1" || again.Took < time.Hour || !again.Began.Equal(host.Now) {
		t.Errorf("got %+v", again)
	}
	for what, p := range map[string]*progress{
		"another commit":   resume(dir, machine{Commit: "def"}, "make bench"),
		"another question": resume(dir, later, "make bench SIZE=1"),
		"not committed":    resume(dir, machine{Commit: "abc-dirty"}, "make bench"),
	} {
		if len(p.Results) > 0 || p.Goes != 1 {
			t.Errorf("%s: %d lines are taken over", what, len(p.Results))
		}
	}
	if err := again.end(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
