// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// progress is what a whole run has measured so far. It takes hours: one that was cut
// off goes on from there, as long as it is of the same commit and asked for the same.
type progress struct {
	Of      string             // commit and command
	Began   time.Time          // the first go
	Before  string             // load average then
	Goes    int                // how often it was begun
	Took    time.Duration      // all of them, up to what was measured last
	Results []measured         // of lines
	Points  map[string]float64 // of charts

	file string // "": nothing is kept
	now  time.Time
}

// measured is a Result without the functions of its line.
type measured struct {
	Name, What, Against string
	Product, Peer       []float64
	Notes               []string
}

// begun is a run that has measured nothing yet, and of which nothing is kept.
func begun(host machine, command string) *progress {
	return &progress{
		Of: host.Commit + ", " + command, Began: host.Now, Before: host.Load, Goes: 1, Points: map[string]float64{}, now: host.Now,
	}
}

// resume goes on from what a run of the same has measured, if one was cut off. Of what
// is not committed nothing is kept: nobody knows whether it is the same.
func resume(dir string, host machine, command string) *progress {
	p := begun(host, command)
	if host.Commit == "unknown" || strings.HasSuffix(host.Commit, "-dirty") {
		return p
	}
	p.file = filepath.Join(dir, "progress.json")
	var kept progress
	if raw, err := os.ReadFile(p.file); err == nil && json.Unmarshal(raw, &kept) == nil && kept.Of == p.Of {
		kept.file, kept.now = p.file, p.now
		kept.Goes++
		return &kept
	}
	return p
}

// result gives what was measured of a line.
func (p *progress) result(l Line) (Result, bool) {
	for _, m := range p.Results {
		if m.Name == l.Name && m.What == l.What && m.Against == l.Against {
			return Result{Line: l, Product: m.Product, Peer: m.Peer, Notes: m.Notes}, true
		}
	}
	return Result{}, false
}

// add keeps what was measured of a line.
func (p *progress) add(r Result) error {
	p.Results = append(p.Results, measured{r.Name, r.What, r.Against, r.Product, r.Peer, r.Notes})
	return p.keep()
}

// pointOf names a point of a chart.
func pointOf(g growth, size int) string { return fmt.Sprintf("%s at %d", g.name, size) }

// keep writes what there is.
func (p *progress) keep() error {
	now := time.Now()
	p.Took, p.now = p.Took+now.Sub(p.now), now
	if p.file == "" {
		return nil
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(p.file, raw, 0o600)
}

// end forgets what was kept.
func (p *progress) end() error {
	if p.file == "" {
		return nil
	}
	return os.Remove(p.file)
}
