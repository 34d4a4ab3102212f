// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/console"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/internal/web/verify"
	"github.com/lecito/lecito/lawful"
)

// office is the sample shop with the console at its real door.
type office struct {
	testkit.Env

	parts   console.Parts
	secrets *seal.Secrets
	server  *httptest.Server
}

func open(t *testing.T, env testkit.Env, people int) *office {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(env.DB, keys, secrets, env.Clock)
	subjects := subject.New(l, secrets)
	rules := register.New(env.DB, l, l.Create)
	p := console.Parts{
		DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: choice.New(env.DB, l, subjects, rules),
		Standing: standing.New(env.DB, l, subjects, rules), Rights: rights.New(env.DB, l, subjects, rules, keys),
		Access: access.New(env.DB, l, secrets), Clock: env.Clock, Dir: env.Dir,
	}
	p.Lists = lists.New(lists.Parts{DB: env.DB, Ledger: l, Choices: p.Choices, Standing: p.Standing, Rules: rules, Secrets: secrets, Clock: env.Clock, Dir: env.Dir})
	if p.Requests, err = request.New(request.Parts{
		DB: env.DB, Ledger: l, Subjects: subjects, Choices: p.Choices, Register: rules, Keys: keys, Secrets: secrets,
	}); err != nil {
		t.Fatal(err)
	}
	told := sample.Store{DB: env.DB, Clock: env.Clock, Register: rules, Choices: p.Choices, Rights: p.Rights}
	if err := told.Fill(t.Context(), people, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	if err := l.Sequence(t.Context(), sample.Organisation); err != nil {
		t.Fatal(err)
	}
	p.Messages = message.New(message.Parts{DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: p.Choices})
	p.Choices.Follow(p.Messages)
	if p.UI, err = ui.New(); err != nil {
		t.Fatal(err)
	}
	o := &office{Env: env, parts: p, secrets: secrets}
	o.serve(t)
	return o
}

// serve puts the console behind the door everybody comes through.
func (o *office) serve(t *testing.T) {
	t.Helper()
	c, err := console.New(o.parts)
	if err != nil {
		t.Fatal(err)
	}
	proofs, err := verify.New(o.parts.UI)
	if err != nil {
		t.Fatal(err)
	}
	routes := append(slices.Concat(c.Routes(), proofs.Routes()), web.Route{Pattern: "/assets/", Public: true, Quiet: true, Do: func(w http.ResponseWriter, r *http.Request) error {
		o.parts.UI.Assets().ServeHTTP(w, r)
		return nil
	}})
	door := web.New(web.Config{
		Routes: routes, Access: o.parts.Access, Organisations: o.parts.Ledger.Organisations, Page: c.Page,
		Clock: o.Clock, Limits: web.Limits{Key: 1e6, Address: 1e6, Wrong: 1e6},
	})
	o.server = httptest.NewServer(door)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		o.server.CloseClientConnections()
		o.server.Close()
	})
}

// onSQLite opens the office on SQLite: to a browser both stores are one.
func onSQLite(t *testing.T, people int) *office {
	t.Helper()
	env := testkit.Env{Dir: t.TempDir(), Clock: clock.NewManual(testkit.Start())}
	var err error
	if env.DB, err = db.Open(t.Context(), db.Options{Dir: env.Dir, Clock: env.Clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = env.DB.Close() })
	return open(t, env, people)
}

// visitor is somebody with a browser that keeps cookies and runs no scripts.
type visitor struct {
	t      *testing.T
	base   string
	client *http.Client
}

func (o *office) stranger(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, o.server.URL, &http.Client{Jar: jar, Timeout: time.Minute}}
}

// enter signs somebody in, in a role, the way a person does.
func (o *office) enter(t *testing.T, role string) *visitor {
	t.Helper()
	v := o.stranger(t)
	p := v.get(o.invite(t, role))
	p = v.press(p, "main form", nil)
	p.want(t, http.StatusOK)
	return v
}

// invite makes the path of a one-time link.
func (o *office) invite(t *testing.T, role string) string {
	t.Helper()
	_, link, err := o.parts.Access.Invite(t.Context(), access.Local(sample.Organisation), role+"@bottega.example", role)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(web.SignInURL(o.server.URL, link), o.server.URL)
}

// cookie is the session of somebody signed in.
func (v *visitor) cookie() *http.Cookie {
	base, err := url.Parse(v.base)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(base) {
		if c.Name == "lecito" {
			return c
		}
	}
	v.t.Fatal("nobody is signed in")
	return nil
}

// subject finds the page of somebody of the sample.
func (o *office) subject(t *testing.T, email string) string {
	t.Helper()
	id := lawful.Identifier{Kind: lawful.IDEmail, Value: email}
	var chain string
	err := o.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		m, err := o.parts.Subjects.Match(ctx, tx, sample.Organisation, []lawful.Identifier{id})
		if err == nil {
			chain = m.Of(id)[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return "/subjects/" + chain
}

// page is an answer, read.
type page struct {
	*http.Response

	doc *html.Node
	raw string
}

func (v *visitor) get(path string) page {
	v.t.Helper()
	return v.ask(http.MethodGet, path, nil, "")
}

func (v *visitor) ask(method, path string, body io.Reader, kind string) page {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "en")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		v.t.Fatal(err)
	}
	return page{response, doc, string(raw)}
}

func (v *visitor) post(path string, form url.Values) page {
	v.t.Helper()
	return v.ask(http.MethodPost, path, strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
}

// press sends the first form a selector finds, with what it holds and what is typed in.
func (v *visitor) press(p page, selector string, typed url.Values) page {
	v.t.Helper()
	forms := p.find(selector)
	if len(forms) == 0 {
		v.t.Fatalf("the page %s has no %s", p.Request.URL.Path, selector)
	}
	form := url.Values{}
	for _, input := range uitest.Find(forms[0], "input") {
		form.Add(uitest.Attr(input, "name"), uitest.Attr(input, "value"))
	}
	for name, values := range typed {
		form[name] = values
	}
	return v.post(uitest.Attr(forms[0], "action"), form)
}

// upload sends a form with a file.
func (v *visitor) upload(path, field, name, content string, fields ...string) page {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			v.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return v.ask(http.MethodPost, path, &body, w.FormDataContentType())
}

// finished follows a run to its end, as a browser with scripts does.
func (v *visitor) finished(p page) page {
	v.t.Helper()
	box := p.find("section.progress")
	if len(box) == 0 {
		return p
	}
	told := v.get(uitest.Attr(box[0], "data-events")).raw
	if !strings.Contains(told, `"next":"`+p.Request.URL.Path+`"`) {
		v.t.Fatalf("the run does not end: %s", told)
	}
	return v.get(p.Request.URL.Path)
}

// counted opens Today with its figures. The page waits for them, but not for long.
func (v *visitor) counted() page {
	v.t.Helper()
	for range 20 {
		if p := v.get("/"); len(p.find("table.uses")) > 0 {
			return p
		}
	}
	v.t.Fatal("the figures do not come")
	return page{}
}

func (p page) want(t *testing.T, status int) {
	t.Helper()
	if p.StatusCode != status {
		t.Fatalf("%s answers %d, want %d: %s", p.Request.URL.Path, p.StatusCode, status, p.all("main"))
	}
}

func (p page) find(selector string) []*html.Node {
	return uitest.Find(p.doc, strings.Fields(selector)...)
}

// all is the text of everything a selector finds.
func (p page) all(selector string) string {
	var out []string
	for _, n := range p.find(selector) {
		out = append(out, words(n))
	}
	return strings.Join(out, " | ")
}

// has fails unless what the selector finds says the words.
func (p page) has(t *testing.T, selector, want string) {
	t.Helper()
	if got := p.all(selector); !strings.Contains(got, want) {
		t.Errorf("%s of %s says %q, want %q in it", selector, p.Request.URL.Path, got, want)
	}
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
