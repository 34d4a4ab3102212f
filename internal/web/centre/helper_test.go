// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// shop is the sample shop with its named people, and the pages they see.
type shop struct {
	testkit.Env

	ledger   *ledger.Ledger
	subjects *subject.Subjects
	choices  *choice.Service
	register *register.Service
	standing *standing.Service
	rights   *rights.Service
	links    *link.Links
	secrets  *seal.Secrets
	messages *message.Service
	sender   *message.Sender
	server   *httptest.Server
	mail     *sent
}

// sent hands messages over, and tells of each.
type sent struct {
	centre.Mailer
	messages chan mail.Message
}

func (s *sent) Send(ctx context.Context, m mail.Message) error {
	err := s.Mailer.Send(ctx, m)
	if err == nil {
		s.messages <- m
	}
	return err
}

func open(t *testing.T, env testkit.Env) *shop {
	t.Helper()
	keys, err := seal.Open(filepath.Join(env.Dir, "keys"), env.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	secrets := seal.NewSecrets(keys)
	l := ledger.New(env.DB, keys, secrets, env.Clock)
	subjects := subject.New(l, secrets)
	rules := register.New(env.DB, l, l.Create)
	s := &shop{
		Env: env, ledger: l, register: rules, subjects: subjects, choices: choice.New(env.DB, l, subjects, rules),
		standing: standing.New(env.DB, l, subjects, rules), rights: rights.New(env.DB, l, subjects, rules, keys),
	}
	told := sample.Store{DB: env.DB, Clock: env.Clock, Register: rules, Choices: s.choices, Rights: s.rights}
	if err := told.Fill(t.Context(), 0, func(int, int) {}); err != nil {
		t.Fatal(err)
	}
	s.seal(t)
	s.secrets = secrets
	s.mail = &sent{mail.NewFolder(filepath.Join(env.Dir, "outbox"), nil), make(chan mail.Message, 10)}
	mux := http.NewServeMux()
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	s.links = link.New(secrets, s.server.URL)
	drawn, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	s.messages = message.New(message.Parts{DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: s.choices})
	s.choices.Follow(s.messages)
	pages, err := centre.New(centre.Config{
		DB: env.DB, Ledger: l, Subjects: subjects, Register: rules, Choices: s.choices, Standing: s.standing, Links: s.links, UI: drawn,
		Codes: access.New(env.DB, l, secrets), Messages: s.messages, Mail: s.mail, From: "ciao@bottega.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.sender = s.messages.Sender(message.Outlet{Links: s.links, Writer: pages, Mail: s.mail, From: "ciao@bottega.example"})
	background, end := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { pages.Run(background) })
	t.Cleanup(func() { end(); work.Wait() })
	mux.Handle("/", pages)
	mux.Handle("/assets/", drawn.Assets())
	return s
}

// seal takes what is open into the log, as the sequencer does each second.
func (s *shop) seal(t *testing.T) {
	t.Helper()
	if err := s.ledger.Sequence(t.Context(), sample.Organisation); err != nil {
		t.Fatal(err)
	}
}

func email(value string) lawful.Identifier {
	return lawful.Identifier{Kind: lawful.IDEmail, Value: value}
}

// to finds somebody of the sample by their address.
func (s *shop) to(t *testing.T, address string) link.To {
	t.Helper()
	to := link.To{Org: sample.Organisation, Identifier: email(address), Expires: s.Clock.Now().Add(link.Life)}
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		m, err := s.subjects.Match(ctx, tx, to.Org, []lawful.Identifier{to.Identifier})
		if err == nil {
			to.Subject = m.Of(to.Identifier)[0]
		}
		return err
	})
	return to
}

func (s *shop) read(t *testing.T, f func(context.Context, *db.ReadTx) error) {
	t.Helper()
	if err := s.DB.Read(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

// link makes the address of somebody's preference centre.
func (s *shop) link(t *testing.T, to link.To) string {
	t.Helper()
	var address string
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		address, err = s.links.Centre(ctx, tx, to)
		return err
	})
	return address
}

func (s *shop) unsubscribe(t *testing.T, to link.To, channel string) string {
	t.Helper()
	var address string
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		address, err = s.links.Unsubscribe(ctx, tx, to, link.Stop{Channel: channel})
		return err
	})
	return address
}

// stand tells why we may or may not write to somebody.
func (s *shop) stand(t *testing.T, who choice.Subject, purpose, channel string) lawful.Reason {
	t.Helper()
	d, err := s.standing.Check(t.Context(), access.Local(sample.Organisation), standing.Question{Subject: who, Purpose: purpose, Channel: channel})
	if err != nil {
		t.Fatal(err)
	}
	return d.Reason
}

// page is an answer, read.
type page struct {
	*http.Response

	doc  *html.Node
	text string
}

// browse asks as a browser without scripts does, and follows where it is sent.
func browse(t *testing.T, method, address string, form url.Values, headers ...string) page {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "en")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return page{response, doc, string(raw)}
}

func (s *shop) see(t *testing.T, address string) page {
	t.Helper()
	p := browse(t, http.MethodGet, address, nil)
	if p.StatusCode != http.StatusOK {
		t.Fatalf("the page answers %d: %s", p.StatusCode, uitest.All(p.doc, "h1"))
	}
	return p
}

// press sends the form of a button, some time after the page was opened.
func (s *shop) press(t *testing.T, p page, button *html.Node) page {
	t.Helper()
	s.Clock.Advance(20 * time.Second)
	form := url.Values{}
	if name := uitest.Attr(button, "name"); name != "" {
		form.Set(name, uitest.Attr(button, "value"))
	}
	around := button.Parent
	for around.Data != "form" {
		around = around.Parent
	}
	for _, input := range uitest.Find(around, "input") {
		form.Add(uitest.Attr(input, "name"), uitest.Attr(input, "value"))
	}
	to, err := p.Request.URL.Parse(uitest.Attr(around, "action"))
	if err != nil {
		t.Fatal(err)
	}
	after := browse(t, http.MethodPost, to.String(), form)
	if after.StatusCode != http.StatusOK {
		t.Fatalf("pressing %q answers %d: %s", uitest.Words(button), after.StatusCode, uitest.All(after.doc, "main"))
	}
	s.seal(t)
	return after
}

// button finds the yes or no of a purpose on a channel.
func button(t *testing.T, p page, purpose, channel, act string) *html.Node {
	t.Helper()
	for _, form := range uitest.Find(p.doc, "#"+purpose, "form.ask") {
		if inputs := uitest.Find(form, "input[name=channel]"); uitest.Attr(inputs[0], "value") == channel {
			return uitest.Find(form, "button[value="+act+"]")[0]
		}
	}
	t.Fatalf("there is nothing to choose about %s by %s", purpose, channel)
	return nil
}

// pressed says which of the two buttons shows as chosen: yes, no or neither.
func pressed(t *testing.T, p page, purpose, channel string) string {
	t.Helper()
	for _, act := range []string{"yes", "no"} {
		if uitest.Attr(button(t, p, purpose, channel, act), "aria-pressed") == "true" {
			return act
		}
	}
	return "neither"
}

// facts records facts about somebody, as the shop's own systems do.
func (s *shop) facts(t *testing.T, who choice.Subject, facts ...choice.Fact) {
	t.Helper()
	actor := access.Local(sample.Organisation)
	var record choice.Record
	s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
		rules, err := s.register.Rules(ctx, tx, sample.Organisation)
		if err == nil {
			record, err = choice.FromFacts(rules, actor, choice.FactsRequest{Subject: who, Facts: facts}, s.Clock.Now())
		}
		return err
	})
	if _, err := s.choices.Record(t.Context(), actor, record); err != nil {
		t.Fatal(err)
	}
}
