// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// Headers are the two of a message that let mail programs offer one-click
// unsubscribe (RFC 2369, RFC 8058). They offer it only where a valid DKIM
// signature covers both.
type Headers struct {
	Unsubscribe string `json:"List-Unsubscribe"`
	Post        string `json:"List-Unsubscribe-Post"`
}

// What a mail program posts in the person's name (RFC 8058, 3.1).
const (
	ClickName  = "List-Unsubscribe"
	ClickValue = "One-Click"
)

// Clicked says whether a form is one click in a mail program, or the button that
// does the same.
func Clicked(form url.Values) bool { return strings.TrimSpace(form.Get(ClickName)) == ClickValue }

// What one click in a message stops.
const (
	StopsChannel = "channel" // all marketing of the organisation on the channel
	StopsPurpose = "purpose" // the message's purpose alone
)

// messageID is what a link says of a message: no address of anybody.
var messageID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// Headers makes the headers of one message to one person, and says what a click
// stops. The mailbox that takes unsubscriptions by mail, where one is declared,
// finds the same token in the subject.
func (l *Links) Headers(ctx context.Context, r db.Reader, on *register.Catalogue, to To, of Stop) (h Headers, stops string, err error) {
	p, err := leavable(on, of)
	if err != nil {
		return h, "", err
	}
	address, err := l.Unsubscribe(ctx, r, to, of)
	if err == nil && !secure(address) {
		err = problem.New(problem.Conflict, "https_needed", "One-click unsubscribe works by https alone (RFC 8058): start the server with --public-url https://…")
	}
	if err != nil {
		return h, "", err
	}
	h = Headers{Unsubscribe: "<" + address + ">", Post: ClickName + "=" + ClickValue}
	if box := on.Organisation.UnsubscribeMailbox; box != "" {
		h.Unsubscribe += ", <mailto:" + box + "?subject=" + address[strings.LastIndexByte(address, '/')+1:] + ">"
	}
	stops = StopsChannel
	if p.Unsubscribe != nil {
		stops = StopsPurpose
	}
	return h, stops, nil
}

// leavable finds the purpose of a message, one that a person can leave.
func leavable(on *register.Catalogue, of Stop) (register.Purpose, error) {
	p, ok := on.Purpose(of.Purpose)
	switch {
	case of.Channel != lawful.ChannelEmail:
		return p, problem.New(problem.Invalid, "no_headers", "Only e-mail has these headers. For other channels, take the link that /v1/links makes.")
	case !ok:
		return p, problem.New(problem.NotFound, "purpose_unknown", "This purpose is not declared.")
	case !slices.Contains(p.Channels, of.Channel):
		return p, problem.New(problem.Conflict, "channel_not_declared", "This purpose does not use e-mail.")
	case !p.Choosable():
		return p, problem.New(problem.Conflict, "not_stoppable", "Nobody can unsubscribe from what a contract or the law requires: these messages go without the headers.")
	case of.Message != "" && !messageID.MatchString(of.Message):
		return p, problem.New(problem.Invalid, "invalid_message", "The id of a message has letters, digits, '.', '_' and '-', at most 64, and is no address.")
	}
	return p, nil
}

// secure says whether an address is of https, or of this very machine for trying out.
func secure(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
