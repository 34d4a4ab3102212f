// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/lawful"
)

// DefaultValidity is how long a clearance holds where nothing else is said: a
// list older than that is to be cleared again before it is used. It ends earlier
// where the permission of one of its rows is known to.
const DefaultValidity = 48 * time.Hour

// ReasonUnreadable is the word under which a clearance counts the rows that
// can't be read. It is no reason of a decision: nothing was decided.
const ReasonUnreadable = "unreadable"

// ClearOptions say what a list is to be used for.
type ClearOptions struct {
	Purpose   string
	Channel   string
	At        *time.Time // the instant the question is about; nil: now
	KnownAt   *time.Time // only what was recorded by then counts; nil: now
	Content   string
	Operation string
	Data      []standing.Used
	Recipient string
	ValidFor  time.Duration // 0: DefaultValidity
	Column    string        // which identifies; "": found
	Source    string        // whose customer numbers the column holds, where it holds such
	Name      string        // of the file: helps to recognise the tool; kept nowhere
	Size      int64         // of the file in bytes; 0: not known
	Language  string        // of the explanations; "": the organisation's
}

// rowSize is about how long a row is, in bytes.
const rowSize = 64

// Outputs are where the parts of a list go. Each may be nil.
type Outputs struct {
	Permitted io.Writer // the rows that may be used, as they came
	Rejected  io.Writer // the others, with reason and explanation
	Suppress  io.Writer // the addresses to stop in the tool the list came from: CSV, one column
	Progress  func(Progress)
}

// ClearResult is what clearing a list came to.
type ClearResult struct {
	ID         string           `json:"id"`
	Purpose    string           `json:"purpose"`
	Channel    string           `json:"channel"`
	Rows       int64            `json:"rows"`
	Permitted  int64            `json:"permitted"`
	Rejected   int64            `json:"rejected"`
	Suppressed int64            `json:"suppressed"` // rows whose address is to be stopped
	Reasons    map[string]int64 `json:"reasons"`    // every row under one
	Column     string           `json:"column"`     // that identified
	Tool       string           `json:"tool,omitempty"`
	Unreadable []problem.Place  `json:"unreadable,omitempty"` // the first 1000
	At         time.Time        `json:"at"`
	KnownAt    time.Time        `json:"known_at"`
	ValidUntil time.Time        `json:"valid_until"`
	Clearance  []byte           `json:"-"` // the signed file
}

// Clear puts a list through the decision, row by row, as it is read. What is
// wrong with the question, or with the whole file, is a problem before anything
// is written; then rows are written as they are decided, and the clearance is
// made at the end: without it the outputs are not to be used.
func (s *Service) Clear(ctx context.Context, actor access.Actor, o ClearOptions, file io.Reader, out Outputs) (ClearResult, error) {
	c, err := s.ask(ctx, actor, o, out.Rejected != nil)
	if err != nil {
		return ClearResult{}, err
	}
	if o.At == nil && o.KnownAt == nil {
		if err := s.Standing.Prepare(ctx, actor.Org, o.Size/rowSize); err != nil {
			return ClearResult{}, err
		}
	}
	if err := c.open(file, out); err != nil {
		return ClearResult{}, err
	}
	defer func() { _ = c.sheet.Close() }() // it was only read
	defer c.asker.Close()
	if err := c.run(ctx); err != nil {
		return ClearResult{}, err
	}
	if err := c.end(file); err != nil {
		return ClearResult{}, err
	}
	return s.sign(ctx, actor, c)
}

// clearing is one list being cleared.
type clearing struct {
	actor   access.Actor
	options ClearOptions
	pure    lawful.Question // about nobody
	asks    func(kind string) (asker, time.Time)
	asker   asker // of the question, once the column is known
	country string
	salt    [evidence.SaltSize]byte

	in, out   *meter
	sheet     *sheet.Sheet
	column    column
	tool      string
	sample    *batch // read to look at, not decided yet
	permitted *sheet.Writer
	rejected  *sheet.Writer
	suppress  *sheet.Writer
	progress  func(Progress)

	result  ClearResult
	reasons tally
	bad     report
}

// ask checks the question itself: what no person could change is told once.
func (s *Service) ask(ctx context.Context, actor access.Actor, o ClearOptions, explain bool) (*clearing, error) {
	if err := actor.Require(access.ScopeCheck); err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	if o.ValidFor == 0 {
		o.ValidFor = DefaultValidity
	}
	if err := o.check(now); err != nil {
		return nil, err
	}
	var rules *lawful.Rules
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		rules, err = s.Standing.Rules(ctx, tx, actor.Org)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.Source != "" && len(rules.Sources[o.Source]) == 0 {
		return nil, unknownSource()
	}
	if o.Language == "" {
		o.Language = rules.Organisation.Language
	}
	at, known := instant(o.At, now), instant(o.KnownAt, now)
	question := standing.Question{
		Source: o.Source, Purpose: o.Purpose, Channel: o.Channel, Content: o.Content, Operation: o.Operation,
		Data: o.Data, Recipient: o.Recipient, At: &at, KnownAt: &known, Language: o.Language,
	}
	c := &clearing{
		actor: actor, options: o, country: rules.Organisation.Country, progress: func(Progress) {},
		asks: func(kind string) (asker, time.Time) {
			if o.At == nil && o.KnownAt == nil {
				return s.asks(actor, question, kind, explain, o.ValidFor)
			}
			return s.asks(actor, question, kind, explain, 0)
		},
		result: ClearResult{
			ID: newID("clr"), Purpose: o.Purpose, Channel: o.Channel, Reasons: map[string]int64{},
			At: at, KnownAt: known, ValidUntil: now.Add(o.ValidFor).UTC(),
		},
	}
	if c.pure, err = standing.Pure(rules, question, now); err != nil {
		return nil, err
	}
	d, undeclared := lawful.Undeclared(rules, c.pure)
	if undeclared {
		return nil, problem.New(problem.Invalid, string(d.Reason), d.Explanation)
	}
	return c, nil
}

func (o ClearOptions) check(now time.Time) error {
	p := problem.New(problem.Invalid, "invalid_question", "The list can't be cleared. Nothing was written.")
	wrong := func(field, detail string) { p = p.At(problem.Place{Field: field, Detail: detail}) }
	if o.Purpose == "" {
		wrong("purpose", "name the purpose")
	}
	if !slices.Contains(lawful.Channels(), o.Channel) {
		wrong("channel", "is not a channel")
	}
	if o.KnownAt != nil && o.KnownAt.After(now) {
		wrong("known_at", "is in the future: what will be known then can't be told now")
	}
	if o.ValidFor < 0 {
		wrong("valid", "is less than no time")
	}
	if len(p.Places) == 0 {
		return nil
	}
	return p
}

func instant(t *time.Time, now time.Time) time.Time {
	if t == nil {
		return now
	}
	return t.UTC().Truncate(time.Microsecond)
}

// sampled is how many rows are looked at to find the identifying column.
const sampled = 200

// open reads the head of the list and as many rows as tell what it is.
func (c *clearing) open(file io.Reader, out Outputs) error {
	if err := random(c.salt[:]); err != nil {
		return err
	}
	c.in, c.out = newMeter(c.salt[:]), newMeter(c.salt[:])
	var err error
	if c.sheet, err = sheet.Open(io.TeeReader(file, c.in)); err != nil {
		return err
	}
	c.sample = &batch{}
	c.sample.err = c.sheet.Fill(&c.sample.rows, sampled, blockBytes)
	if err = c.sample.err; err == nil || errors.Is(err, io.EOF) {
		err = c.look()
	}
	if err == nil {
		err = c.writers(out)
	}
	if err != nil {
		if c.asker != nil {
			c.asker.Close()
		}
		return errors.Join(err, c.sheet.Close())
	}
	return nil
}

// look finds the tool and the column that identifies.
func (c *clearing) look() error {
	sample := cellsIn(&c.sample.rows)
	// Whether a tool is recognised decides nothing but how phones are written.
	if r, err := export.Recognise(c.sheet.Header, sample, export.Options{Name: c.options.Name}); err == nil && r.Tool != "contacts" {
		c.tool = r.Tool
	}
	f := finder{
		header: c.sheet.Header, sample: sample, kinds: reached(c.options.Channel),
		source: c.options.Source, country: c.country, plus: c.tool == "Brevo",
	}
	var err error
	c.column, err = f.find(c.options.Column)
	c.result.Column, c.result.Tool = c.column.name, c.tool
	if err != nil {
		return err
	}
	var at time.Time
	if c.asker, at = c.asks(c.column.kind); c.options.At == nil && c.options.KnownAt == nil {
		c.result.At, c.result.KnownAt = at, at
	}
	return nil
}

// writers begin the outputs.
func (c *clearing) writers(out Outputs) error {
	to := func(w io.Writer) io.Writer {
		if w == nil {
			return io.Discard
		}
		return w
	}
	if out.Progress != nil {
		c.progress = out.Progress
	}
	var err error
	if c.permitted, err = c.sheet.Writer(io.MultiWriter(c.out, to(out.Permitted))); err != nil {
		return err
	}
	if out.Rejected != nil {
		if c.rejected, err = c.sheet.Writer(out.Rejected, c.added()...); err != nil {
			return err
		}
	}
	if out.Suppress != nil {
		// The tool the list came from knows the column by the name it gave it.
		c.suppress, err = sheet.Create(out.Suppress, sheet.CSV, []string{c.column.name})
	}
	return err
}

// added names the columns of reason and explanation as no column is named yet.
func (c *clearing) added() []string {
	added := []string{"reason", "explanation"}
	for i, name := range added {
		for slices.ContainsFunc(c.sheet.Header, func(h string) bool { return export.Fold(h) == export.Fold(added[i]) }) {
			name = "lecito " + name
			added[i] = name
		}
	}
	return added
}

// stopped says whether an address is to be stopped in the tool.
func stopped(a *answer) bool {
	return stops(a.Reason) || slices.ContainsFunc(a.Also, stops)
}

// stops says whether a reason is one to stop the address in the tool for. That
// somebody has given no consent, or not a proven one, is none: they may be asked.
func stops(r lawful.Reason) bool {
	switch r {
	case lawful.ReasonRefused, lawful.ReasonWithdrawn, lawful.ReasonObjected, lawful.ReasonErased, lawful.ReasonSuppressed,
		lawful.ReasonRestricted, lawful.ReasonDeceased, lawful.ReasonMinor, lawful.ReasonUndeliverable,
		lawful.ReasonOppositionRegister, lawful.ReasonSignal, lawful.ReasonRetentionEnded, lawful.ReasonLicenceEnded:
		return true
	}
	return false
}

// end finishes the outputs and reads what may follow the last row.
func (c *clearing) end(file io.Reader) error {
	if _, err := io.Copy(c.in, file); err != nil {
		return fmt.Errorf("read the list: %w", err)
	}
	for _, w := range []*sheet.Writer{c.permitted, c.rejected, c.suppress} {
		if w == nil {
			continue
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	for _, t := range c.reasons {
		c.result.Reasons[string(t.reason)] = t.rows
	}
	c.result.Unreadable = c.bad.places
	return nil
}
