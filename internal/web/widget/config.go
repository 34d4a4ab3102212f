// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// config is what the script reads, in one language.
type config struct {
	Language  string            `json:"language"`
	Languages []language        `json:"languages"`
	Again     *span             `json:"again,omitempty"`  // before which nobody is asked again; none: the law names no time
	Notice    string            `json:"notice,omitempty"` // address
	Purposes  []purpose         `json:"purposes"`
	Forms     map[string]form   `json:"forms"` // by source
	Google    map[string]string `json:"google,omitempty"`
	Words     map[string]string `json:"words"`
}

type language struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// span is a length of calendar time.
type span struct {
	Months int `json:"months"`
	Days   int `json:"days"`
}

// purpose is one that the site asks for, or that it can't do without.
type purpose struct {
	ID          string     `json:"id"`
	Necessary   bool       `json:"necessary"`
	Language    string     `json:"language"`  // of the title
	Described   string     `json:"described"` // language of the description
	Title       string     `json:"title"`
	Description string     `json:"description,omitempty"`
	Benefit     string     `json:"benefit,omitempty"`
	Seen        string     `json:"seen,omitempty"` // who else sees the data
	Keep        string     `json:"keep,omitempty"`
	Expires     *span      `json:"expires,omitempty"`
	Notice      *noticeRef `json:"notice,omitempty"`
	Mark        string     `json:"mark"` // differs where what is agreed to differs, whatever the words
}

type noticeRef struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
}

// form is what a form of the site shows beside its fields.
type form struct {
	Notice   noticeRef     `json:"notice"`
	Text     string        `json:"text"`
	Language string        `json:"language"` // of Text
	Href     string        `json:"href"`
	Purposes []formPurpose `json:"purposes"`
}

type formPurpose struct {
	ID          string    `json:"id"`
	Language    string    `json:"language"`  // of the title
	Described   string    `json:"described"` // language of the description
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Channels    []channel `json:"channels"`
}

type channel struct {
	ID    string   `json:"id"`
	Kinds []string `json:"kinds"` // of identifier that it reaches
	Text  string   `json:"text"`
}

// config answers what an organisation declares for its sites.
func (s *Widget) config(w http.ResponseWriter, r *http.Request) error {
	org, ok := strings.CutSuffix(r.PathValue("file"), ".json")
	if !ok {
		return noSite()
	}
	var c config
	err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		catalogue, err := s.Register.Catalogue(ctx, tx, org)
		if problem.Is(err, problem.NotFound) || err == nil && catalogue.Organisation.Web == nil {
			return noSite()
		}
		if err != nil {
			return err
		}
		in := notice.Nearest(ui.Languages, r.URL.Query().Get("lang"), catalogue.Organisation.Language)
		c = reader{catalogue, s.UI.Locale(in, catalogue.Zone), in, tx.Now()}.config()
		return nil
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode what a site reads: %w", err)
	}
	h := open(w, "max-age=300")
	h.Set("Content-Type", "application/json")
	h.Set("ETag", tagOf(body))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

func noSite() error {
	return problem.New(problem.NotFound, "site_unknown", "No organisation of this name declares sites: add web to organisation in the file that lecito apply reads.")
}

// reader writes what is declared for one reader.
type reader struct {
	*register.Catalogue

	locale   *ui.Locale
	language string
	now      time.Time
}

func (r reader) config() config {
	c := config{
		Language: r.language, Again: r.again(), Purposes: []purpose{}, Forms: map[string]form{}, Google: r.Organisation.Web.Google,
	}
	for _, l := range ui.Languages {
		c.Languages = append(c.Languages, language{l, r.locale.T("ui.language." + l)})
	}
	if id := r.Organisation.Web.Notice; id != "" {
		c.Notice = r.address(id)
	}
	var titles []string
	for _, p := range r.Purposes {
		shown, ok := r.purpose(p)
		if !ok {
			continue
		}
		c.Purposes = append(c.Purposes, shown)
		if !shown.Necessary {
			titles = append(titles, shown.Title)
		}
	}
	slices.SortStableFunc(c.Purposes, func(a, b purpose) int { return before(a) - before(b) })
	for _, source := range r.Sources {
		if f, ok := r.form(source); ok {
			c.Forms[source.ID] = f
		}
	}
	c.Words = r.words(titles)
	return c
}

// before puts what is not asked for first.
func before(p purpose) int {
	if p.Necessary {
		return 0
	}
	return 1
}

// words are those of the script itself.
func (r reader) words(titles []string) map[string]string {
	words := map[string]string{"text": r.locale.T("widget.text", r.Organisation.Name, strings.Join(titles, ", "))}
	for _, key := range []string{
		"title", "refuse", "accept", "choose", "close", "shut", "save", "dialog", "lead", "always", "notice",
		"preferences", "blocked", "gpc", "language", "said", "receipt", "more",
	} {
		words[key] = r.locale.T("widget." + key)
	}
	return words
}

// askAgain is the topic of law about asking again after a choice.
const askAgain = "reask.cookies"

// again is how long a choice is left in peace, as the law of the organisation's country says.
func (r reader) again() *span {
	rule := r.Rules.LawAt(r.Organisation.Country, askAgain, r.now)
	if rule == nil {
		return nil
	}
	return spanOf(rule.Period())
}

func spanOf(p lawful.Period) *span {
	switch p.Unit {
	case lawful.UnitYears:
		return &span{Months: 12 * p.Number}
	case lawful.UnitMonths:
		return &span{Months: p.Number}
	case lawful.UnitWeeks:
		return &span{Days: 7 * p.Number}
	}
	return &span{Days: p.Number}
}

// purpose writes one that the site is about. What rests on consent needs a notice
// to be asked for; what rests on a contract or a law needs no asking; nothing else
// gives the right to store on a device or read from it (ePrivacy art. 5(3)), nor
// does what the law of the place does not admit for the purpose.
func (r reader) purpose(p register.Purpose) (purpose, bool) {
	out := purpose{
		ID: p.ID, Necessary: p.Basis == lawful.BasisContract || p.Basis == lawful.BasisLegalObligation,
		Language: r.spoken(p.Title), Title: cmp.Or(r.in(p.Title), p.ID),
		Described: r.spoken(p.Description), Description: r.in(p.Description), Benefit: r.in(p.Benefit), Seen: r.seen(p),
	}
	if !slices.Contains(p.Channels, lawful.ChannelWeb) || p.From > r.today() || !out.Necessary && p.Basis != lawful.BasisConsent {
		return out, false
	}
	if _, denied := lawful.Undeclared(r.Rules, lawful.Question{Purpose: p.ID, Channel: lawful.ChannelWeb, At: r.now, KnownAt: r.now}); denied {
		return out, false
	}
	told, ok := r.current(p.Notice)
	if !ok && !out.Necessary {
		return out, false
	}
	if ok {
		out.Notice = &noticeRef{told.ID, told.Version}
	}
	if p.Retention != nil {
		out.Keep = r.locale.T("widget.keep", p.Retention.Text(r.language))
	}
	if p.Expires != "" {
		out.Expires = spanOf(*p.Expires.Lawful())
	}
	out.Mark = r.mark(p)
	return out, true
}

// mark stands for what somebody agrees to: the data, profiling, who receives it,
// and the last version of the notice that asks again. Other words are no reason to ask again.
func (r reader) mark(p register.Purpose) string {
	var asked []int
	for _, n := range r.Notices {
		again := func(c notice.Change) bool { return c.Purpose == p.ID && c.Effect == notice.Reconsent }
		if n.ID == p.Notice && n.From <= r.today() && slices.ContainsFunc(n.Changes, again) {
			asked = append(asked, n.Version)
		}
	}
	var data []string
	for _, d := range p.Data {
		data = append(data, d.Name)
	}
	slices.Sort(data)
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %t %q %d", p.ID, data, p.Profiling, r.recipients(p), asked))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// recipients lists who receives the data of a purpose, by id.
func (r reader) recipients(p register.Purpose) []string {
	if p.Recipients != nil {
		return slices.Sorted(slices.Values(p.Recipients))
	}
	var ids []string
	for _, v := range r.Recipients {
		if r.Rules.Recipients[v.ID].Contracted(r.now) {
			ids = append(ids, v.ID)
		}
	}
	return ids
}

// seen says who else sees the data: who works for the organisation, and who uses it in their own name.
func (r reader) seen(p register.Purpose) string {
	by := map[string][]string{}
	for _, id := range r.recipients(p) {
		on := r.Rules.Recipients[id]
		by[on.Kind] = append(by[on.Kind], on.Name)
	}
	var out []string
	for _, kind := range []string{"processor", "controller"} {
		if names := by[kind]; len(names) > 0 {
			out = append(out, r.locale.T("widget.seen."+kind, strings.Join(names, ", ")))
		}
	}
	return strings.Join(out, " ")
}

// form writes what the forms of a source show; only one that names its purposes and its notice has it.
func (r reader) form(source register.Source) (form, bool) {
	told, ok := r.current(source.Notice)
	if !ok || len(source.Purposes) == 0 || source.From > r.today() {
		return form{}, false
	}
	text, in := told.In(r.language, r.Organisation.Language)
	f := form{Notice: noticeRef{told.ID, told.Version}, Text: text.Short, Language: in, Href: r.address(told.ID)}
	for _, id := range source.Purposes {
		p, ok := r.Purpose(id)
		if !ok || p.Basis != lawful.BasisConsent || p.From > r.today() {
			continue
		}
		shown := formPurpose{
			ID: id, Language: r.spoken(p.Title), Title: cmp.Or(r.in(p.Title), id),
			Described: r.spoken(p.Description), Description: r.in(p.Description),
		}
		for _, c := range p.Channels {
			if kinds := reached(c); len(kinds) > 0 {
				shown.Channels = append(shown.Channels, channel{c, kinds, r.locale.T("widget.by." + c)})
			}
		}
		if len(shown.Channels) > 0 {
			f.Purposes = append(f.Purposes, shown)
		}
	}
	return f, len(f.Purposes) > 0
}

// reached are the fields of a form that a channel reaches somebody by.
func reached(channel string) []string {
	if channel == lawful.ChannelInPerson {
		return nil
	}
	return slices.DeleteFunc([]string{lawful.IDEmail, lawful.IDPhone}, func(kind string) bool { return !lawful.Reaches(channel, kind) })
}

// current is the newest version of a notice that is out.
func (r reader) current(id string) (register.Published, bool) {
	var newest register.Published
	for _, n := range r.Notices { // in order of versions
		if n.ID == id && n.From <= r.today() && n.Invalid == nil {
			newest = n
		}
	}
	return newest, id != "" && newest.ID != ""
}

// today is the day it is where the organisation is.
func (r reader) today() string { return r.now.In(r.Zone).Format(time.DateOnly) }

func (r reader) in(t register.Texts) string {
	return t.In(r.language, r.Organisation.Language)
}

// spoken is the language that a text of the organisation's is found in.
func (r reader) spoken(t register.Texts) string {
	return t.Nearest(r.language, r.Organisation.Language)
}

// address of a notice, from the server's root on.
func (r reader) address(id string) string {
	return "n/" + url.PathEscape(r.Organisation.ID) + "/" + url.PathEscape(id) + "?lang=" + r.language
}
