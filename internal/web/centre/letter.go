// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/web/ui"
)

// letter is the dot of the message that asks to confirm.
type letter struct {
	Language, Subject, Name, Contact string
	Opening, Closing                 []string // paragraphs
	Items                            []confirmItem
	Link, Button, Until, Ignore, By  string
}

// Confirmation puts the message that asks to confirm into words: the
// organisation's own where it declared some in the language of the yes. There is
// nothing in it that whoever filled in a form has typed, nothing that is fetched,
// and no offer.
func (s *Centre) Confirmation(c message.Confirmation) (message.Words, error) {
	d := s.letter(c)
	var html bytes.Buffer
	if err := s.mail.Execute(&html, d); err != nil {
		return message.Words{}, fmt.Errorf("write a message: %w", err)
	}
	var text strings.Builder
	say := func(paragraphs ...string) {
		for _, p := range paragraphs {
			text.WriteString(p + "\n\n")
		}
	}
	say(d.Opening...)
	for _, item := range d.Items {
		text.WriteString("- " + item.Title + "\n")
		if item.Description != "" {
			text.WriteString("  " + item.Description + "\n")
		}
	}
	say("\n"+d.Button+":\n"+d.Link, d.Until, d.Ignore)
	say(d.Closing...)
	text.WriteString(d.By + "\n")
	return message.Words{Language: d.Language, Subject: d.Subject, Text: text.String(), HTML: html.String()}, nil
}

func (s *Centre) letter(c message.Confirmation) letter {
	org := c.Declared.Organisation
	language := spoken(c.Language, org.Language)
	l := s.UI.Locale(language, c.Declared.Zone)
	own := c.Declared.Confirmation.Texts[language]
	d := letter{
		Language: language, Name: org.Name, Link: c.Link, Subject: cmp.Or(own.Subject, l.T("message.mail.subject", org.Name)),
		Opening: ui.Paragraphs(cmp.Or(own.Opening, l.T("message.mail.opening", org.Name))), Closing: ui.Paragraphs(own.Closing),
		Button: l.T("message.mail.button"), Until: l.T("message.mail.until", c.Expires), Ignore: l.T("message.mail.ignore"),
		By: org.Name,
	}
	if org.Contact != "" {
		d.By = l.T("message.mail.contact", org.Name, org.Contact)
	}
	for _, f := range c.Asks {
		item := confirmItem{Title: f.Choice.Purpose}
		if p, ok := c.Declared.Purpose(f.Choice.Purpose); ok {
			item.Title, item.Description = cmp.Or(p.Title.In(language, org.Language), p.ID), p.Description.In(language, org.Language)
		}
		if !slices.Contains(d.Items, item) {
			d.Items = append(d.Items, item)
		}
	}
	return d
}

// spoken is the first of the languages that we speak.
func spoken(languages ...string) string {
	for _, l := range languages {
		l, _, _ = strings.Cut(l, "-")
		if slices.Contains(ui.Languages, l) {
			return l
		}
	}
	return ui.Languages[0]
}
