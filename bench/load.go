// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"
)

// loaded is what driving a server came to.
type loaded struct {
	count     int
	seconds   float64
	latencies []time.Duration // sorted
}

func (l loaded) rate() float64 { return float64(l.count) / l.seconds }

// quantile is in milliseconds.
func (l loaded) quantile(q float64) float64 {
	if len(l.latencies) == 0 {
		return 0
	}
	return float64(l.latencies[min(int(q*float64(len(l.latencies))), len(l.latencies)-1)].Microseconds()) / 1000
}

// requests gives each connection what it sends next.
type requests func(connection, n int) []byte

// drive sends requests over so many connections, each waiting for its answer
// before the next. It speaks just enough HTTP/1.1 to cost little beside the
// server it shares the machine with. An answer that is no success ends it.
func drive(ctx context.Context, addr string, connections int, length time.Duration, next requests) (loaded, error) {
	conns := make([]*connection, connections)
	for i := range conns {
		conn, err := dial(ctx, addr)
		if err != nil {
			return loaded{}, err
		}
		defer func() { _ = conn.Close() }() // nothing more is sent
		conns[i] = conn
	}
	end := time.Now().Add(length)
	return together(connections, func(c int) ([]time.Duration, error) {
		var took []time.Duration
		for n, begin := 0, time.Now(); n == 0 || begin.Before(end) && ctx.Err() == nil; n++ {
			if err := conns[c].send(next(c, n)); err != nil {
				return nil, err
			}
			now := time.Now()
			took = append(took, now.Sub(begin))
			begin = now
		}
		return took, nil
	})
}

// together runs workers at once and sums up what they did.
func together(workers int, work func(worker int) ([]time.Duration, error)) (loaded, error) {
	var l loaded
	var mu sync.Mutex
	var all []error
	var wg sync.WaitGroup
	begin := time.Now()
	for w := range workers {
		wg.Go(func() {
			took, err := work(w)
			mu.Lock()
			defer mu.Unlock()
			l.latencies = append(l.latencies, took...)
			if err != nil {
				all = append(all, err)
			}
		})
	}
	wg.Wait()
	l.seconds = time.Since(begin).Seconds()
	l.count = len(l.latencies)
	slices.Sort(l.latencies)
	if len(all) > 0 {
		return l, all[0]
	}
	if l.count == 0 {
		return l, errors.New("nothing was answered")
	}
	return l, nil
}

// connection is one kept open to a server.
type connection struct {
	net.Conn

	in   *bufio.Reader
	body []byte // of the last answer; valid until the next
}

func dial(ctx context.Context, addr string) (*connection, error) {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &connection{Conn: conn, in: bufio.NewReaderSize(conn, 64<<10)}, nil
}

// send sends a request and reads its whole answer.
func (c *connection) send(request []byte) error {
	if err := c.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		return err
	}
	if _, err := c.Write(request); err != nil {
		return err
	}
	status, length, err := c.head()
	if err != nil {
		return err
	}
	c.body = c.body[:0]
	if length >= 0 {
		err = c.take(length)
	} else {
		err = c.chunks()
	}
	if err == nil && (status < 200 || status > 299) {
		err = fmt.Errorf("the server answered %d: %s", status, tail(c.body))
	}
	return err
}

// head reads the status line and the headers; a length of -1 is a body in chunks.
func (c *connection) head() (status, length int, err error) {
	length = -1
	for first := true; ; first = false {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first && len(line) > 12:
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, 0, err
			}
		case len(line) == 0:
			return status, length, nil
		case len(line) > 15 && bytes.EqualFold(line[:15], []byte("Content-Length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return 0, 0, err
			}
		}
	}
}

func (c *connection) take(n int) error {
	at := len(c.body)
	c.body = slices.Grow(c.body, n)[:at+n]
	_, err := io.ReadFull(c.in, c.body[at:])
	return err
}

func (c *connection) chunks() error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.take(int(size)); err != nil {
			return err
		}
		if _, err := c.in.Discard(2); err != nil || size == 0 {
			return err
		}
	}
}

// post makes a request.
func post(path, key string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, key, len(body), body)
}
