// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// These tests go through every line once, small and without thresholds, so that
// what measures keeps working while the product changes. They need no network.
// The large peers are run where LECITO_BENCH_BIN names the folder of their
// programs, as bench/run.sh does; without it a line that needs one is run on the
// product's side alone.

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == handlerArgument {
		_ = constantHandler(context.Background(), os.Stdout)
		os.Exit(1)
	}
	code := m.Run()
	if small.dir != "" {
		_ = os.RemoveAll(small.dir)
	}
	os.Exit(code)
}

// people is how many the tests invent.
const people = 400

var small struct {
	sync.Mutex

	dir string
}

// quick is an Env with the product built and a small store, shared by all tests.
func quick(t *testing.T) *Env {
	t.Helper()
	small.Lock()
	defer small.Unlock()
	if small.dir == "" {
		dir, err := os.MkdirTemp("", "lecito-bench-") //nolint:usetesting // shared by all tests
		if err != nil {
			t.Fatal(err)
		}
		small.dir = dir
		build := inProduct(exec.Command("go", "build", "-o", filepath.Join(dir, "bin", "lecito"), "./cmd/lecito"))
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build the product: %v\n%s", err, out)
		}
	}
	postgres := os.Getenv("LECITO_TEST_POSTGRES")
	if postgres == "" && (os.Getenv("CI") != "" || os.Getenv("LECITO_TEST") != "") {
		t.Fatal("LECITO_TEST_POSTGRES is not set: run make test, which starts a PostgreSQL")
	}
	e := &Env{
		Dir: small.dir, Size: people, Rows: people * 5 / 3, Pairs: 1, Load: 100 * time.Millisecond, Postgres: postgres, Out: t.Output(),
		Peers: os.Getenv("LECITO_BENCH_BIN"),
	}
	t.Cleanup(func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestEveryLineCanBeMeasured(t *testing.T) {
	for i, l := range lines() {
		t.Run(fmt.Sprintf("%02d-%s", i, l.Name), func(t *testing.T) {
			e := quick(t)
			if l.Prepare == nil {
				if l.Missing == "" {
					t.Fatal("the line can't be prepared and says nothing is missing")
				}
				return
			}
			p := &Pair{}
			err := l.Prepare(t.Context(), e, p)
			switch {
			case errors.Is(err, errNoPeer) && e.Peers == "", errors.Is(err, errNoPostgres) && e.Postgres == "":
				t.Logf("the product's side alone: %v", err)
				p.Peer = nil
			case err != nil:
				t.Error(err)
			}
			for side, f := range []Side{p.Product, p.Peer} {
				if f == nil || err != nil && t.Failed() {
					continue
				}
				v, err := f(t.Context())
				if err != nil || v < 0 {
					t.Errorf("side %d: %v %s, %v", side, v, l.Unit, err)
				}
				t.Logf("side %d: %s %s", side, figure(v), l.Unit)
			}
			if p.Product == nil && l.Missing == "" && err == nil {
				t.Error("the product has no side, and the line does not say what is missing")
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestProductAnswersAsInvented holds the product to the second reading of the
// rules that the peers are filled from: both sides of a line do the same work.
func TestProductAnswersAsInvented(t *testing.T) {
	e, p := quick(t), &Pair{}
	s, data, err := e.checkServer(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var asks bytes.Buffer
	var want []bool
	count := 0
	for n := range people {
		who := whole(n, data.asOf)
		for _, purpose := range purposes {
			for _, channel := range channels {
				asks.Write(append(asked{who, purpose, channel}.body(""), '\n'))
				permitted := who.standing(purpose, channel, data.zone).permitted(time.Now())
				if want = append(want, permitted); permitted {
					count++
				}
			}
		}
	}
	conn, err := dial(t.Context(), s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.send(post("/v1/check/batch", s.keys[0], asks.Bytes())); err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(bytes.NewReader(conn.body))
	for i := range want {
		var got struct {
			Permitted bool   `json:"permitted"`
			Reason    string `json:"reason"`
		}
		if err := answers.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Permitted != want[i] {
			n, use := i/12, i%12
			t.Errorf("person %d, %s by %s: %v (%s), want %v; %+v", n, purposes[use/3], channels[use%3], got.Permitted, got.Reason, want[i], whole(n, data.asOf).acts)
		}
	}
	if count < len(want)/20 || count > len(want)/2 {
		t.Errorf("%d of %d are permitted: not the people meant", count, len(want))
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

// TestBuildGoesOn cuts the building of a store off and lets it go on.
func TestBuildGoesOn(t *testing.T) {
	e := *quick(t)
	bin := e.Dir
	e.Dir = t.TempDir()
	if err := os.Symlink(filepath.Join(bin, "bin"), filepath.Join(e.Dir, "bin")); err != nil {
		t.Fatal(err)
	}
	cut, stop := context.WithCancel(t.Context())
	stop()
	if _, err := e.store(cut, 50); err == nil {
		t.Fatal("a store was built though the run was cut off")
	}
	s, err := e.store(t.Context(), 50)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(s.dir, "done")); err != nil || string(got) != "50" {
		t.Errorf("done is %q, %v", got, err)
	}
}

func TestReportSaysWhatIsNotMeasured(t *testing.T) {
	r := Report{Size: 3000, Results: []Result{
		{Line: Line{Name: "check", Target: ">= 0.6 x", Unit: "decisions/s", Against: "a handler", Goal: Goal{AtLeast: 0.6}}, Product: []float64{1000, 3000, 2000}, Peer: []float64{4000, 4000, 4000}},
		{Line: Line{Name: "count", Missing: "an index"}},
		{Line: Line{Name: "filter", Goal: Goal{AtLeast: 2}}, Failed: "the disk is full"},
		{Line: Line{Name: "verify", Unit: "ms", Goal: Goal{AtMost: 25}}, Product: []float64{20}},
	}}
	text := r.Markdown()
	for _, want := range []string{"2 000 decisions/s | 4 000 decisions/s | 0.5 | >= 0.6 x | **no** |", "not measured yet: an index", "not measured, it failed: the disk is full |", "20 ms |  |  |  | yes |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
}

func TestChartIsDrawn(t *testing.T) {
	c := Chart{Name: "growth-check", Title: "Check", Unit: "µs", Points: []Point{{30_000, 20}, {300_000, 22}, {3_000_000, 150}}}
	svg := string(c.SVG())
	for _, want := range []string{"<title>Check</title>", "aria-label=", "1 M</text>", "10 k</text>", "100 µs</text>", "150</text>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the chart lacks %q:\n%s", want, svg)
		}
	}
	if table := c.table(); !strings.Contains(table, "| 300 000 | 22 | 0.04 |") {
		t.Errorf("the table is\n%s", table)
	}
}
