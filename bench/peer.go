// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// peerResult is what one run of a peer came to, as bench/peers says it.
type peerResult struct {
	Count   int64   `json:"count"`
	Seconds float64 `json:"seconds"`
	Out     int64   `json:"out"`
}

// engine is a peer that bench/peers runs.
type engine struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	name string // with its version
}

// engine starts a peer and waits until it is ready.
func (e *Env) engine(ctx context.Context, args ...string) (*engine, error) {
	program, err := e.peer("peers")
	if err != nil {
		return nil, err
	}
	p := &engine{cmd: exec.CommandContext(ctx, program, args...)}
	p.cmd.Stderr = e.Out
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	ready, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(args, " "), errors.Join(err, p.cmd.Wait()))
	}
	p.name = strings.TrimSpace(strings.TrimPrefix(ready, "ready:"))
	return p, nil
}

// run has the peer do its work once.
func (p *engine) run(line string) (peerResult, error) {
	var r peerResult
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return r, err
	}
	answer, err := p.out.ReadBytes('\n')
	if err != nil {
		return r, fmt.Errorf("the peer ended: %w", err)
	}
	return r, json.Unmarshal(answer, &r)
}

// stop ends the peer.
func (p *engine) stop() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}

// handlerArgument makes this program, or its tests, the constant handler.
const handlerArgument = "constant-handler"

// constantHandler answers everything with the same JSON, of the size of a
// decision: the least that net/http itself costs. It runs until it is stopped.
func constantHandler(ctx context.Context, out io.Writer) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	answer := []byte(`{"permitted":true,"reason":"consent_given","explanation":"The person gave consent on 12 April 2024 ` +
		`(source: “checkout”).","rule":"consent.given","basis":"consent","evaluated_at":"2026-11-22T10:00:00Z"}` + "\n")
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer)
	})}
	_, _ = fmt.Fprintln(out, "handler on", listener.Addr())
	return s.Serve(listener)
}

// handler starts the constant handler in a process of its own, as the product is.
func (e *Env) handler(ctx context.Context, p *Pair) (addr string, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	running, err := start(exec.CommandContext(ctx, self, handlerArgument), false, func(line string) bool {
		_, addr, _ = strings.Cut(line, "handler on ")
		return addr != ""
	})
	if err != nil {
		return "", err
	}
	p.after(running.stop)
	return addr, nil
}

// freeAddress is an address on this machine that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
