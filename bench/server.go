// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// server is the product, serving a data folder.
type server struct {
	*process

	addr string
	keys []string // API keys; each has a rate limit of its own
}

// serve starts the product on a data folder; it ends with the pair.
func (e *Env) serve(ctx context.Context, p *Pair, dir string, keys int, more ...string) (*server, error) {
	s, err := e.startServer(ctx, dir, more...)
	if err != nil {
		return nil, err
	}
	p.after(s.stop)
	if err := s.warm(ctx); err != nil {
		return nil, err
	}
	for n := range keys {
		key, err := e.apiKey(ctx, dir, n, more...)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// warm waits until the server has everybody in memory: how long that takes is a line of its own.
func (s *server) warm(ctx context.Context) error {
	for ctx.Err() == nil {
		text, err := s.metrics(ctx)
		if err != nil || strings.Contains(text, "\nlecito_index_ready 1\n") {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return ctx.Err()
}

// metrics are the server's. It answers only so many questions a second: one too many waits.
func (s *server) metrics(ctx context.Context) (string, error) {
	for {
		status, text, err := s.get(ctx, "/metrics")
		switch {
		case err != nil || status == http.StatusOK:
			return text, err
		case status != http.StatusTooManyRequests:
			return "", fmt.Errorf("metrics: status %d: %s", status, text)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (s *server) get(ctx context.Context, path string) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, http.NoBody)
	if err != nil {
		return 0, "", err
	}
	answer, err := (&http.Client{Timeout: 10 * time.Second}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(raw), err
}

func (e *Env) apiKey(ctx context.Context, dir string, n int, more ...string) (string, error) {
	args := []string{"apikey", "create", "--name", "bench " + strconv.Itoa(n), "--scope", "choices,check,requests", "--data", dir}
	out, err := e.lecito(ctx, append(args, more...)...)
	return string(bytes.TrimSpace(out)), err
}

// startServer starts the product and returns when it answers.
func (e *Env) startServer(ctx context.Context, dir string, more ...string) (*server, error) {
	s := &server{}
	args := append([]string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, more...)
	var err error
	s.process, err = start(exec.CommandContext(ctx, e.program("lecito"), args...), true, func(line string) bool {
		_, addr, found := strings.Cut(line, "answers on http://")
		s.addr = addr
		return found
	})
	return s, err
}

// rest waits until the server has done next to nothing for half a second.
func (s *server) rest(ctx context.Context) error {
	const window, idle = 500 * time.Millisecond, 10 * time.Millisecond
	last := time.Duration(-1)
	for ctx.Err() == nil {
		text, err := s.metrics(ctx)
		if err != nil {
			return err
		}
		seconds, err := gauge(text, "process_cpu_seconds_total")
		if err != nil {
			return err
		}
		now := time.Duration(seconds * float64(time.Second))
		if last >= 0 && now-last <= idle {
			return nil
		}
		last = now
		time.Sleep(window)
	}
	return ctx.Err()
}

// memory reads a figure of the server's process in bytes: VmRSS, or VmHWM, the
// most it has been since forget.
func (p *process) memory(name string) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(raw), name+":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, fmt.Errorf("the system does not tell %s", name)
	}
	kb, err := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10, err
}

// forget has the system begin anew with VmHWM.
func (p *process) forget() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0o200)
}
