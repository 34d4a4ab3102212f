// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
	_ "time/tzdata" // the organisation's time zone, also where the machine has no zone files

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/problem"
)

// Exit codes, as every verb gives them.
const (
	exitDone   = 0
	exitFailed = 1 // the answer is bad, or something went wrong
	exitUsage  = 2 // wrong usage or bad input
	exitDenied = 3 // check says denied
)

// streams are what a verb reads and writes: results go to out, everything for
// people to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// globals are the flags every verb has.
type globals struct {
	streams

	dir, db, server, key, org string
	json                      bool
	publicURL                 string // how people reach the server, where the verb makes links
	begins                    bool   // the verb may begin a store where there is none
}

// exit ends a verb with a code and without a message of its own.
type exit int

// Error names the code.
func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usage is wrong usage of a verb.
type usage string

// Error says what is wrong.
func (u usage) Error() string { return string(u) }

// run carries out a command line and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := command(&globals{streams: s})
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if code, ok := errors.AsType[exit](err); ok {
		return int(code)
	}
	if err == nil {
		return exitDone
	}
	_, _ = fmt.Fprintln(s.err, "lecito:", err)
	return codeOf(err)
}

// codeOf tells bad input from everything else that can go wrong.
func codeOf(err error) int {
	if _, ok := errors.AsType[usage](err); ok {
		return exitUsage
	}
	if p, ok := errors.AsType[*client.Problem](err); ok && p.OfInput() {
		return exitUsage
	}
	for _, kind := range []problem.Kind{problem.Invalid, problem.TooLarge, problem.NotFound, problem.Conflict} {
		if problem.Is(err, kind) {
			return exitUsage
		}
	}
	return exitFailed
}

func command(g *globals) *cobra.Command {
	root := &cobra.Command{
		Use:           "lecito",
		Short:         "May we use this person's data, for this purpose, on this channel? Why? Show me.",
		Args:          args(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceUsage:  true,
		SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{
			HiddenDefaultCmd: true,
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err.Error()) })
	flags := root.PersistentFlags()
	flags.StringVar(&g.dir, "data", "lecito-data", "data folder: the embedded store and the keys")
	flags.StringVar(&g.db, "db", "", "PostgreSQL store, as postgres://user@host/database; keys stay in the data folder")
	flags.StringVar(&g.server, "server", os.Getenv("LECITO_SERVER"), "talk to a running server, as https://lecito.example (or LECITO_SERVER)")
	flags.StringVar(&g.key, "api-key", "", "API key for --server (or LECITO_API_KEY)")
	flags.StringVar(&g.org, "org", "", "organisation, where there are several")
	flags.BoolVar(&g.json, "json", false, "machine-readable output")
	root.AddCommand(
		serveCommand(g), applyCommand(g), importCommand(g), checkCommand(g), filterCommand(g), exportCommand(g), proveCommand(g),
		verifyCommand(g), dueCommand(g), eraseCommand(g), apikeyCommand(g), operatorCommand(g), keysCommand(g),
		backupCommand(g), restoreCommand(g), migrateCommand(g), doctorCommand(g), lawCommand(g), expiringCommand(g),
		unsubscribeHeadersCommand(g),
	)
	return root
}

// args is cobra's check of the number of arguments, as wrong usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(err.Error() + "; see lecito " + cmd.Name() + " --help")
		}
		return nil
	}
}

// say writes a line for people.
func (g *globals) say(format string, args ...any) {
	_, _ = fmt.Fprintf(g.err, format+"\n", args...)
}

// print writes a line of result.
func (g *globals) print(format string, args ...any) error {
	_, err := fmt.Fprintf(g.out, format+"\n", args...)
	return err
}

// encode writes a result for machines.
func (g *globals) encode(v any) error {
	encoder := json.NewEncoder(g.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// instant reads a time given on the command line: RFC 3339, or a day, which
// stands for its last instant: what held on that day.
func instant(flag, value string) (*time.Time, error) {
	if value == "" {
		return nil, nil //nolint:nilnil // no flag is no time
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return &t, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, value, time.Local)
	if err != nil {
		return nil, usage("--" + flag + " is a day, as 2026-03-15, or an instant, as 2026-03-15T09:00:00Z")
	}
	end := day.AddDate(0, 0, 1).Add(-time.Microsecond)
	return &end, nil
}
