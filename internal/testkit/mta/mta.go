// SPDX-License-Identifier: Apache-2.0

// Package mta runs a real mail server (Postfix, of the distribution) on loopback
// for tests: it takes messages with and without TLS, for one domain only, and
// puts them where a test can read them.
package mta

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Domain is whose mail the server takes; mail for others it refuses.
const Domain = "posta.example"

// Server is a running mail server.
type Server struct {
	Plain string // smtp://…, without TLS
	TLS   string // smtps://…
	Roots *x509.CertPool

	dir string
}

// Start runs a server until the test ends.
func Start(t *testing.T) *Server {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("Postfix runs for root only")
	}
	program := "/usr/sbin/postfix"
	if _, err := os.Stat(program); err != nil {
		t.Skip("there is no Postfix: scripts/prepare.sh gets it")
	}
	s := &Server{dir: short(t)}
	s.configure(t)
	etc := filepath.Join(s.dir, "etc")
	cmd := exec.CommandContext(t.Context(), program, "-c", etc, "start-fg")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it ends its whole group when it ends
	check(t, cmd.Start())
	t.Cleanup(func() {
		_ = exec.Command(program, "-c", etc, "stop").Run()
		_ = cmd.Wait()
	})
	s.await(t)
	return s
}

// short makes a folder that the server's users may enter.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mta") //nolint:usetesting // the test's own is closed to other users
	check(t, err)
	check(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (s *Server) configure(t *testing.T) {
	t.Helper()
	for _, name := range []string{"etc", "queue", "data", "box"} {
		check(t, os.Mkdir(filepath.Join(s.dir, name), 0o755))
	}
	postfix, err := user.Lookup("postfix")
	check(t, err)
	uid, err := strconv.Atoi(postfix.Uid)
	check(t, err)
	check(t, os.Chown(filepath.Join(s.dir, "data"), uid, -1))
	check(t, os.Chown(filepath.Join(s.dir, "box"), nobody, nobody))
	s.certify(t)
	ports := ports(t, 2)
	s.Plain = fmt.Sprintf("smtp://127.0.0.1:%d", ports[0])
	s.TLS = fmt.Sprintf("smtps://localhost:%d", ports[1])
	write := func(name, text string) {
		check(t, os.WriteFile(filepath.Join(s.dir, "etc", name), []byte(text), 0o600))
	}
	write("main.cf", strings.NewReplacer("DIR", s.dir, "DOMAIN", Domain, "NOBODY", strconv.Itoa(nobody)).Replace(mainConfig))
	write("master.cf", fmt.Sprintf(services, ports[0], ports[1]))
}

// nobody is the user, and group, that messages are delivered as.
const nobody = 65534

const mainConfig = `compatibility_level = 3.6
queue_directory = DIR/queue
data_directory = DIR/data
maillog_file = DIR/log
maillog_file_prefixes = DIR
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = loopback.invalid
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = DOMAIN
virtual_mailbox_base = DIR/box
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:NOBODY
virtual_gid_maps = static:NOBODY
smtpd_tls_chain_files = DIR/chain.pem
smtputf8_enable = no
`

//nolint:dupword // columns
const services = `127.0.0.1:%d inet n - n - - smtpd -o smtpd_tls_security_level=none
127.0.0.1:%d inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
tlsmgr unix - - n 1000? 1 tlsmgr
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`

// Certificate makes one for localhost, and who trusts it.
func Certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	check(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "loopback"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	check(t, err)
	parsed, err := x509.ParseCertificate(der)
	check(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private, Leaf: parsed}, roots
}

// certify writes a certificate for the server to use.
func (s *Server) certify(t *testing.T) {
	t.Helper()
	var certificate tls.Certificate
	certificate, s.Roots = Certificate(t)
	raw, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	check(t, err)
	chain := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})...)
	check(t, os.WriteFile(filepath.Join(s.dir, "chain.pem"), chain, 0o600))
}

func ports(t *testing.T, n int) []int {
	t.Helper()
	var all []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		check(t, err)
		defer func() { _ = l.Close() }()
		all = append(all, l.Addr().(*net.TCPAddr).Port)
	}
	return all
}

// poll asks until it is so; what a server does by itself can only be asked for.
func (s *Server) poll(t *testing.T, what string, so func() bool) {
	t.Helper()
	for range 1500 {
		if so() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	t.Fatalf("%s: not within 30 s; the mail server says:\n%s", what, said)
}

func (s *Server) await(t *testing.T) {
	t.Helper()
	s.poll(t, "the mail server answers", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.Plain, "smtp://"))
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close() }()
		greeting := make([]byte, 3)
		_, err = conn.Read(greeting)
		return err == nil && bytes.Equal(greeting, []byte("220"))
	})
}

// Next waits for a message and takes it out of the box.
func (s *Server) Next(t *testing.T) []byte {
	t.Helper()
	var raw []byte
	s.poll(t, "a message arrives", func() bool {
		names, err := filepath.Glob(filepath.Join(s.dir, "box", "all", "new", "*"))
		check(t, err)
		if len(names) == 0 {
			return false
		}
		raw, err = os.ReadFile(names[0])
		check(t, err)
		check(t, os.Remove(names[0]))
		return true
	})
	return raw
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
