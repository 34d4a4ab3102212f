// SPDX-License-Identifier: Apache-2.0

// Command lecito answers one question for every piece of customer data that
// marketing touches: may we use it, for this purpose, on this channel, now or on
// that day; why; show me.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}
