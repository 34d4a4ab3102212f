// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/lecito/lecito/internal/problem"
)

// Server is where messages are handed over.
type Server struct {
	host     string
	address  string
	user     string
	password string
	direct   bool // TLS from the first byte (RFC 8314), not by STARTTLS
	plain    bool // on this very machine: TLS only where it is offered
	roots    *x509.CertPool
	key      *Key
}

// patience is how long one hand-over may take.
const patience = time.Minute

// ParseServer reads an address such as smtps://user@mail.example:465 (TLS from
// the first byte) or smtp://user@mail.example:587 (STARTTLS, without which
// nothing is sent unless the server is this very machine). The password stands
// elsewhere: an address can be read by everybody who lists processes. key signs
// what is sent; nil: nothing is signed.
func ParseServer(address, password string, key *Key) (*Server, error) {
	wrong := problem.New(problem.Invalid, "mail_server", "A mail server is written as smtps://user@mail.example:465 or smtp://user@mail.example:587, without the password.")
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, wrong
	}
	if _, has := u.User.Password(); has {
		return nil, wrong
	}
	s := &Server{host: u.Hostname(), user: u.User.Username(), password: password, direct: u.Scheme == "smtps", key: key}
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "465", false: "587"}[s.direct]
	}
	s.address = net.JoinHostPort(s.host, port)
	ip := net.ParseIP(s.host)
	s.plain = s.host == "localhost" || ip != nil && ip.IsLoopback()
	return s, nil
}

// Send hands a message over. It is a problem of kind Invalid where the server
// will never take it, of kind Unavailable where it may later.
func (s *Server) Send(ctx context.Context, m Message) error {
	raw, err := compose(&m, s.key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.deliver(ctx, m, raw); err != nil {
		return outcome(ctx, err)
	}
	return nil
}

func (s *Server) deliver(ctx context.Context, m Message, raw []byte) error {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	if s.user != "" {
		if err := c.Auth(sasl.NewPlainClient("", s.user, s.password)); err != nil {
			return err
		}
	}
	if err := c.SendMail(m.From.Mailbox, []string{m.To}, bytes.NewReader(raw)); err != nil {
		return err
	}
	_ = c.Quit() // it has been taken, whatever is said now
	return nil
}

// dial connects, and has TLS begin.
func (s *Server) dial(ctx context.Context) (*smtp.Client, error) {
	secure := &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}
	if s.direct {
		conn, err := (&tls.Dialer{Config: secure}).DialContext(ctx, "tcp", s.address)
		if err != nil {
			return nil, err
		}
		return smtp.NewClient(conn), nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	if s.plain && s.user == "" { // nothing leaves the machine, and there is no password to read
		return smtp.NewClient(conn), nil
	}
	c, err := smtp.NewClientStartTLS(conn, secure)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

// outcome tells what will never be taken from what may be later. The server's
// words stay out of it: they quote the address.
func outcome(ctx context.Context, err error) error {
	if refused, ok := errors.AsType[*smtp.SMTPError](err); ok && !refused.Temporary() {
		return problem.Newf(problem.Invalid, "mail_refused", "The mail server refused the message, with code %d.", refused.Code)
	}
	if ctx.Err() == nil {
		ctx = context.Background()
	}
	return problem.New(problem.Unavailable, "mail_unavailable", "The mail server could not be reached, or does not take the message now.").Because(context.Cause(ctx))
}
