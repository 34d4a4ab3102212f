// SPDX-License-Identifier: Apache-2.0

// Package lists takes the lists of other tools in, with the choices they hold,
// and gives the part of a list back that may be used, with a clearance that
// says so ever after.
//
// What it promises: a file is never kept, and while an import needs it twice it
// lies encrypted under a key that only memory holds; no row is half imported; a
// file imported twice, or taken up again after a crash, changes nothing that
// the first time did not; a yes of a list never lifts anybody's no; every row of
// a cleared list has exactly one reason, and those permitted come back as they
// came; memory is bounded whatever the length of a CSV file; an export holds each
// address once, and none of whose permission anything is known against.
//
// Where it is weak: an import holds its Excel file in memory while it is read;
// a dry run does not see that two rows more than a block apart say the same, so
// it may call the second one new; a list is cleared by one identifying column,
// so a row's other identifiers are not asked about; what goes wrong with a list
// being cleared is told when the read under way returns; an export remembers whom
// it wrote by a salted hash until it ends, some forty bytes an address.
//
// How a list flows through the decision is at the head of flow.go, how an export
// comes about in export.go.
package lists

import (
	"crypto/sha256"
	"hash"
	"sync"

	"github.com/google/uuid"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
)

// Parts are what the service works with.
type Parts struct {
	DB       *db.DB
	Ledger   *ledger.Ledger
	Choices  *choice.Service
	Standing *standing.Service
	Rules    choice.Rules
	Secrets  *seal.Secrets
	Clock    clock.Clock
	Dir      string // where imports lie, encrypted, while they are read; empty: the system's folder for temporary files
}

// Service imports and clears lists.
type Service struct {
	Parts

	mu      sync.Mutex
	running map[running]bool // imports of this process, and exports; guarded by mu
}

// running tells an import that runs from any other. An export is of no source.
type running struct {
	org, source string
	file        [sha256.Size]byte
}

// New returns the service.
func New(p Parts) *Service {
	return &Service{Parts: p, running: map[running]bool{}}
}

// Progress tells how far a run is.
type Progress struct {
	Phase string `json:"phase"`           // receiving, surveying, importing, clearing, exporting
	Rows  int64  `json:"rows"`            // done
	Of    int64  `json:"of,omitempty"`    // rows in all, once it is known
	Bytes int64  `json:"bytes,omitempty"` // read
}

// Phases of a run.
const (
	PhaseReceiving = "receiving"
	PhaseSurveying = "surveying"
	PhaseImporting = "importing"
	PhaseClearing  = "clearing"
	PhaseExporting = "exporting"
)

// maxPlaces is how many places of what is wrong are told; all are counted.
const maxPlaces = 1000

// A block is what is decided or recorded at once.
const (
	blockRows  = 1000
	blockBytes = 4 << 20
)

// item is a row of a list, or one that can't be read.
type item struct {
	row sheet.Row
	bad *sheet.BadRow
}

// size is about what the item takes in memory.
func (i item) size() int {
	n := 64
	for _, c := range i.row.Cells {
		n += len(c)
	}
	return n
}

// next reads one row; io.EOF after the last.
func next(s *sheet.Sheet) (item, error) {
	row, err := s.Next()
	bad := sheet.AsBadRow(err)
	if bad != nil {
		err = nil // of the row, not of the reading
	}
	return item{row: row, bad: bad}, err
}

// block reads up to most rows that do not take too much memory; its error,
// io.EOF too, is about what follows the rows given.
func block(s *sheet.Sheet, most int) ([]item, error) {
	var items []item
	for size := 0; len(items) < most && size < blockBytes; {
		i, err := next(s)
		if err != nil {
			return items, err
		}
		items = append(items, i)
		size += i.size()
	}
	return items, nil
}

// cellsOf gives the cells of the rows that can be read.
func cellsOf(items []item) [][]string {
	var rows [][]string
	for _, i := range items {
		if i.bad == nil {
			rows = append(rows, i.row.Cells)
		}
	}
	return rows
}

// cellsIn gives the cells of the rows of a block that can be read.
func cellsIn(b *sheet.Block) [][]string {
	var rows [][]string
	for i := range b.Len() {
		if b.Bad(i) == nil {
			rows = append(rows, b.Row(i).Cells)
		}
	}
	return rows
}

// report gathers places of what is wrong, the first ones in full.
type report struct {
	places []problem.Place
	total  int64
}

func (r *report) add(places ...problem.Place) {
	r.total += int64(len(places))
	for _, p := range places {
		if len(r.places) < maxPlaces {
			r.places = append(r.places, p)
		}
	}
}

// addBad notes a row that can't be read: where, and why.
func (r *report) addBad(bad *sheet.BadRow) {
	place := problem.Place{Line: bad.Line, Detail: bad.Problem.Detail}
	if len(bad.Problem.Places) > 0 {
		place.Column = bad.Problem.Places[0].Column
	}
	r.add(place)
}

// meter counts and hashes what goes through it.
type meter struct {
	hash  hash.Hash
	bytes int64
}

func newMeter(salt []byte) *meter {
	m := &meter{hash: sha256.New()}
	m.hash.Write(salt)
	return m
}

// Write never fails.
func (m *meter) Write(b []byte) (int, error) {
	m.bytes += int64(len(b))
	return m.hash.Write(b)
}

// newID makes an id: a prefix that says what it names, and a UUIDv7 (RFC 9562).
func newID(prefix string) string {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // crypto/rand never fails on a supported system
	}
	return prefix + "_" + id.String()
}
