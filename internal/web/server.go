// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Timeouts of connections, and how long calls under way may take at a stop.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	Grace      = 20 * time.Second
)

// Serve answers on the listeners until the context ends, then takes no new
// calls and waits for those under way. What it has answered was durable before.
func Serve(ctx context.Context, handler http.Handler, listeners ...net.Listener) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // it quotes network addresses; calls log themselves
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			if l, ok := c.(localConn); ok {
				return WithLocal(ctx, l.org)
			}
			return ctx
		},
	}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- server.Serve(l) }()
	}
	var failed error
	left := len(listeners)
	select {
	case <-ctx.Done():
	case failed = <-ended:
		left--
	}
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), Grace)
	defer stop()
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close() // what is still under way is cut off, unanswered
	}
	for range left {
		if err := <-ended; failed == nil {
			failed = err
		}
	}
	if failed != nil && !errors.Is(failed, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", failed)
	}
	return nil
}

// Local is a listener whose connections are those of who holds the data folder:
// a socket inside it, or memory of this process. org is as in WithLocal.
func Local(l net.Listener, org string) net.Listener { return localListener{l, org} }

type localListener struct {
	net.Listener
	org string
}

// Accept implements net.Listener.
func (l localListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return localConn{c, l.org}, nil
}

type localConn struct {
	net.Conn
	org string
}

// Memory is a listener inside the process; Dial connects to it.
type Memory struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewMemory returns a listener that only this process can reach.
func NewMemory() *Memory {
	return &Memory{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Dial connects; it fits http.Transport.DialContext.
func (m *Memory) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	mine, theirs := net.Pipe()
	select {
	case m.conns <- theirs:
		return mine, nil
	case <-m.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (m *Memory) Accept() (net.Conn, error) {
	select {
	case c := <-m.conns:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (m *Memory) Close() error {
	m.once.Do(func() { close(m.done) })
	return nil
}

// Addr implements net.Listener.
func (m *Memory) Addr() net.Addr { return memoryAddr{} }

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
