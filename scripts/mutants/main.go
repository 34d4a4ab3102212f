// SPDX-License-Identifier: Apache-2.0

// Command mutants changes a package in one place at a time (a condition
// negated, a boundary moved, a statement left out, another value returned,
// another word used) and runs its tests on each: a change that no test notices
// is a rule that no test holds. It knows nothing of the product.
//
// All changes are compiled into one test binary, asleep, and woken one a run by
// the environment; so hundreds take minutes. The files of the package are not touched.
//
//	go run ./scripts/mutants [-equivalents FILE] PACKAGE-FOLDER [FILE.go...]
//
// The file of equivalents lists changes that change nothing, one a line as it is
// printed, each under a line "# why"; under "# open: why" those that a test should
// notice and none does yet. One that is killed, or that is no more, is an error.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

func main() {
	equivalents := flag.String("equivalents", "", "`file` of changes that change nothing, with reasons")
	parallel := flag.Int("parallel", 2, "runs at once")
	again := flag.String("again", "", "`file` of a report: only what survived there")
	flag.Parse()
	report, survivors, err := run(options{flag.Arg(0), flag.Args()[min(1, flag.NArg()):], *equivalents, *parallel, *again})
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(2)
	}
	fmt.Fprint(os.Stdout, report)
	if survivors {
		os.Exit(1)
	}
}

type options struct {
	dir         string
	files       []string
	equivalents string
	parallel    int
	again       string
}

// run reports, and tells whether anything survived that should not.
func run(o options) (string, bool, error) {
	known, err := readEquivalents(o.equivalents)
	if err != nil {
		return "", false, err
	}
	tmp, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return "", false, err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	mutants, overlay, err := change(o, tmp)
	if err != nil {
		return "", false, err
	}
	t := tests{dir: o.dir, binary: filepath.Join(tmp, "mutants.test"), tmp: tmp}
	if err := t.build(overlay); err != nil {
		return "", false, err
	}
	if err := t.sane(); err != nil {
		return "", false, err
	}
	if o.again != "" {
		report, err := os.ReadFile(o.again)
		if err != nil {
			return "", false, err
		}
		lines := strings.Split(string(report), "\n")
		mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !slices.Contains(lines, m.key()) })
		known = nil
	}
	alive := t.all(mutants, o.parallel)
	text, survivors := report(mutants, alive, known)
	return text, survivors, nil
}

// report lists what survived, by file and line.
func report(mutants []mutant, alive []bool, known map[string]string) (string, bool) {
	var w strings.Builder
	left := maps.Clone(known)
	survived, equivalent, open := 0, 0, 0
	for i := range mutants {
		m := &mutants[i]
		if !alive[i] {
			continue
		}
		if why, ok := known[m.key()]; ok {
			if strings.HasPrefix(why, "open:") {
				open++
			} else {
				equivalent++
			}
			delete(left, m.key())
			continue
		}
		survived++
		fmt.Fprintf(&w, "survived at line %d:\n%s\n", m.line, m.key())
	}
	for _, key := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(&w, "listed as changing nothing, but killed or gone:\n%s\n", key)
	}
	fmt.Fprintf(&w, "%d changes: %d killed, %d change nothing, %d known to survive, %d survived\n",
		len(mutants), len(mutants)-survived-equivalent-open, equivalent, open, survived)
	return w.String(), survived+len(left) > 0
}

// readEquivalents reads the changes that change nothing, and why.
func readEquivalents(path string) (map[string]string, error) {
	known := map[string]string{}
	if path == "" {
		return known, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	why := ""
	for i, line := range strings.Split(string(text), "\n") {
		switch reason, comment := strings.CutPrefix(line, "# "); {
		case comment:
			why = reason
		case strings.TrimSpace(line) == "":
			why = ""
		case why == "":
			return nil, fmt.Errorf("%s:%d: no reason stands above it", path, i+1)
		default:
			known[line] = why
		}
	}
	return known, nil
}

// change writes the files with their mutants to tmp, and the overlay that puts them in place.
func change(o options, tmp string) ([]mutant, map[string]string, error) {
	fset := token.NewFileSet()
	paths, err := filepath.Glob(filepath.Join(o.dir, "*.go"))
	if err != nil {
		return nil, nil, err
	}
	sources, files := map[string]string{}, []*ast.File(nil)
	for _, path := range slices.DeleteFunc(paths, func(p string) bool { return strings.HasSuffix(p, "_test.go") }) {
		src, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		file, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		sources[path], files = string(src), append(files, file)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := config.Check(o.dir, fset, files, info)
	if err != nil {
		return nil, nil, err
	}
	var mutants []mutant
	overlay := map[string]string{}
	for _, file := range files {
		path := fset.Position(file.Pos()).Filename
		if len(o.files) > 0 && !slices.Contains(o.files, filepath.Base(path)) {
			continue
		}
		w := &writer{fset: fset, pkg: pkg, name: filepath.Base(path), src: sources[path], mutants: &mutants}
		(&finder{writer: w, info: info}).declarations(file)
		if err := put(overlay, path, filepath.Join(tmp, w.name), w.rendered()); err != nil {
			return nil, nil, err
		}
	}
	added := filepath.Join(o.dir, "zz_mutants.go")
	return mutants, overlay, put(overlay, added, filepath.Join(tmp, "zz_mutants.go"), fmt.Sprintf(asleep, pkg.Name()))
}

func put(overlay map[string]string, path, instead, text string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	overlay[path] = instead
	return os.WriteFile(instead, []byte(text), 0o600) //nolint:gosec // into a folder of its own making
}

// tests is the binary with the tests of the package, and everything changed in it.
type tests struct {
	dir, binary, tmp string
	longest          []time.Duration // of each stage
}

func (t *tests) build(overlay map[string]string) error {
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	path := filepath.Join(t.tmp, "overlay.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	dir, err := filepath.Abs(t.dir)
	if err != nil {
		return err
	}
	c := exec.CommandContext(context.Background(), "go", "test", "-c", "-vet=off", "-overlay", path, "-o", t.binary, ".") //nolint:gosec // it builds the package it was told to
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// The quickest tests come first; what they let live meets the next, and at last all of them.
var (
	slow   = "TestDecideAllocatesNothing|TestPacks.*"
	stages = [][]string{
		{"-test.skip=^(TestCases|TestAnswers.*|" + slow + ")$", "-rapid.checks=40"},
		{"-test.run=^TestAnswers"},
		{"-test.skip=^(TestAnswers.*|" + slow + ")$", "-rapid.checks=400"},
	}
)

// sane checks that the tests pass while every mutant sleeps, and sees how long they take.
func (t *tests) sane() error {
	t.longest = make([]time.Duration, len(stages))
	for i, args := range stages {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
		c := t.command(ctx, 0, args)
		out, err := c.CombinedOutput()
		cancel()
		if err != nil {
			return fmt.Errorf("the tests fail on the code as it is: %w\n%s", err, out)
		}
		t.longest[i] = c.ProcessState.UserTime() + c.ProcessState.SystemTime()
	}
	return nil
}

func (t *tests) command(ctx context.Context, id int, args []string) *exec.Cmd {
	args = append([]string{"-test.failfast", "-test.short", "-rapid.seed=1", "-rapid.nofailfile", "-rapid.shrinktime=0s"}, args...)
	c := exec.CommandContext(ctx, t.binary, args...) //nolint:gosec // it runs what it built
	c.Dir = t.dir
	c.Env = append(c.Environ(), "LECITO_MUTANT="+strconv.Itoa(id))
	return c
}

// all runs the tests on every mutant and tells which ones live.
func (t *tests) all(mutants []mutant, parallel int) []bool {
	alive := make([]bool, len(mutants))
	next := make(chan int)
	var group sync.WaitGroup
	for range parallel {
		group.Go(func() {
			for i := range next {
				alive[i] = t.passes(mutants[i].id)
			}
		})
	}
	for i := range mutants {
		next <- i
		if (i+1)%200 == 0 {
			fmt.Fprintf(os.Stderr, "%d of %d\n", i+1, len(mutants))
		}
	}
	close(next)
	group.Wait()
	return alive
}

// passes tells whether the tests pass; tests that do not end do not.
func (t *tests) passes(id int) bool {
	for i, args := range stages {
		ctx, cancel := context.WithTimeout(context.Background(), 10*t.longest[i]+10*time.Second)
		err := t.command(ctx, id, args).Run()
		cancel()
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			return false
		}
		if err != nil {
			panic(err) // the binary can't be run at all
		}
	}
	return true
}
