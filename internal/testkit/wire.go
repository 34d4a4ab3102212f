// SPDX-License-Identifier: Apache-2.0

package testkit

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"
)

// Wire is a wire to PostgreSQL on which statements are counted.
type Wire struct {
	URL string // of the server, by way of the wire

	statements atomic.Int64
}

// Statements is how many have been run so far.
func (w *Wire) Statements() int64 { return w.statements.Load() }

// Tap lays a wire to the server at an address, until the end of the test.
func Tap(t *testing.T, address string) *Wire {
	t.Helper()
	to, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w := &Wire{}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			out, err := net.Dial("tcp", to.Host)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { w.count(in, out); _ = out.Close() }()
		}
	}()
	through := *to
	through.Host = l.Addr().String()
	w.URL = through.String()
	return w
}

// count passes on what a client says, and counts the messages that run a
// statement: Execute and Query. The first message has no letter in front.
func (w *Wire) count(from io.Reader, to io.Writer) {
	in := bufio.NewReader(from)
	for first := true; ; first = false {
		head := make([]byte, 5)
		if first {
			head = head[1:]
		}
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		if !first && (head[0] == 'E' || head[0] == 'Q') {
			w.statements.Add(1)
		}
		size := int64(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
		if _, err := to.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(to, in, size); err != nil {
			return
		}
	}
}
