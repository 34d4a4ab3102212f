// SPDX-License-Identifier: Apache-2.0

package requests

import (
	"context"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/mail"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// Send writes to a person about a step of their request, and hands it over. The
// message says that there is something to read, and where; what was written
// stays behind the link.
func (p *Pages) Send(ctx context.Context, l request.Letter) error {
	to := l.Request.Contact.Email
	m := mail.Message{ID: l.ID, At: l.At, From: mail.Address{Mailbox: p.From}, To: to, Language: l.Request.Language}
	var address, home string
	err := p.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		c, err := p.Register.Catalogue(ctx, tx, l.Org)
		if err != nil {
			return err
		}
		m.From.Name = c.Organisation.Name
		if _, err := mail.ParseMailbox(c.Organisation.Contact); err == nil {
			m.ReplyTo = c.Organisation.Contact
		}
		home = c.Organisation.Name
		address, err = p.Links.Request(ctx, tx, link.To{
			Org: l.Org, Subject: l.Request.ID, Identifier: lawful.Identifier{Kind: lawful.IDEmail, Value: to}, Expires: tx.Now().Add(request.LinkLife),
		})
		return err
	})
	if err != nil {
		return err
	}
	words := p.UI.Locale(l.Request.Language, nil)
	what := ui.Say("requests.kind." + l.Request.Kind)
	about := letterOf(l)
	m.Subject = words.T("requests.mail."+about+".subject", home, l.Request.Number())
	m.Text = words.T("requests.mail.frame", words.T("requests.mail."+about+".text", home), address, what, l.Request.Number(), home)
	return p.Mail.Send(ctx, m)
}

// letterOf says which message a step makes.
func letterOf(l request.Letter) string {
	if l.Act == request.ActReply && l.Request.Kind == request.Objection && l.ByItself {
		return "stopped"
	}
	return l.Act
}
