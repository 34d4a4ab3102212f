// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func filterLines() []Line {
	const against = "DuckDB CSV semi join, two threads"
	return []Line{
		{
			Name: "filter", What: "`lecito filter`, rows of about 80 bytes, through the running server", Against: against,
			Target: ">= 2 x", Unit: "rows/s", Goal: Goal{AtLeast: 2}, Prepare: filterPlain,
		},
		{
			Name: "filter-clearance", What: "the same with `--clearance` and reasons of each row", Against: against,
			Target: ">= 1.4 x", Unit: "rows/s", Goal: Goal{AtLeast: 1.4}, Prepare: filterCleared,
		},
		{
			Name: "filter-memory", What: "working memory of the same, beyond what the server had", Target: "<= 64 MiB",
			Unit: "MiB", Goal: Goal{AtMost: 64}, Prepare: filterMemory,
		},
		{
			Name: "filter-flat", What: "the same, of a list ten times as long", Against: "of the shorter one", Target: "flat: <= 1.25 x",
			Unit: "MiB", Goal: Goal{AtMost: 1.25}, Prepare: filterFlat,
		},
		{
			Name: "filter-cold", What: "`lecito filter`, cold from the on-disk store, no server", Against: "DuckDB, cold from its file",
			Target: ">= 1 x", Unit: "rows/s", Goal: Goal{AtLeast: 1}, Prepare: filterCold,
		},
	}
}

// list is a list of contacts on disk.
type list struct {
	path      string
	rows      int
	permitted int64 // by the second reading of the rules
}

// list writes a list of contacts, about 80 bytes a row: addresses as people type
// them, some of nobody on record.
func (e *Env) list(s store, dir string, rows int) (list, error) {
	l := list{path: filepath.Join(dir, fmt.Sprintf("list-%d.csv", rows)), rows: rows}
	file, err := os.Create(l.path)
	if err != nil {
		return l, err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprint(out, "email,first_name,last_name,city,customer_since,points\n")
	r, now := rand.New(rand.NewPCG(11, uint64(rows))), time.Now()
	cities := [...]string{"Firenze", "Reggio Emilia", "Torino", "Ascoli Piceno", "Bari"}
	for range rows {
		n := r.IntN(s.size + s.size/9 + 1)
		email := address(n)
		if n < s.size && whole(n, s.asOf).standing(purposes[0], channels[0], s.zone).permitted(now) {
			l.permitted++
		}
		if n%10 == 3 {
			email = strings.ToUpper(email[:1]) + strings.Replace(email[1:], "posta", "Posta", 1)
		}
		name, rest, _ := strings.Cut(address(n), ".")
		family := strings.TrimRight(rest[:strings.IndexByte(rest, '@')], "0123456789")
		_, _ = fmt.Fprintf(out, "%s,%s,%s,%s,20%02d-%02d-%02d,%d\n", email, name, family, cities[n%5], 10+n%15, 1+n%12, 1+n%28, 1000+r.IntN(90_000))
	}
	return l, errors.Join(out.Flush(), file.Close())
}

// filterStage is what each line of filtering needs.
type filterStage struct {
	store store
	dir   string
	list  list
}

func (e *Env) filterStage(ctx context.Context, p *Pair, rows int) (filterStage, error) {
	f, _, err := e.filterAlone(ctx, p, rows)
	if err == nil {
		_, err = e.serve(ctx, p, f.store.dir, 0)
	}
	return f, err
}

// filter runs the whole command on a list and returns its rows a second. The
// rows that come out are counted against the second reading of the rules.
func (e *Env) filter(ctx context.Context, data string, l list, more ...string) (float64, error) {
	return e.write(ctx, l, append([]string{"filter", l.path, "--purpose", purposes[0], "--channel", channels[0], "--data", data}, more...)...)
}

// write runs a verb that writes the permitted rows of a list.
func (e *Env) write(ctx context.Context, l list, args ...string) (float64, error) {
	name := l.path + ".out"
	out, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, e.program("lecito"), args...)
	var complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &complaint
	begin := time.Now()
	err = errors.Join(cmd.Run(), out.Close())
	took := time.Since(begin).Seconds()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, tail(complaint.Bytes()))
	}
	return float64(l.rows) / took, l.verify(name)
}

// verify counts the rows that came out.
func (l list) verify(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	var rows int64 = -1 // the header
	buffer := make([]byte, 1<<20)
	for {
		n, err := file.Read(buffer)
		rows += int64(bytes.Count(buffer[:n], []byte{'\n'}))
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if rows != l.permitted {
		return fmt.Errorf("%d rows came out, not %d", rows, l.permitted)
	}
	return nil
}

// duckRun is the peer's side: the same list, the same rows out.
func (e *Env) duckRun(p *engine, l list) (float64, error) {
	out := l.path + ".duck"
	r, err := p.run(l.path + "\t" + out)
	if err != nil {
		return 0, err
	}
	return float64(l.rows) / r.Seconds, l.verify(out)
}

// permittedFile lists who may be written to, one address a line, for a peer to load.
func (f filterStage) permittedFile() (string, error) {
	name := filepath.Join(f.dir, "permitted.csv")
	file, err := os.Create(name)
	if err != nil {
		return "", err
	}
	out, now := bufio.NewWriter(file), time.Now()
	err = f.store.everybody(func(p person) error {
		if p.standing(purposes[0], channels[0], f.store.zone).permitted(now) {
			fmt.Fprint(out, p.email+"\n")
		}
		return nil
	})
	return name, errors.Join(err, out.Flush(), file.Close())
}

// filterPair is the product through its running server against DuckDB in a
// process that is up, with its table in memory.
func filterPair(ctx context.Context, e *Env, p *Pair, more func(dir string) []string) error {
	f, err := e.filterStage(ctx, p, e.Rows)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		return e.filter(ctx, f.store.dir, f.list, more(f.dir)...)
	}
	permitted, err := f.permittedFile()
	if err != nil {
		return err
	}
	duck, err := e.engine(ctx, "duckdb", "", permitted)
	if err != nil {
		return err
	}
	p.after(duck.stop)
	p.Notes = append(p.Notes, duck.name)
	p.Peer = func(context.Context) (float64, error) { return e.duckRun(duck, f.list) }
	p.Notes = append(p.Notes, fmt.Sprintf("%d rows, %d permitted", f.list.rows, f.list.permitted))
	return nil
}

func filterPlain(ctx context.Context, e *Env, p *Pair) error {
	return filterPair(ctx, e, p, func(string) []string { return nil })
}

func filterCleared(ctx context.Context, e *Env, p *Pair) error {
	return filterPair(ctx, e, p, func(dir string) []string {
		return []string{"--clearance", filepath.Join(dir, "clearance"), "--rejected", filepath.Join(dir, "rejected.csv")}
	})
}

// peak is by how much a list raises the memory of a server that has just begun
// and cleared a short list: one that goes on keeps what it needed for the last.
func (e *Env) peak(f filterStage, short, l list) Side {
	return func(ctx context.Context) (figure float64, err error) {
		s, err := e.startServer(ctx, f.store.dir)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		if err := s.warm(ctx); err != nil { // memory that holds everybody is no list's
			return 0, err
		}
		if _, err := e.filter(ctx, f.store.dir, short); err != nil {
			return 0, err
		}
		before, err := s.memory("VmRSS")
		if err != nil {
			return 0, err
		}
		if err := s.forget(); err != nil {
			return 0, err
		}
		if _, err := e.filter(ctx, f.store.dir, l); err != nil {
			return 0, err
		}
		most, err := s.memory("VmHWM")
		return float64(max(1<<20, most-before)) / (1 << 20), err // below a MiB nothing can be told from chance
	}
}

func filterMemory(ctx context.Context, e *Env, p *Pair) error {
	f, short, err := e.filterAlone(ctx, p, e.Rows)
	p.Product = e.peak(f, short, f.list)
	return err
}

func filterFlat(ctx context.Context, e *Env, p *Pair) error {
	f, short, err := e.filterAlone(ctx, p, e.Rows/5)
	if err != nil {
		return err
	}
	long, err := e.list(f.store, f.dir, f.list.rows*10)
	p.Product, p.Peer = e.peak(f, short, long), e.peak(f, short, f.list)
	return err
}

// filterAlone is a stage without a server, and a short list to begin with.
func (e *Env) filterAlone(ctx context.Context, p *Pair, rows int) (f filterStage, short list, err error) {
	if f.store, err = e.store(ctx, e.Size); err != nil {
		return f, short, err
	}
	if f.dir, err = e.temporary(p); err != nil {
		return f, short, err
	}
	if short, err = e.list(f.store, f.dir, min(1000, rows-1)); err != nil {
		return f, short, err
	}
	f.list, err = e.list(f.store, f.dir, rows)
	return f, short, err
}

func filterCold(ctx context.Context, e *Env, p *Pair) error {
	f, _, err := e.filterAlone(ctx, p, e.Rows)
	if err != nil {
		return err
	}
	p.Product = func(ctx context.Context) (float64, error) {
		if err := cold(f.store.dir, f.list.path); err != nil {
			return 0, err
		}
		return e.filter(ctx, f.store.dir, f.list)
	}
	permitted, err := f.permittedFile()
	if err != nil {
		return err
	}
	file := filepath.Join(f.dir, "duck.db")
	duck, err := e.engine(ctx, "duckdb", file, permitted)
	if err != nil {
		return err
	}
	p.Notes = append(p.Notes, duck.name)
	if err := duck.stop(); err != nil {
		return err
	}
	p.Peer = func(ctx context.Context) (float64, error) {
		if err := cold(f.dir); err != nil {
			return 0, err
		}
		begin := time.Now()
		duck, err := e.engine(ctx, "duckdb", file)
		if err != nil {
			return 0, err
		}
		_, err = e.duckRun(duck, f.list)
		took := time.Since(begin).Seconds()
		return float64(f.list.rows) / took, errors.Join(err, duck.stop())
	}
	return nil
}

// cold takes files, and all that folders hold, out of the system's cache.
func cold(paths ...string) error {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			file, err := os.Open(name)
			if err != nil {
				return err
			}
			defer file.Close()
			if err := file.Sync(); err != nil { // what is not written yet stays
				return err
			}
			return unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
