// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows how far long work has come, on a terminal only.
type bar struct{ shown *progressbar.ProgressBar }

// bar begins a bar of a known length, or of an unknown one (0).
func (g *globals) bar(total int64, unit string) *bar {
	f, isFile := g.err.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return &bar{}
	}
	if total <= 0 {
		total = -1
	}
	return &bar{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(g.err), progressbar.OptionSetDescription(unit), progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)}
}

// to moves the bar: done of total, where total is known by now.
func (b *bar) to(done, total int) {
	if b.shown == nil {
		return
	}
	if total > 0 {
		b.shown.ChangeMax(total)
	}
	_ = b.shown.Set(done) // a bar that can't be drawn is no reason to stop
}

func (b *bar) end() {
	if b.shown != nil {
		_ = b.shown.Finish()
	}
}
