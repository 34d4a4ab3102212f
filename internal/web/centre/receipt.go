// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
	"github.com/lecito/lecito/internal/web/notices"
	"github.com/lecito/lecito/internal/web/paper"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// receiptBody is the dot of the page "centre.receipt".
type receiptBody struct {
	Did      ui.Badge
	Words    string // shown to the person when they chose
	Language string // of the words
	Notice   *ui.Link
	Lines    []stated
	Seal     ui.Seal
	Change   string // where to choose again
	PDF      string
	JSON     string
	Mail     *ui.Post // sends it to the person's address; nil: none is known
}

// stated is a name and its value.
type stated struct{ Name, Value ui.Text }

// receipt shows the receipt of one of the person's own choices: what the signed
// file says, as its reader will verify it.
func (s *Centre) receipt(w http.ResponseWriter, r *http.Request) error {
	v, choice, file, err := s.signed(r)
	if err != nil {
		return err
	}
	b, err := v.receipt(choice, file)
	if err != nil {
		return err
	}
	here := strings.TrimSuffix(r.URL.Path, "/")
	b.Change, b.PDF, b.JSON = "/p/"+r.PathValue("token"), here+"/receipt.pdf", here+"/receipt.json"
	page := ui.Customer(v.register)
	page.Title, page.Home, page.Body = ui.Say("receipt.page"), b.Change, b
	if _, ok := v.mailbox(); ok {
		b.Mail = &ui.Post{Action: here, Text: ui.Say("receipt.mail")}
	}
	switch r.URL.Query().Get("did") {
	case didSent:
		page.Flash = []ui.Flash{{Tone: ui.Yes, Text: ui.Say("receipt.mail.sent")}}
	case didMany:
		page.Flash = []ui.Flash{{Tone: ui.Due, Text: ui.Say("message.centre.many")}}
	}
	s.UI.Render(w, r, http.StatusOK, "centre.receipt", page)
	return nil
}

// receiptJSON hands out the signed file itself.
func (s *Centre) receiptJSON(w http.ResponseWriter, r *http.Request) error {
	v, _, file, err := s.signed(r)
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/json", receiptName(v, r, "json"), file)
}

// receiptPDF puts it on paper, with the signed file attached.
func (s *Centre) receiptPDF(w http.ResponseWriter, r *http.Request) error {
	v, choice, file, err := s.signed(r)
	if err != nil {
		return err
	}
	b, err := v.receipt(choice, file)
	if err != nil {
		return err
	}
	l := s.UI.Locale(v.language, v.register.Zone)
	d := paper.Document{
		Title: l.T("receipt.page"), Site: v.register.Look.Name, Language: v.language, Made: v.now,
		Blocks: []paper.Block{{Text: l.Say(b.Did.Text)}},
		Files:  []paper.File{{Name: receiptName(v, r, "json"), About: l.T("receipt.attached"), Content: file}},
	}
	if b.Words != "" {
		d.Blocks = append(d.Blocks, paper.Block{Text: l.T("receipt.words")}, paper.Block{Quote: b.Words})
	}
	for _, one := range b.Lines {
		d.Blocks = append(d.Blocks, paper.Block{Line: [2]string{l.Say(one.Name), l.Say(one.Value)}})
	}
	d.Blocks = append(d.Blocks, paper.Block{Text: l.T("receipt.paper")})
	out, err := d.PDF()
	if err != nil {
		return err
	}
	return web.SendFile(w, "application/pdf", receiptName(v, r, "pdf"), out)
}

// didSent says that a receipt is on its way.
const didSent = "sent"

// mailbox is the address a receipt is sent to: the one the link came to, else
// the first that is known.
func (v *visit) mailbox() (subject.Held, bool) {
	if h := v.through(); h.Kind == lawful.IDEmail {
		return h, true
	}
	i := slices.IndexFunc(v.held, func(h subject.Held) bool { return h.Kind == lawful.IDEmail })
	if i < 0 {
		return subject.Held{}, false
	}
	return v.held[i], true
}

// mailReceipt sends the receipt to the person's own address, with a link to their
// choices. How many go to one address in a day is bounded where they are queued.
func (s *Centre) mailReceipt(w http.ResponseWriter, r *http.Request) error {
	if err := web.SameSite(r); err != nil {
		return err
	}
	v, choice, file, err := s.signed(r)
	if err != nil {
		return err
	}
	to, ok := v.mailbox()
	if !ok {
		return misread()
	}
	b, err := v.receipt(choice, file)
	if err != nil {
		return err
	}
	did := didSent
	err = s.DB.Write(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		address, err := s.Links.Centre(ctx, tx, link.To{Org: v.link.Org, Subject: to.Chain, Identifier: to.Identifier.Identifier, Expires: tx.Now().Add(link.Life)})
		if err != nil {
			return err
		}
		l := s.UI.Locale(v.language, v.register.Zone)
		return s.Messages.Queue(ctx, tx, message.Note{
			Org: v.link.Org, Chain: to.Chain, To: to.Identifier.Value, Language: v.language, Secret: address,
			Subject: l.T("receipt.page"), Text: b.plain(l, address),
		})
	})
	if problem.Is(err, problem.TooMany) {
		did, err = didMany, nil
	}
	if err == nil {
		http.Redirect(w, r, r.URL.Path+"?did="+did, http.StatusSeeOther) //nolint:gosec // to this very path
	}
	return err
}

// plain is the receipt as a message without pictures.
func (b *receiptBody) plain(l *ui.Locale, address string) string {
	var text strings.Builder
	text.WriteString(l.Say(b.Did.Text) + ".\n\n")
	if b.Words != "" {
		text.WriteString(l.T("receipt.words") + "\n" + b.Words + "\n\n")
	}
	for _, one := range b.Lines {
		text.WriteString(l.Say(one.Name) + ": " + l.Say(one.Value) + "\n")
	}
	text.WriteString("\n" + l.T("receipt.mail.change") + "\n" + address + "\n")
	return text.String()
}

// receiptName names a file by the place of the choice in the log, which says
// nothing about the person.
func receiptName(v *visit, r *http.Request, extension string) string {
	return fmt.Sprintf("%s-receipt-%d.%s", v.link.Org, v.positions[r.PathValue("entry")], extension)
}

// signed makes the receipt that the address asks for.
func (s *Centre) signed(r *http.Request) (v *visit, of *lawful.Choice, file []byte, err error) {
	if v, err = s.open(r, s.Links.OpenCentre); err != nil {
		return nil, nil, nil, err
	}
	entry := r.PathValue("entry")
	i := slices.IndexFunc(v.person.History, func(f lawful.Recorded) bool { return f.Entry == entry && f.Choice != nil })
	if i < 0 {
		return nil, nil, nil, problem.New(problem.NotFound, "no_receipt", "There is no receipt for this entry.")
	}
	file, err = s.Choices.Receipt(r.Context(), person(v.link.Org), entry)
	return v, v.person.History[i].Choice, file, err
}

// receipt puts a signed receipt into the words of the page.
func (v *visit) receipt(of *lawful.Choice, file []byte) (*receiptBody, error) {
	verdict, err := evidence.Verify(file, evidence.Options{})
	if err != nil || !verdict.OK() || verdict.Receipt == nil {
		return nil, fmt.Errorf("read a receipt that was just made: %w, %v", err, verdict.Problems)
	}
	rc := verdict.Receipt
	b := &receiptBody{
		Did:  ui.Badge{Tone: ui.No, Text: did(*of)},
		Seal: ui.Seal{Entry: rc.Index, Href: "/verify"},
	}
	if of.Choice == lawful.Given || of.Choice == lawful.Confirmed {
		b.Did.Tone = ui.Yes
	}
	b.Words, b.Language = rc.Event.Text, rc.Processing.Language
	if n := rc.Processing.Notice; n.ID != "" {
		b.Notice = &ui.Link{Href: notices.Address(v.link.Org, n.ID, n.Version), Text: ui.Say("receipt.notice", n.Version)}
		if b.Words == "" {
			b.Words, b.Language = v.words(n, rc.Processing.Language)
		}
	}
	b.Lines = v.receiptLines(rc)
	return b, nil
}

// words are those a notice said beside its box.
func (v *visit) words(n evidence.ReceiptNotice, language string) (text, in string) {
	published, ok := v.register.Notice(n.ID, n.Version)
	if !ok || published.Version != n.Version {
		return "", language
	}
	t, in := published.In(language, v.register.Organisation.Language)
	return t.Short, in
}

func (v *visit) receiptLines(rc *evidence.Receipt) []stated {
	var about []string
	var data []ui.Text
	for _, p := range rc.Processing.Purposes {
		title := p.Title
		if declared, ok := v.register.Purpose(p.ID); ok {
			title = declared.Title.In(v.language, v.register.Organisation.Language)
		}
		about = append(about, title)
	}
	for _, d := range rc.Processing.Data {
		data = append(data, ui.Datum(d.Type))
	}
	if rc.Event.Data != "" && len(rc.Processing.Purposes) > 0 {
		data = []ui.Text{ui.Verbatim(v.datum(&lawful.Choice{Purpose: rc.Processing.Purposes[0].ID, Data: rc.Event.Data}))}
	}
	channel := ui.Say("receipt.every")
	if rc.Event.Channel != "" {
		channel = ui.Say("channel." + rc.Event.Channel)
	}
	lines := []stated{
		{ui.Say("receipt.about"), ui.Verbatim(strings.Join(about, ", "))},
		{ui.Say("receipt.channel"), channel},
		{ui.Say("ui.happened"), ui.Say("receipt.time", rc.Event.Time)},
		{ui.Say("ui.recorded"), ui.Say("receipt.time", rc.Event.Recorded)},
		{ui.Say("receipt.through"), ui.Verbatim(v.source(rc.Event.Source))},
		{ui.Say("receipt.holds"), v.holds(rc)},
		{ui.Say("receipt.data"), ui.List(data...)},
		{ui.Say("receipt.who"), ui.Verbatim(v.register.Organisation.Name + ", " + v.register.Organisation.Contact)},
		{ui.Say("receipt.seen"), v.seen(rc)},
		{ui.Say("receipt.entry"), ui.Say("receipt.number", rc.Index)},
		{ui.Say("receipt.id"), ui.Verbatim(rc.ReceiptID)},
	}
	return slices.DeleteFunc(lines, func(l stated) bool { return l.Value.Empty() })
}

// holds says until when the choice stands.
func (v *visit) holds(rc *evidence.Receipt) ui.Text {
	end, lapses := rc.Event.Until()
	switch {
	case rc.Event.State == evidence.ConsentPending:
		return ui.Say("receipt.holds.pending")
	case lapses:
		return ui.Say("receipt.holds.until", end)
	case rc.Event.Validity == evidence.ValidityOfNo:
		return ui.Say("receipt.holds.no")
	}
	return ui.Say("receipt.holds.yes")
}

// seen names who else receives the data.
func (v *visit) seen(rc *evidence.Receipt) ui.Text {
	var names []string
	for _, p := range rc.Parties {
		if slices.Contains(rc.Processing.Recipients, p.ID) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return ui.Say("centre.seen.nobody")
	}
	return ui.Verbatim(strings.Join(names, ", "))
}
