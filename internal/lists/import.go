// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/lists/export"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/lawful"
)

// ImportOptions say what a file is.
type ImportOptions struct {
	Source   string     // declared; says for which purposes a yes was given; "": the only one of kind import, or none
	Map      string     // what the columns mean, where they are not recognised: see export.ParseMap
	DryRun   bool       // tell the sums, store nothing
	Name     string     // of the file: tells apart exports with the same columns; kept nowhere
	Exported *time.Time // as of when what has no date holds; nil: when the import began
}

// ImportResult is what an import came to.
type ImportResult struct {
	ID        string          `json:"id,omitempty"` // none where nothing was stored
	Source    string          `json:"source"`
	Tool      string          `json:"tool"`
	Section   string          `json:"section,omitempty"` // which export of the tool
	DryRun    bool            `json:"dry_run,omitempty"`
	Resumed   bool            `json:"resumed,omitempty"`   // an interrupted import was taken up
	Unchanged bool            `json:"unchanged,omitempty"` // nothing was stored: no row told anything new
	Sums      Sums            `json:"sums"`
	Bulk      []Bulk          `json:"bulk,omitempty"`   // confirmation addresses on so many rows that they prove nothing
	Places    []problem.Place `json:"places,omitempty"` // what is wrong, the first 1000
	Problems  int64           `json:"problems"`         // how many places in all
	Entry     string          `json:"entry,omitempty"`  // of the ledger; it holds the hash and not the salt
	SHA256    string          `json:"sha256,omitempty"` // of the salt and the file, base64
	Salt      string          `json:"salt,omitempty"`   // base64; kept nowhere else: with it and the file one can show that this is the file
}

// Bulk is a confirmation address that many rows share: that of whoever imported
// them into the tool, it seems. Their yes is weak proof.
type Bulk struct {
	Column string `json:"column"`
	IP     string `json:"ip"` // may be a person's: shown, never logged
	Rows   int64  `json:"rows"`
}

// Import takes a file in: once to look at all of it, then block by block. What
// is wrong with the whole file is a problem before anything is stored. A run
// that was interrupted goes on where it stood when the same file comes again.
func (s *Service) Import(ctx context.Context, actor access.Actor, o ImportOptions, file io.Reader, progress func(Progress)) (ImportResult, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	m, err := s.prepare(ctx, actor, o, progress)
	if err != nil {
		return ImportResult{}, err
	}
	if m.spool, err = newSpool(s.Dir); err != nil {
		return ImportResult{}, err
	}
	defer func() { _ = m.spool.close() }() // the file is gone with it
	if err := m.spool.fill(ctx, file, progress); err != nil {
		return ImportResult{}, err
	}
	if err := m.survey(ctx); err != nil {
		return ImportResult{}, err
	}
	if !o.DryRun {
		release, err := s.claim(m)
		if err != nil {
			return ImportResult{}, err
		}
		defer release()
		if err := m.begin(ctx); err != nil {
			return ImportResult{}, err
		}
	}
	if err := m.blocks(ctx); err != nil {
		return ImportResult{}, err
	}
	if !o.DryRun {
		if err := m.finish(ctx); err != nil {
			return ImportResult{}, err
		}
	}
	m.result.Sums, m.result.Places, m.result.Problems = m.sums, m.bad.places, m.bad.total
	return m.result, nil
}

// importing is one run of an import.
type importing struct {
	service  *Service
	actor    access.Actor
	options  ImportOptions
	columns  *export.Map
	progress func(Progress)
	zone     *time.Location
	spool    *spool
	tell     teller
	rows     int64 // in the file

	row    importRow // as stored
	sums   Sums
	bad    report
	result ImportResult
}

// prepare checks what can be checked without the file.
func (s *Service) prepare(ctx context.Context, actor access.Actor, o ImportOptions, progress func(Progress)) (*importing, error) {
	if err := actor.Require(access.ScopeChoices); err != nil {
		return nil, err
	}
	if actor.May(access.ScopeCollect) {
		return nil, problem.New(problem.Forbidden, "wrong_scope", "A public key can't import lists. Use a key with the scope choices alone.")
	}
	m := &importing{service: s, actor: actor, options: o, progress: progress}
	now := s.Clock.Now()
	asOf := instant(o.Exported, now)
	if asOf.After(now) || asOf.Year() < 1980 {
		return nil, problem.New(problem.Invalid, "invalid_request", "The file can't be imported. Nothing was stored.").
			At(problem.Place{Field: "exported", Detail: "is in the future, or before there were such files"})
	}
	if o.Map != "" {
		var err error
		if m.columns, err = export.ParseMap(o.Map); err != nil {
			return nil, err
		}
	}
	var rules *lawful.Rules
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) (err error) {
		rules, err = s.Rules.Rules(ctx, tx, actor.Org)
		return err
	})
	if err != nil {
		return nil, err
	}
	if o.Source == "" {
		o.Source = sourceOf(rules)
		m.options.Source = o.Source
	}
	versions := rules.Sources[o.Source]
	if len(versions) == 0 {
		return nil, unknownSource()
	}
	if m.zone, err = time.LoadLocation(rules.Organisation.TimeZone); err != nil {
		return nil, fmt.Errorf("read the time zone: %w", err)
	}
	m.tell = teller{rules: rules, source: versions[len(versions)-1], now: now, asOf: asOf}
	m.result = ImportResult{Source: o.Source, DryRun: o.DryRun}
	return m, nil
}

// sourceOf is the source of a file of which nobody said where it comes from: the
// one declared for imports, where there is just one, or the one that names no purpose.
func sourceOf(rules *lawful.Rules) string {
	var declared []string
	for id, versions := range rules.Sources {
		if versions[len(versions)-1].Kind == lawful.SourceImport && id != register.PlainImport {
			declared = append(declared, id)
		}
	}
	if len(declared) == 1 {
		return declared[0]
	}
	return register.PlainImport
}

// survey reads the whole file once: what its columns mean, how its dates are
// written, which confirmations are those of a bulk import.
func (m *importing) survey(ctx context.Context) error {
	list, err := sheet.Open(m.spool.reader())
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	items, end := block(list, sampled)
	if end != nil && !errors.Is(end, io.EOF) {
		return end
	}
	reader, err := export.Recognise(list.Header, cellsOf(items), export.Options{Zone: m.zone, Map: m.columns, Name: m.options.Name})
	if err != nil {
		return err
	}
	survey := reader.Survey()
	for {
		for _, i := range items {
			m.rows++
			if i.bad == nil {
				survey.Add(i.row.Cells)
			}
		}
		m.progress(Progress{Phase: PhaseSurveying, Rows: m.rows})
		if end != nil {
			break
		}
		if ctx.Err() != nil {
			return fmt.Errorf("survey a list: %w", context.Cause(ctx))
		}
		if items, end = block(list, blockRows); end != nil && !errors.Is(end, io.EOF) {
			return end
		}
	}
	bulk, err := survey.Finish()
	if err != nil {
		return err
	}
	m.tell.reader, m.tell.header, m.tell.file = reader, list.Header, m.spool.sum[:]
	m.result.Tool, m.result.Section = reader.Tool, reader.Section
	for _, b := range bulk {
		m.result.Bulk = append(m.result.Bulk, Bulk{b.Column, b.IP, int64(b.Rows)})
	}
	return nil
}

// claim keeps a second run of the same file out while this one runs in this
// process. Runs in other processes meet at the row of the import.
func (s *Service) claim(m *importing) (func(), error) {
	release, free := s.alone(running{m.actor.Org, m.options.Source, m.spool.sum})
	if !free {
		return nil, alreadyRunning()
	}
	return release, nil
}

// alone notes what runs, unless it does already, until it is released.
func (s *Service) alone(key running) (release func(), free bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[key] {
		return nil, false
	}
	s.running[key] = true
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.running, key)
	}, true
}

func alreadyRunning() error {
	return problem.New(problem.Conflict, "import_running",
		"This file is being imported from this source at this moment. Wait for that run to end: importing the file again then changes nothing.")
}

// blocks reads the file again and records it: what was read is recorded while
// more is read.
func (m *importing) blocks(ctx context.Context) error {
	list, err := sheet.Open(m.spool.reader())
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	reading, stop := context.WithCancel(ctx)
	ahead := make(chan toldBlock, readAhead)
	ended := make(chan error, 1)
	done := m.row.done
	go func() {
		defer close(ahead)
		ended <- m.readOn(reading, list, done, ahead)
	}()
	err = m.record(ctx, ahead)
	stop()
	if end := <-ended; err == nil {
		err = end
	}
	return err
}

// readAhead is how many blocks are read before they are recorded.
const readAhead = 2

// readOn turns the file into blocks of facts. Rows done by an earlier run are
// read again for their faults only.
func (m *importing) readOn(ctx context.Context, list *sheet.Sheet, done int64, ahead chan<- toldBlock) error {
	var end error
	for at := int64(0); end == nil; {
		var items []item
		if items, end = block(list, blockRows); end != nil && !errors.Is(end, io.EOF) {
			return end
		}
		skip := min(max(done-at, 0), int64(len(items)))
		for _, i := range items[:skip] {
			m.read(i)
		}
		at += int64(len(items))
		if ctx.Err() != nil {
			return fmt.Errorf("import a list: %w", context.Cause(ctx))
		}
		if skip == int64(len(items)) {
			continue
		}
		select {
		case ahead <- m.tellBlock(items[skip:], at):
		case <-ctx.Done():
		}
	}
	return nil
}

// toldBlock is a block of rows as the records they come to.
type toldBlock struct {
	records    []choice.Record
	rows       []taken
	unreadable int
	up         int64 // rows of the file that are done with this block
}

func (m *importing) tellBlock(items []item, up int64) toldBlock {
	b := toldBlock{up: up}
	seen := map[string]int{}
	for _, i := range items {
		t, ok := m.read(i)
		if !ok {
			b.unreadable++
			continue
		}
		earlier := seen[t.record.FactKeys[0]]
		if t.record = once(t.record, seen, len(b.records)); len(t.record.Facts) == 0 {
			b.rows = append(b.rows, taken{bucket: t.bucket, record: earlier, again: true})
			continue
		}
		b.rows = append(b.rows, taken{bucket: t.bucket, record: len(b.records)})
		b.records = append(b.records, t.record)
	}
	return b
}

// read turns a row into facts, or notes what is wrong with it.
func (m *importing) read(i item) (told, bool) {
	if i.bad != nil {
		m.bad.addBad(i.bad)
		return told{}, false
	}
	t, places := m.tell.row(i.row)
	m.bad.add(places...)
	return t, len(places) == 0
}
