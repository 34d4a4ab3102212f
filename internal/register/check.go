// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// maxEvidenceYears is the longest limitation period known to us: nothing is kept for ever.
const maxEvidenceYears = 30

// reference is a name that may have been declared by an earlier file only.
type reference struct {
	kind, id string
	place    problem.Place
}

// checker looks across the declarations of a file that is well formed.
type checker struct {
	*reader

	doc *Document
}

func (c *checker) check() {
	c.once(KindNotice, "notices", len(c.doc.Notices), func(i int) string {
		n := c.doc.Notices[i]
		if n.ID == "" || n.Version == 0 {
			return ""
		}
		return noticeVersion(n.ID, n.Version)
	})
	c.once(KindInvalid, "invalid", len(c.doc.Invalid), func(i int) string {
		v := c.doc.Invalid[i]
		if v.Notice == "" || v.Version == 0 {
			return ""
		}
		return noticeVersion(v.Notice, v.Version)
	})
	c.once(KindPurpose, "purposes", len(c.doc.Purposes), func(i int) string { return c.doc.Purposes[i].ID })
	c.once(KindSource, "sources", len(c.doc.Sources), func(i int) string { return c.doc.Sources[i].ID })
	c.once(KindRecipient, "recipients", len(c.doc.Recipients), func(i int) string { return c.doc.Recipients[i].ID })
	c.once(KindSystem, "systems", len(c.doc.Systems), func(i int) string { return c.doc.Systems[i].ID })
	c.laws()
	c.once(KindOverride, "overrides", len(c.doc.Overrides), func(i int) string { return c.doc.Overrides[i].Rule })
	c.once(KindPack, "packs", len(c.doc.Packs), func(i int) string { return c.doc.Packs[i].ID })
	if n := c.nodes["organisation"]; n != nil {
		c.doc.places[KindOrganisation+"/"+c.doc.Organisation.ID] = problem.Place{Field: "organisation", Line: n.Line, Column: n.Column}
	}
	if kept := c.doc.Organisation.EvidenceAfterErasure; kept != nil && kept.For.Months() > 12*maxEvidenceYears {
		c.at(fmt.Sprintf("must be at most %d years", maxEvidenceYears), "organisation.evidence_after_erasure.for")
	}
	c.web()
	c.notices()
	c.purposes()
	c.sources()
	c.recipients()
	c.messages()
}

// web checks what the sites' banner refers to.
func (c *checker) web() {
	web := c.doc.Organisation.Web
	if web == nil {
		return
	}
	c.known(KindNotice, web.Notice, "organisation.web.notice")
	for _, kind := range sortedKeys(web.Google) {
		i := slices.IndexFunc(c.doc.Purposes, func(p Purpose) bool { return p.ID == web.Google[kind] })
		if i < 0 || !slices.Contains(c.doc.Purposes[i].Channels, lawful.ChannelWeb) {
			c.at("no purpose with this id uses the channel web", "organisation.web.google.%s", kind)
		}
	}
}

// once notes where each declaration stands and refuses the same one twice.
func (c *checker) once(kind, path string, n int, id func(int) string) {
	for i := range n {
		at := fmt.Sprintf("%s[%d]", path, i)
		node := c.nodes[at]
		if id(i) == "" || node == nil {
			continue
		}
		key := kind + "/" + id(i)
		if before, twice := c.doc.places[key]; twice {
			c.wrong(node, at, fmt.Sprintf("the %s is declared twice, first on line %d", kind, before.Line))
			continue
		}
		c.doc.places[key] = problem.Place{Field: at, Line: node.Line, Column: node.Column}
	}
}

// at says something is wrong at a path.
func (c *checker) at(detail, format string, args ...any) {
	path := fmt.Sprintf(format, args...)
	c.wrong(c.nodes[path], path, detail)
}

func (c *checker) later(kind, id, format string, args ...any) {
	path := fmt.Sprintf(format, args...)
	place := problem.Place{Field: path}
	if n := c.nodes[path]; n != nil {
		place.Line, place.Column = n.Line, n.Column
	}
	if id != "" {
		c.doc.late = append(c.doc.late, reference{kind: kind, id: id, place: place})
	}
}

func (c *checker) declared(kind, id string) bool {
	if kind == KindNotice {
		return slices.ContainsFunc(c.doc.Notices, func(n notice.Notice) bool { return n.ID == id })
	}
	_, ok := c.doc.places[kind+"/"+id]
	return ok
}

// known asks that a name, where there is one, is declared in the file.
func (c *checker) known(kind, id, format string, args ...any) {
	if id != "" && !c.declared(kind, id) {
		c.at("no "+kind+" with this id is declared in the file", format, args...)
	}
}

func (c *checker) notices() {
	for i, n := range c.doc.Notices {
		for _, language := range sortedKeys(n.Texts) {
			if t := n.Texts[language]; t.Short == "" && t.Long == "" {
				c.at("needs a short or a long text", "notices[%d].texts.%s", i, language)
			}
		}
		for j, change := range n.Changes {
			c.later(KindPurpose, change.Purpose, "notices[%d].changes[%d].purpose", i, j)
		}
	}
	for i, v := range c.doc.Invalid {
		if v.Notice != "" && v.Version > 0 {
			c.later(KindNotice, noticeVersion(v.Notice, v.Version), "invalid[%d]", i)
		}
	}
}

func (c *checker) purposes() {
	for i, p := range c.doc.Purposes {
		c.known(KindNotice, p.Notice, "purposes[%d].notice", i)
		for j, id := range p.Recipients {
			c.known(KindRecipient, id, "purposes[%d].recipients[%d]", i, j)
		}
		for _, channel := range sortedKeys(p.Confirmation) {
			if !slices.Contains(p.Channels, channel) {
				c.at("the purpose does not use this channel", "purposes[%d].confirmation.%s", i, channel)
			}
		}
		if p.Frequency != nil {
			for j, channel := range p.Frequency.Channels {
				if channel != "" && !slices.Contains(p.Channels, channel) {
					c.at("the purpose does not use this channel", "purposes[%d].frequency.channels[%d]", i, j)
				}
			}
		}
		if p.Basis == lawful.BasisLegalObligation && p.Law == "" {
			c.at("a legal obligation needs law: the law, named", "purposes[%d]", i)
		}
		c.data(i, p)
		c.options(p.Topics, "purposes[%d].topics", i)
		c.options(p.Rhythms, "purposes[%d].rhythms", i)
	}
}

// maxOptions is more than anybody reads.
const maxOptions = 30

// data checks the kinds of data of a purpose.
func (c *checker) data(i int, p Purpose) {
	names := map[string]bool{}
	for j, d := range p.Data {
		if d.Name != "" && names[d.Name] {
			c.at("is named twice", "purposes[%d].data[%d]", i, j)
		}
		names[d.Name] = true
		switch {
		case !d.Optional:
		case !p.Choosable():
			c.at("what rests on "+p.Basis+" is needed or is not of this purpose: nothing of it is optional", "purposes[%d].data[%d]", i, j)
		case len(d.Title) == 0:
			c.at("optional data needs a title: what people read beside its switch", "purposes[%d].data[%d]", i, j)
		}
	}
}

// options checks what people choose among.
func (c *checker) options(options []Option, format string, i int) {
	path := fmt.Sprintf(format, i)
	if n := len(options); n == 1 || n > maxOptions {
		c.at(fmt.Sprintf("give from 2 to %d to choose among", maxOptions), "%s", path)
	}
	seen := map[string]bool{}
	for j, o := range options {
		if o.ID != "" && seen[o.ID] {
			c.at("is named twice", "%s[%d]", path, j)
		}
		seen[o.ID] = true
	}
}

func (c *checker) sources() {
	for i, s := range c.doc.Sources {
		for j, id := range s.Purposes {
			c.known(KindPurpose, id, "sources[%d].purposes[%d]", i, j)
		}
		c.known(KindNotice, s.Notice, "sources[%d].notice", i)
		weak := []string{lawful.SourceBought, lawful.SourcePartner, lawful.SourcePhone}
		if s.Accepted != nil && slices.Contains(weak, s.Kind) {
			c.at("weak proof can't be accepted for a source of kind "+s.Kind, "sources[%d].accepted", i)
		}
		if s.Licence != nil && s.Licence.Expires != "" && s.Licence.Expires < s.Licence.Signed {
			c.at("the licence ends before it is signed", "sources[%d].licence.expires", i)
		}
	}
}

func (c *checker) recipients() {
	for i, r := range c.doc.Recipients {
		// Days are written so that the order of letters is the order of time.
		if r.Contract != nil && r.Contract.Expires != "" && r.Contract.Expires < r.Contract.Signed {
			c.at("the contract ends before it is signed", "recipients[%d].contract.expires", i)
		}
	}
}

// noticeVersion is the id of one version of a notice, and of its invalidation.
func noticeVersion(id string, version int) string { return id + " version " + strconv.Itoa(version) }

// linking is what makes a link or a picture of plain words, in a mail program or here.
var linking = regexp.MustCompile(`(?i)https?:|www\.|<|mailto:`)

// offering is what an offer is known by.
var offering = regexp.MustCompile(`(?i)[%€$£]|\b(coupon|voucher|gutschein|rabatt|sconto|sconti|remise|descuento|discount)`)

// messages holds what a confirmation says to what it is for: it may ask, and
// nothing else. With an offer in it, it would be marketing before the consent to
// it (ePrivacy art. 13(1)).
func (c *checker) messages() {
	if c.doc.Messages.Confirmation == nil {
		return
	}
	texts := c.doc.Messages.Confirmation.Texts
	for _, language := range sortedKeys(texts) {
		t := texts[language]
		for field, text := range map[string]string{"subject": t.Subject, "opening": t.Opening, "closing": t.Closing} {
			switch {
			case linking.MatchString(text):
				c.at("links, addresses of pages and markup have no place here: the one link is the button", "messages.confirmation.texts.%s.%s", language, field)
			case offering.MatchString(text):
				c.at("this message may ask for the confirmation and offer nothing: no price, discount or voucher", "messages.confirmation.texts.%s.%s", language, field)
			}
		}
	}
}
