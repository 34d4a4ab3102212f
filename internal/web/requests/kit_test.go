// SPDX-License-Identifier: Apache-2.0

package requests_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/console"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/requests"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

const org = sample.Organisation

// shop is the sample shop with the pages where people ask and the console
// where they are answered, behind the door everybody comes through.
type shop struct {
	testkit.Env

	ledger   *ledger.Ledger
	subjects *subject.Subjects
	standing *standing.Service
	rights   *rights.Service
	requests *request.Service
	access   *access.Service
	links    *link.Links
	pages    *requests.Pages
	server   *httptest.Server

	mu   sync.Mutex
	sent []mail.Message
}

// Send implements requests.Mailer: it keeps what is handed over.
func (s *shop) Send(_ context.Context, m mail.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, m)
	return nil
}

func open(t *testing.T, env testkit.Env, limits web.Limits) *shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	must(t, err)
	secrets := seal.NewSecrets(keys)
	l := ledger.New(env.DB, keys, secrets, env.Clock)
	subjects := subject.New(l, secrets)
	rules := register.New(env.DB, l, l.Create)
	choices := choice.New(env.DB, l, subjects, rules)
	s := &shop{
		Env: env, ledger: l, subjects: subjects, standing: standing.New(env.DB, l, subjects, rules),
		rights: rights.New(env.DB, l, subjects, rules, keys), access: access.New(env.DB, l, secrets),
	}
	told := sample.Store{DB: env.DB, Clock: env.Clock, Register: rules, Choices: choices, Rights: s.rights}
	must(t, told.Fill(t.Context(), 0, func(int, int) {}))
	s.requests, err = request.New(request.Parts{
		DB: env.DB, Ledger: l, Subjects: subjects, Choices: choices, Register: rules, Keys: keys, Secrets: secrets,
	})
	must(t, err)
	drawn, err := ui.New()
	must(t, err)
	holder := http.NewServeMux()
	s.server = httptest.NewServer(holder)
	t.Cleanup(s.server.Close)
	s.links = link.New(secrets, s.server.URL)
	s.pages, err = requests.New(requests.Config{
		DB: env.DB, Subjects: subjects, Register: rules, Requests: s.requests, Links: s.links, Mail: s, From: "ciao@bottega.example", UI: drawn,
	})
	must(t, err)
	people, err := centre.New(centre.Config{ // the pages wear the look that it serves
		DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: choices, Standing: s.standing, Links: s.links,
		Codes: s.access, Mail: s, From: "ciao@bottega.example", UI: drawn,
	})
	must(t, err)
	office, err := console.New(console.Parts{
		DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: choices, Standing: s.standing, Rights: s.rights, Requests: s.requests,
		Access: s.access, UI: drawn, Clock: env.Clock, Dir: env.Dir,
		Lists: lists.New(lists.Parts{DB: env.DB, Ledger: l, Choices: choices, Standing: s.standing, Rules: rules, Secrets: secrets, Clock: env.Clock, Dir: env.Dir}),
	})
	must(t, err)
	serve := func(h http.Handler) func(http.ResponseWriter, *http.Request) error {
		return func(w http.ResponseWriter, r *http.Request) error { h.ServeHTTP(w, r); return nil }
	}
	routes := append(office.Routes(), web.Route{Pattern: "/b/", Public: true, Do: serve(people)},
		web.Route{Pattern: "/r/", Public: true, Do: serve(s.pages)}, web.Route{Pattern: "/assets/", Public: true, Do: serve(drawn.Assets())})
	holder.Handle("/", web.New(web.Config{
		Routes: routes, Access: s.access, Organisations: l.Organisations, Page: office.Page, Clock: env.Clock, Limits: limits,
	}))
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { office.Run(ctx) })
	t.Cleanup(func() { stop(); work.Wait() })
	return s
}

// easy holds nobody back.
func easy() web.Limits { return web.Limits{Key: 1e6, Address: 1e6, Wrong: 1e6} }

// forABrowser opens the shop on SQLite: to a browser both stores are one.
func forABrowser(t *testing.T) *shop {
	t.Helper()
	env := testkit.Env{Dir: t.TempDir(), Clock: clock.NewManual(testkit.Start())}
	var err error
	env.DB, err = db.Open(t.Context(), db.Options{Dir: env.Dir, Clock: env.Clock})
	must(t, err)
	t.Cleanup(func() { _ = env.DB.Close() })
	return open(t, env, easy())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// work does once what the worker does.
func (s *shop) work(t *testing.T) {
	t.Helper()
	must(t, s.requests.Work(t.Context(), org, s.pages))
}

// mailed gives the messages handed over since the last time.
func (s *shop) mailed() []mail.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.sent
	s.sent = nil
	return out
}

var inText = regexp.MustCompile(`https?://\S+`)

// linkIn is the address a message leads to.
func linkIn(t *testing.T, m mail.Message) string {
	t.Helper()
	found := inText.FindString(m.Text)
	if found == "" {
		t.Fatalf("no link in %q", m.Text)
	}
	return found
}

// centre is somebody's link to their preference centre.
func (s *shop) centre(t *testing.T, address string) string {
	t.Helper()
	return s.scoped(t, address, "")
}

// scoped is one that opens no more than its scope.
func (s *shop) scoped(t *testing.T, address, scope string) string {
	t.Helper()
	id := lawful.Identifier{Kind: lawful.IDEmail, Value: address}
	var made string
	must(t, s.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		m, err := s.subjects.Match(ctx, tx, org, []lawful.Identifier{id})
		if err != nil {
			return err
		}
		made, err = s.links.Centre(ctx, tx, link.To{Org: org, Subject: m.Of(id)[0], Identifier: id, Expires: tx.Now().Add(time.Hour), Scope: scope})
		return err
	}))
	return made[strings.LastIndexByte(made, '/')+1:]
}

// page is an answer, read.
type page struct {
	*http.Response

	doc  *html.Node
	text string
}

func (p page) all(selector string) string {
	return uitest.All(p.doc, strings.Fields(selector)...)
}

// browser is somebody with cookies and without scripts.
func (s *shop) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &http.Client{Jar: jar, Timeout: time.Minute}
}

// ask sends a form, or reads a page where there is none, and follows where it is sent.
func (s *shop) ask(t *testing.T, c *http.Client, address string, form url.Values, headers ...string) page {
	t.Helper()
	method := http.MethodGet
	var body io.Reader
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	if strings.HasPrefix(address, "/") {
		address = s.server.URL + address
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	must(t, err)
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.Do(r)
	must(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	must(t, err)
	doc, err := html.Parse(bytes.NewReader(raw))
	must(t, err)
	return page{response, doc, string(raw)}
}

// fill fills the form in as a stranger does.
func fill(kind, email, message string) url.Values {
	return url.Values{"kind": {kind}, "email": {email}, "message": {message}, "once": {""}}
}

// office signs somebody in.
func (s *shop) office(t *testing.T, role string) *http.Client {
	t.Helper()
	_, link, err := s.access.Invite(t.Context(), access.Local(org), role+"@bottega.example", role)
	must(t, err)
	c := s.browser(t)
	s.ask(t, c, web.SignInURL(s.server.URL, link), url.Values{})
	return c
}

func (s *shop) stand(t *testing.T, email string) lawful.Reason {
	t.Helper()
	d, err := s.standing.Check(t.Context(), access.Local(org), standing.Question{
		Subject: choice.Subject{Email: email}, Purpose: "newsletter", Channel: "email",
	})
	must(t, err)
	return d.Reason
}
