// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/centre"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui/uitest"
	"github.com/lecito/lecito/lawful"
)

// picky takes every message but those to Dario.
type picky struct{}

func (picky) Send(_ context.Context, m mail.Message) error {
	if strings.HasPrefix(m.To, "dario") {
		return problem.New(problem.Invalid, "mail_refused", "Never.")
	}
	return nil
}

// messages has two people say yes to what they have to confirm: the message to
// the first leaves, that to the second is refused, and a third is in the queue.
// It returns the pages of the first two.
func (o *office) messages(t *testing.T) []string {
	t.Helper()
	links := link.New(o.secrets, o.server.URL)
	people, err := centre.New(centre.Config{
		DB: o.parts.DB, Ledger: o.parts.Ledger, Subjects: o.parts.Subjects, Register: o.parts.Register, Choices: o.parts.Choices,
		Standing: o.parts.Standing, Links: links, Messages: o.parts.Messages, UI: o.parts.UI,
	})
	if err != nil {
		t.Fatal(err)
	}
	sender := o.parts.Messages.Sender(message.Outlet{Links: links, Writer: people, Mail: picky{}, From: "ciao@bottega.example"})
	for _, who := range []string{"carla", "dario", "elsa"} {
		_, err := o.parts.Choices.Take(t.Context(), access.Local(sample.Organisation), choice.Request{
			Subject: choice.Subject{Email: who + "@posta.example"}, Source: "footer-form", Notice: &lawful.NoticeRef{ID: "partner", Version: 1, Language: "it"},
			Choices:  []choice.Choice{{Purpose: "partner", Channel: "email", Choice: lawful.Given}},
			Evidence: &lawful.Evidence{Method: "checkbox", Default: "unticked", Text: "Sì"},
		})
		if err == nil && who == "dario" {
			err = sender.Send(t.Context(), sample.Organisation)
		}
		if err != nil {
			t.Fatal(err)
		}
		o.Clock.Advance(time.Second)
	}
	if err := o.parts.Ledger.Sequence(t.Context(), sample.Organisation); err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, state := range []string{message.StateSent, message.StateFailed} {
		listed, _, err := o.parts.Messages.List(t.Context(), access.Local(sample.Organisation), state, "", 10)
		if err != nil || len(listed) != 1 {
			t.Fatalf("%d %s: %v", len(listed), state, err)
		}
		pages = append(pages, "/messages/"+listed[0].ID)
	}
	return pages
}

// TestMessagesAreReadAndTriedAgain by whoever may; the address stands on the page
// and in no link, the link that a message carries stands nowhere.
func TestMessagesAreReadAndTriedAgain(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		o := open(t, env, 0)
		pages := o.messages(t)
		v := o.enter(t, access.RoleDPO)
		list := v.get("/messages")
		list.has(t, "table.messages", "carla@posta.example")
		list.has(t, ".states", "All (3) Queued (1) Sent (1) Given up (1)")
		for _, a := range list.find("a") {
			if strings.Contains(uitest.Attr(a, "href"), "posta") {
				t.Errorf("an address stands in %s", uitest.Attr(a, "href"))
			}
		}
		v.get("/messages?state=failed").has(t, "table.messages", "refused it for good")
		sent := v.get(pages[0])
		sent.has(t, "main", "Altre botteghe toscane")
		if strings.Contains(sent.raw, "/c/") || len(sent.find("main form")) != 0 {
			t.Error("the page of a message lets one answer for the person, or send it twice")
		}
		v.get(o.subject(t, "carla@posta.example")).has(t, "ol.timeline", "We wrote to ask for the confirmation")
		failed := v.press(v.get(pages[1]), "main form", nil)
		failed.has(t, ".flash", "in the queue again")
		v.post(pages[0]+"/retry", nil).want(t, http.StatusConflict)
		v.get("/messages/msg_none").want(t, http.StatusNotFound)
		o.enter(t, access.RoleMarketing).get("/messages").want(t, http.StatusForbidden)
		viewer := o.enter(t, access.RoleViewer)
		if p := viewer.get(pages[1]); len(p.find("main form")) != 0 {
			t.Error("who may only look is offered to send")
		}
		viewer.post(pages[1]+"/retry", nil).want(t, http.StatusForbidden)
		o.stranger(t).get("/messages").want(t, http.StatusUnauthorized)
	})
}

func TestMessagesInABrowser(t *testing.T) {
	o := onSQLite(t, 0)
	browser := uitest.Open(t)
	pages := o.messages(t)
	in := uitest.Cookies(o.enter(t, access.RoleOwner).cookie())
	for name, path := range map[string]string{
		"messages": "/messages", "messages-none": "/messages?state=ended", "message": pages[0], "message-failed": pages[1],
	} {
		browser.Check(t, name, o.server.URL+path, in)
	}
}
