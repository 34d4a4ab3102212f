// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Env is where and how measuring is done.
type Env struct {
	Dir      string        // what is kept from run to run: programs, stores, lists
	Size     int           // subjects
	Rows     int           // of a list of contacts
	Pairs    int           // how often each side is measured
	Load     time.Duration // of one measurement under load
	Postgres string        // URL of a server where databases may be made; "": lines that need it fail
	Product  string        // name of the product's program; "": lecito
	Peers    string        // folder of the peers' programs; "": beside the product's
	Out      io.Writer     // for people

	held    *inside // of inside
	heldDir string
	copies  map[int]store // of scratch, by size
}

// close ends what lines have left for the next ones: the store in this process, and
// the copies.
func (e *Env) close() error {
	failed := e.release()
	for size, s := range e.copies {
		failed = errors.Join(failed, os.RemoveAll(filepath.Dir(s.dir)))
		delete(e.copies, size)
	}
	return failed
}

func (e *Env) say(format string, args ...any) { _, _ = fmt.Fprintf(e.Out, format+"\n", args...) }

// program is a program that run.sh, or a test, has built.
func (e *Env) program(name string) string { return filepath.Join(e.Dir, "bin", name) }

// lecito runs the product's command line to its end and returns what it wrote.
func (e *Env) lecito(ctx context.Context, args ...string) ([]byte, error) {
	return output(exec.CommandContext(ctx, e.program(cmp.Or(e.Product, "lecito")), args...))
}

// Errors of a line that lacks what its peer needs.
var (
	errNoPeer     = errors.New("the programs of bench/peers are not built: make bench builds them")
	errNoPostgres = errors.New("this line needs a PostgreSQL server: make bench starts one")
)

// peer is the path of a peer's program.
func (e *Env) peer(name string) (string, error) {
	path := filepath.Join(e.Peers, name)
	if e.Peers == "" {
		path = e.program(name)
	}
	if _, err := os.Stat(path); err != nil {
		return "", errNoPeer
	}
	return path, nil
}

// output runs a command; its complaint is part of the error.
func output(cmd *exec.Cmd) ([]byte, error) {
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, tail(complaint.Bytes()))
	}
	return out, nil
}

func tail(b []byte) []byte { return bytes.TrimSpace(b[max(0, len(b)-500):]) }

// temporary makes a folder that goes when the pair is closed.
func (e *Env) temporary(p *Pair) (string, error) {
	if err := os.MkdirAll(e.Dir, 0o700); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(e.Dir, "scratch-")
	p.after(func() error { return os.RemoveAll(dir) })
	return dir, err
}

// process is a program that runs beside us.
type process struct {
	cmd  *exec.Cmd
	done chan error
	tail *bytes.Buffer // the last of its complaints; read after done
}

// start starts a program and waits until one of its lines has found what it looks
// for; the lines come from standard error, or from standard output.
func start(cmd *exec.Cmd, complaints bool, ready func(line string) bool) (*process, error) {
	pipe, err := cmd.StdoutPipe()
	if complaints {
		cmd.Stdout = nil
		pipe, err = cmd.StderrPipe()
	}
	if err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan error, 1), tail: &bytes.Buffer{}}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	found, read := make(chan bool, 1), make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(pipe)
		lines.Buffer(nil, 1<<20)
		waiting := true
		for lines.Scan() {
			if waiting && ready(lines.Text()) {
				waiting = false
				found <- true
			}
			if p.tail.Len() > 1<<16 {
				p.tail.Reset()
			}
			p.tail.WriteString(lines.Text() + "\n")
		}
		if waiting {
			found <- false
		}
	}()
	go func() {
		<-read
		p.done <- cmd.Wait()
	}()
	if !<-found {
		return nil, fmt.Errorf("%s ended: %w: %s", filepath.Base(cmd.Path), <-p.done, tail(p.tail.Bytes()))
	}
	return p, nil
}

// stop asks the program to end and waits for it.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case err := <-p.done:
		if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == -1 {
			return nil // it does not catch the signal
		}
		return err
	case <-time.After(2 * time.Minute):
		_ = p.cmd.Process.Kill()
		return fmt.Errorf("%s did not stop", filepath.Base(p.cmd.Path))
	}
}
