// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/problem"
)

// Limits are rates a second; a burst is twenty times as much. Zero takes the default.
type Limits struct {
	Key     float64 // calls of one API key: 10000
	Address float64 // calls from one network address without a key, or with a public one: 20
	Wrong   float64 // wrong credentials from one address: 1
}

// remembered is how many keys and addresses each limit keeps in mind: the
// memory it may take. Who is forgotten starts with a full bucket.
const remembered = 20_000

const burst = 20

// limiters are the buckets of keys and addresses.
type limiters struct {
	clock                  clock.Clock
	keys, addresses, wrong *Rate
}

func newLimiters(l Limits, c clock.Clock) *limiters {
	l.Key, l.Address, l.Wrong = cmp.Or(l.Key, 10_000), cmp.Or(l.Address, 20), cmp.Or(l.Wrong, 1)
	of := func(perSecond float64) *Rate { return NewRate(perSecond, max(1, int(perSecond*burst))) }
	return &limiters{clock: c, keys: of(l.Key), addresses: of(l.Address), wrong: of(l.Wrong)}
}

// Rate holds each of many callers to so many calls a second, and a burst.
type Rate struct {
	perSecond rate.Limit
	burst     int
	buckets   *lru.Cache[string, *rate.Limiter]
}

// NewRate returns a rate that nobody has used yet.
func NewRate(perSecond float64, burst int) *Rate {
	c, err := lru.New[string, *rate.Limiter](remembered)
	if err != nil {
		panic(err) // the size is positive
	}
	return &Rate{rate.Limit(perSecond), burst, c}
}

// Allow takes one call of somebody's, where they have one left.
func (r *Rate) Allow(who string, now time.Time) bool {
	l, ok := r.buckets.Get(who)
	if !ok {
		l = rate.NewLimiter(r.perSecond, r.burst)
		if first, there, _ := r.buckets.PeekOrAdd(who, l); there {
			l = first
		}
	}
	return l.AllowN(now, 1)
}

func (l *limiters) key(id string) error {
	return l.take(l.keys, id)
}

func (l *limiters) address(a string) error {
	if a == "" {
		return nil
	}
	return l.take(l.addresses, a)
}

// blame notes a wrong credential. Good ones of the same address are served all
// the same: a mistake in one program must not lock its neighbours out.
func (l *limiters) blame(a string) error {
	return l.take(l.wrong, a)
}

func (l *limiters) take(r *Rate, who string) error {
	if r.Allow(who, l.clock.Now()) {
		return nil
	}
	return tooMany()
}

func tooMany() error {
	return problem.New(problem.TooMany, "too_many_requests", "Too many requests in a short time. Wait a second and try again.")
}

// address is the network a call comes from: an IPv4 address or an IPv6 /64,
// which is what one customer of a network holds. "" for a local connection.
func (s *Server) address(r *http.Request) string {
	if r.Context().Value(localKey{}) != nil {
		return ""
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	addr = s.behind(addr.Unmap().WithZone(""), r.Header.Values("X-Forwarded-For"))
	if addr.Is4() {
		return addr.String()
	}
	prefix, err := addr.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

// behind is whom a trusted proxy speaks for: it has added the address it was
// called from at the end of the header, and there may be several in a row. What
// stands before the first address that is no proxy's, anybody can have written.
func (s *Server) behind(addr netip.Addr, forwarded []string) netip.Addr {
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for _, hop := range slices.Backward(hops) {
		given, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !slices.ContainsFunc(s.config.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			break
		}
		addr = given.Unmap().WithZone("")
	}
	return addr
}

// How long a body and an answer may take to travel. What is done in between has
// limits of its own. A stream may take as long as it moves.
const (
	readTime   = 30 * time.Second
	writeTime  = 60 * time.Second
	streamTime = 2 * time.Minute
)

// deadlines bound a call that does not stream: its body must arrive in time.
// When it has, the deadline goes, or net/http would take it for the caller having
// hung up. Connections that know no deadlines, as a test's, have none. What is
// left of the last call's for writing does no harm: the answer sets its own. Only
// who waits to be told to go on is written to before that.
func deadlines(w http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(w)
	if r.Header.Get("Expect") != "" {
		_ = c.SetWriteDeadline(time.Time{})
	}
	if r.Body == nil || r.Body == http.NoBody {
		_ = c.SetReadDeadline(time.Time{})
		return
	}
	_ = c.SetReadDeadline(clock.System{}.Now().Add(readTime))
	r.Body = timedBody{r.Body, c}
}

type timedBody struct {
	io.ReadCloser
	control *http.ResponseController
}

// Read implements io.Reader.
func (b timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// stream lets body and answer go on, both ways at once, while they move.
func stream(w http.ResponseWriter, body io.ReadCloser) (http.ResponseWriter, io.ReadCloser) {
	c := http.NewResponseController(w)
	if err := c.EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		panic(err) // HTTP/1 and HTTP/2 can
	}
	m := &moving{control: c}
	m.move()
	return movingWriter{w, m}, movingBody{body, m}
}

// moving pushes both deadlines on: reading and writing go on in one handler,
// and while one moves the other may wait.
type moving struct {
	control *http.ResponseController
	read    atomic.Bool // the body has been read to its end
}

func (m *moving) move() {
	end := clock.System{}.Now().Add(streamTime)
	if !m.read.Load() {
		_ = m.control.SetReadDeadline(end)
	}
	_ = m.control.SetWriteDeadline(end)
}

type movingWriter struct {
	http.ResponseWriter
	m *moving
}

// Write implements http.ResponseWriter.
func (w movingWriter) Write(b []byte) (int, error) {
	w.m.move()
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type movingBody struct {
	io.ReadCloser
	m *moving
}

// Read implements io.Reader.
func (b movingBody) Read(p []byte) (int, error) {
	b.m.move()
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.m.read.Store(true)
	}
	return n, err
}
