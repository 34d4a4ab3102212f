// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// store is a store filled with invented people, kept from run to run.
type store struct {
	dir  string
	size int
	asOf time.Time // the people are invented as of this day
	zone *time.Location
}

// chunk is how many people are imported at once: the step that a build that was
// cut off takes up again.
const chunk = 50_000

// store returns the store of so many people, and makes it through the product's
// own import where it is not there yet.
func (e *Env) store(ctx context.Context, size int) (store, error) {
	s := store{dir: filepath.Join(e.Dir, fmt.Sprintf("store-%d", size)), size: size}
	var err error
	if s.zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
		return s, err
	}
	if _, err := os.Stat(s.dir); errors.Is(err, fs.ErrNotExist) {
		if err := e.build(ctx, s); err != nil {
			return s, fmt.Errorf("build a store of %d people: %w", size, err)
		}
	}
	s.asOf, err = readDay(filepath.Join(s.dir, "as-of"))
	return s, err
}

func readDay(name string) (time.Time, error) {
	raw, err := os.ReadFile(name)
	if err != nil {
		return time.Time{}, err
	}
	return time.Parse(time.DateOnly, strings.TrimSpace(string(raw)))
}

// build makes the store beside its place and moves it there when it is whole.
func (e *Env) build(ctx context.Context, s store) error {
	building := s.dir + ".building"
	if err := os.MkdirAll(building, 0o700); err != nil {
		return err
	}
	asOf, err := readDay(filepath.Join(building, "as-of"))
	if errors.Is(err, fs.ErrNotExist) {
		asOf = time.Now().UTC().Truncate(24 * time.Hour)
		err = os.WriteFile(filepath.Join(building, "as-of"), []byte(asOf.Format(time.DateOnly)), 0o600)
	}
	if err != nil {
		return err
	}
	if err := e.declare(ctx, building); err != nil {
		return err
	}
	done := filepath.Join(building, "done")
	raw, _ := os.ReadFile(done) // none: nothing is done
	from, _ := strconv.Atoi(string(raw))
	for ; from < s.size; from += chunk {
		to := min(from+chunk, s.size)
		begin := time.Now()
		if err := e.importPeople(ctx, building, asOf, from, to); err != nil {
			return err
		}
		if err := os.WriteFile(done, []byte(strconv.Itoa(to)), 0o600); err != nil {
			return err
		}
		e.say("  store: %d of %d people (%.0f people/s)", to, s.size, float64(to-from)/time.Since(begin).Seconds())
	}
	return os.Rename(building, s.dir)
}

// declare applies the invented shop's declaration to a data folder.
func (e *Env) declare(ctx context.Context, dir string, more ...string) error {
	file := filepath.Join(dir, "shop.yaml")
	if err := os.WriteFile(file, []byte(declaration()), 0o600); err != nil {
		return err
	}
	_, err := e.lecito(ctx, append([]string{"apply", file, "--data", dir}, more...)...)
	return err
}

// importPeople takes in the acts of people as the exports of the four forms.
func (e *Env) importPeople(ctx context.Context, dir string, asOf time.Time, from, to int) error {
	names, rows, err := exports(dir, asOf, from, to)
	if err != nil {
		return err
	}
	for i, name := range names {
		if rows[i] > 0 {
			if _, err := e.lecito(ctx, "import", name, "--source", sources[i].id, "--map", columns, "--data", dir); err != nil {
				return err
			}
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

// exports writes the acts of people as four files, one a form, and counts their rows.
func exports(dir string, asOf time.Time, from, to int) (names []string, rows []int, err error) {
	files := make([]*os.File, len(sources))
	outs := make([]*bufio.Writer, len(sources))
	rows = make([]int, len(sources))
	for i, s := range sources {
		names = append(names, filepath.Join(dir, s.id+".csv"))
		if files[i], err = os.Create(names[i]); err != nil {
			return nil, nil, err
		}
		outs[i] = bufio.NewWriter(files[i])
		fmt.Fprint(outs[i], header)
	}
	for n := from; n < to; n++ {
		p := whole(n, asOf)
		for _, a := range p.acts {
			fmt.Fprint(outs[a.source], p.row(a))
			rows[a.source]++
		}
	}
	for i, out := range outs {
		if err := errors.Join(out.Flush(), files[i].Close()); err != nil {
			return nil, nil, err
		}
	}
	return names, rows, nil
}

// scratch is a copy of the store that lines may write to. One after the other they
// have the same: copying millions takes minutes.
func (e *Env) scratch(ctx context.Context, size int) (store, error) {
	if s, made := e.copies[size]; made {
		return s, nil
	}
	s, err := e.store(ctx, size)
	if err != nil {
		return s, err
	}
	dir, err := os.MkdirTemp(e.Dir, "scratch-")
	if err != nil {
		return s, err
	}
	from := s.dir
	s.dir = filepath.Join(dir, "data")
	if err := copyFolder(from, s.dir); err != nil {
		return s, errors.Join(err, os.RemoveAll(dir))
	}
	if e.copies == nil {
		e.copies = map[int]store{}
	}
	e.copies[size] = s
	return s, nil
}

// copyFolder copies a folder with who may read what: the keys are refused
// otherwise. Sockets are left.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(name, from))
		switch {
		case d.IsDir():
			return os.MkdirAll(target, info.Mode().Perm())
		case d.Type().IsRegular():
			return copyFile(name, target, info.Mode().Perm())
		}
		return nil
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// empty is a store where the shop is declared and nobody is known.
func (e *Env) empty(ctx context.Context, p *Pair, more ...string) (string, error) {
	dir, err := e.temporary(p)
	if err != nil {
		return "", err
	}
	return dir, e.declare(ctx, dir, more...)
}

// everybody calls f with each person of the store.
func (s store) everybody(f func(p person) error) error {
	for n := range s.size {
		if err := f(whole(n, s.asOf)); err != nil {
			return err
		}
	}
	return nil
}
