// SPDX-License-Identifier: Apache-2.0

// Command lecito answers one question for every piece of customer data that
// marketing touches: may we use it, for this purpose, on this channel, now or on
// that day; why; show me.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// headroom is memory that is never touched, so it takes address space alone. The
// garbage collector counts it as living and lets that much more garbage gather
// before it looks: with little in memory it would look all the time.
const headroom = 32 << 20

func main() {
	untouched := make([]byte, headroom)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	runtime.KeepAlive(untouched)
	os.Exit(code)
}
