// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == handlerArgument {
		fmt.Fprintln(os.Stderr, constantHandler(context.Background(), os.Stdout))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what a run is asked for.
type options struct {
	only   []string
	out    string
	charts bool
	grow   []int
}

func run(ctx context.Context, args []string) error {
	e, o, err := settings(args)
	if err != nil {
		return err
	}
	host := thisMachine(e.Dir)
	done := begun(host, command(e, o)) // a part is measured in one go
	if len(o.only) == 0 {
		done = resume(e.Dir, host, command(e, o))
	}
	results, failed := e.all(ctx, o.only, done)
	report := Report{
		Machine: host, LoadAfter: loadAverage(), Size: e.Size, Rows: e.Rows, Pairs: e.Pairs, Load: e.Load, Results: results, Command: command(e, o),
	}
	if o.charts && ctx.Err() == nil {
		charts, err := e.grow(ctx, o.grow, done, results)
		failed = errors.Join(failed, err)
		for _, c := range charts {
			name := c.File()
			failed = errors.Join(failed, os.WriteFile(filepath.Join(o.out, name), c.SVG(), 0o644))
			report.Charts = append(report.Charts, c)
		}
	}
	if ctx.Err() != nil {
		return errors.Join(failed, fmt.Errorf("the run was cut off after %d lines: the same command goes on from there", len(done.Results)))
	}
	report.Began, report.Took, report.Goes, report.Machine.Load = done.Began, done.Took, done.Goes, done.Before
	text := report.Markdown()
	fmt.Fprint(os.Stdout, "\n"+text)
	if len(o.only) > 0 { // a part does not replace the whole
		return failed
	}
	if failed == nil { // else the same command measures what failed
		failed = done.end()
	}
	return errors.Join(failed, os.WriteFile(filepath.Join(o.out, "RESULTS.md"), []byte(text), 0o644))
}

// all measures the lines asked for. A line that fails does not keep the others
// from being measured, and is shown as not measured. What is done is not measured again.
func (e *Env) all(ctx context.Context, only []string, done *progress) ([]Result, error) {
	var results []Result
	var failed error
	for _, l := range lines() {
		if len(only) > 0 && !slices.Contains(only, l.Name) {
			continue
		}
		if r, before := done.result(l); before {
			results = append(results, r)
			continue
		}
		e.say("%s, against %s", l.What, against(l))
		r, err := measure(ctx, e, l)
		if err == nil {
			err = done.add(r)
		}
		if err != nil {
			r.Failed, failed = firstLine(err), errors.Join(failed, err)
			e.say("  FAILED: %v", err)
		}
		results = append(results, r)
		if ctx.Err() != nil {
			break
		}
	}
	return results, errors.Join(failed, ctx.Err(), e.close())
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func against(l Line) string {
	if l.Against == "" {
		return "a figure of its own"
	}
	return l.Against
}

func settings(args []string) (*Env, options, error) {
	e, o := &Env{Out: os.Stderr}, options{}
	only := ""
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&only, "only", "", "comma list of lines; all others are left out, and RESULTS.md stays as it is")
	flags.IntVar(&e.Size, "size", 3_000_000, "subjects in the store")
	flags.IntVar(&e.Rows, "rows", 5_000_000, "of a list of contacts")
	flags.IntVar(&e.Pairs, "pairs", pairs, "how often each side is measured")
	flags.DurationVar(&e.Load, "load", 10*time.Second, "of one measurement under load")
	flags.StringVar(&e.Dir, "data", ".data", "what is kept from run to run")
	flags.StringVar(&e.Postgres, "postgres", "", "URL of a PostgreSQL server where databases may be made")
	flags.StringVar(&o.out, "out", ".", "folder of RESULTS.md and the charts")
	flags.BoolVar(&o.charts, "charts", true, "measure and draw how cost grows")
	if err := flags.Parse(args); err != nil {
		return nil, o, err
	}
	var err error
	if e.Dir, err = filepath.Abs(e.Dir); err != nil { // it is used from other folders too
		return nil, o, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
		o.charts = false
		for _, name := range o.only {
			if !slices.ContainsFunc(lines(), func(l Line) bool { return l.Name == name }) {
				return nil, o, fmt.Errorf("there is no line %s; there are: %s", name, strings.Join(names(), ", "))
			}
		}
	}
	if e.Pairs > pairs || e.Pairs < 1 {
		return nil, o, fmt.Errorf("pairs are from 1 to %d", pairs)
	}
	for _, size := range []int{30_000, 300_000, 3_000_000, 10_000_000} {
		if size <= e.Size {
			o.grow = append(o.grow, size)
		}
	}
	return e, o, nil
}

func names() []string {
	var out []string
	for _, l := range lines() {
		out = append(out, l.Name)
	}
	return slices.Compact(out)
}

// command is how to measure the same again.
func command(e *Env, o options) string {
	c := "make bench"
	if len(o.only) > 0 {
		c += " ONLY=" + strings.Join(o.only, ",")
	}
	return fmt.Sprintf("%s SIZE=%d ROWS=%d PAIRS=%d LOAD=%s", c, e.Size, e.Rows, e.Pairs, e.Load)
}
