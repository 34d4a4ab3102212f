// SPDX-License-Identifier: Apache-2.0

// Package outbox is the page of the messages to people: what is on its way, what
// has left and what it said, what could not be delivered and why.
//
// What it promises: an address shows here to whoever may look people up, and
// stands in no link; the link that a message carries does not show, because who
// follows it answers for the person.
//
// Where it is weak: what bounced after a mail server took it does not show.
package outbox

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/web/ui"
)

// Pages serves them.
type Pages struct {
	Messages *message.Service
	UI       *ui.UI
	Folder   bool // messages are kept as files: no mail server is set
}

// Visit is somebody at a page.
type Visit struct {
	Actor access.Actor
	Frame func(title ui.Text, body any) ui.Page // the frame around a body
}

// messagesBody is the queue of messages to people, and what became of them.
type messagesBody struct {
	Outbox bool
	States []ui.Link
	Lines  []messageLine
	None   *ui.Empty
	Pager  ui.Pager
}

// messageLine is one message.
type messageLine struct {
	Href, To, Subject string
	State             ui.Badge
	When              time.Time
}

// pageMessages is how many messages a page lists.
const pageMessages = 50

// states are those a list can be of, in the order they are offered.
func states() []string {
	return []string{message.StateNew, message.StateWaiting, message.StateSent, message.StateFailed, message.StateEnded}
}

// List shows what is on its way and what has left.
func (p Pages) List(w http.ResponseWriter, r *http.Request, v Visit) error {
	state, before := r.URL.Query().Get("state"), r.URL.Query().Get("before")
	if !slices.Contains(states(), state) {
		state = ""
	}
	listed, counts, err := p.Messages.List(r.Context(), v.Actor, state, before, pageMessages+1)
	if err != nil {
		return err
	}
	body := messagesBody{Outbox: p.Folder, States: links(state, counts)}
	if len(listed) > pageMessages {
		listed = listed[:pageMessages]
		q := url.Values{"before": {listed[pageMessages-1].ID}}
		if state != "" {
			q.Set("state", state)
		}
		body.Pager.Older = "/messages?" + q.Encode()
	}
	if before != "" {
		body.Pager.First = "/messages"
	}
	for _, m := range listed {
		line := messageLine{Href: "/messages/" + url.PathEscape(m.ID), To: m.To, Subject: m.Subject, State: messageState(m), When: m.Created}
		if m.Sent != nil {
			line.When = *m.Sent
		}
		body.Lines = append(body.Lines, line)
	}
	if len(listed) == 0 {
		body.None = &ui.Empty{Title: ui.Say("message.list.empty"), Text: ui.Say("message.list.empty.text")}
	}
	page := v.Frame(ui.Say("message.list.title"), body)
	page.Lead, page.Wide = ui.Say("message.list.lead"), true
	p.UI.Render(w, r, http.StatusOK, "console.messages", page)
	return nil
}

// links leads to the messages in each state there are some of.
func links(current string, counts map[string]int64) []ui.Link {
	var all int64
	for _, n := range counts {
		all += n
	}
	links := []ui.Link{{Href: "/messages", Text: ui.Say("message.list.count", ui.Say("message.list.all"), all), Current: current == ""}}
	for _, s := range states() {
		if counts[s] > 0 || s == current {
			links = append(links, ui.Link{
				Href: "/messages?state=" + s, Text: ui.Say("message.list.count", ui.Say("message.state."+s), counts[s]), Current: s == current,
			})
		}
	}
	return links
}

// messageState is how a message stands, in a word.
func messageState(m message.Listed) ui.Badge {
	b := ui.Badge{Tone: ui.Plain, Text: ui.Say("message.state." + m.State)}
	switch m.State {
	case message.StateSent:
		b.Tone = ui.Yes
	case message.StateFailed:
		b.Tone = ui.No
	case message.StateNew, message.StateWaiting:
		if m.Why != "" {
			b.Tone = ui.Due
		}
	}
	if m.Why != "" {
		b.Reason = messageWhy(m.Why)
	}
	return b
}

// messageWhy says what went wrong last.
func messageWhy(word string) ui.Text {
	switch word {
	case "mail_unavailable", "mail_refused", "mail_address", "answered", "too_late":
		return ui.Say("message.why." + word)
	}
	return ui.Say("message.why.internal")
}

// messageBody is one message.
type messageBody struct {
	message.Listed

	Badge  ui.Badge
	Next   bool // it is tried again by itself
	Person string
	Words  []string
	Retry  *ui.Post
}

// One shows one message, with what it says.
func (p Pages) One(w http.ResponseWriter, r *http.Request, v Visit) error {
	m, err := p.Messages.One(r.Context(), v.Actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	body := messageBody{
		Listed: m, Badge: messageState(m), Person: "/subjects/" + url.PathEscape(m.Chain),
		Next: m.State == message.StateWaiting || m.State == message.StateNew,
	}
	body.Words = ui.Paragraphs(m.Text)
	if m.State == message.StateFailed && v.Actor.May(access.ScopeChoices) {
		body.Retry = &ui.Post{Action: "/messages/" + url.PathEscape(m.ID) + "/retry", Text: ui.Say("message.retry"), Tone: ui.Yes}
	}
	page := v.Frame(ui.Say("message.one.title"), body)
	if m.Subject != "" {
		page.Lead = ui.Verbatim(m.Subject)
	}
	if r.URL.Query().Has("again") {
		page.Flash = []ui.Flash{{Tone: ui.Yes, Text: ui.Say("message.retried")}}
	}
	p.UI.Render(w, r, http.StatusOK, "console.message", page)
	return nil
}

// Retry has a message sent that was given up.
func (p Pages) Retry(w http.ResponseWriter, r *http.Request, v Visit) error {
	if err := p.Messages.Retry(r.Context(), v.Actor, r.PathValue("id")); err != nil {
		return err
	}
	http.Redirect(w, r, "/messages/"+url.PathEscape(r.PathValue("id"))+"?again", http.StatusSeeOther)
	return nil
}
