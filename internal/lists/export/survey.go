// SPDX-License-Identifier: Apache-2.0

package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/problem"
)

// A confirmation address on many rows is that of whoever imported them, not of
// the people confirming: people share addresses in tens (an office, a phone
// carrier), not by a share of a whole list.
const (
	// BulkRows is the least number of rows that makes an address a bulk one.
	BulkRows = 20
	// BulkShare is the least share of all rows, in percent.
	BulkShare = 5
)

// tracked is how many addresses are counted at once. With n rows a count may
// be too low by n/tracked at most, far from what BulkShare looks for.
const tracked = 4096

// Survey is the first pass over a file: what can only be known from all rows.
// Feed it every row, call Finish, and then read the rows.
type Survey struct {
	reader    *Reader
	rows      int
	addresses map[string]int
	dayFirst  []int // by column of Reader.dates: rows that can only be day first
	monFirst  []int
	twoWays   []int
}

// Bulk is a confirmation address that is on many rows.
type Bulk struct {
	Column string
	IP     string // personal data if it is a person's: shown, never logged
	Rows   int
}

// Survey starts the first pass.
func (r *Reader) Survey() *Survey {
	n := len(r.dates)
	return &Survey{reader: r, addresses: map[string]int{}, dayFirst: make([]int, n), monFirst: make([]int, n), twoWays: make([]int, n)}
}

// Add looks at one row.
func (s *Survey) Add(cells []string) {
	s.rows++
	if ip := s.reader.confirmIP(cells); ip != "" {
		s.count(ip)
	}
	for i, column := range s.reader.dates {
		if column >= len(cells) {
			continue
		}
		d, _, ok := cut(strings.TrimSpace(cells[column]))
		switch {
		case !ok || d.iso || d.sep == '.':
		case d.twoWays():
			s.twoWays[i]++
		case d.n[0] > 12 && d.n[1] <= 12:
			s.dayFirst[i]++
		case d.n[1] > 12 && d.n[0] <= 12:
			s.monFirst[i]++
		}
	}
}

// count keeps the addresses that occur most (Misra and Gries), in bounded memory.
func (s *Survey) count(ip string) {
	if _, ok := s.addresses[ip]; ok || len(s.addresses) < tracked {
		s.addresses[ip]++
		return
	}
	for have := range s.addresses {
		s.addresses[have]--
		if s.addresses[have] == 0 {
			delete(s.addresses, have)
		}
	}
}

// Finish tells the reader what was found: the order of the dates, and which
// confirmation addresses prove nothing; those it gives, largest first. An order
// that no row settles is a problem, named by its column.
func (s *Survey) Finish() ([]Bulk, error) {
	var found []Bulk
	for ip, n := range s.addresses {
		if n >= BulkRows && n*100 >= s.rows*BulkShare {
			found = append(found, Bulk{Column: s.reader.confirmColumn(), IP: ip, Rows: n})
			s.reader.bulk[ip] = true
		}
	}
	slices.SortFunc(found, func(a, b Bulk) int { return cmp.Or(b.Rows-a.Rows, cmp.Compare(a.IP, b.IP)) })
	return found, s.settleOrder()
}

// settleOrder decides for the whole file: a tool writes its dates one way.
func (s *Survey) settleOrder() error {
	if s.reader.order != AnyOrder {
		return nil
	}
	day, mon := sum(s.dayFirst), sum(s.monFirst)
	switch {
	case day > 0 && mon > 0:
		return s.orderProblem("mixed_dates", "Some dates can only be day first and some only month first, so those in between mean two things. Correct the file, or say which holds: --map date=dmy or --map date=mdy",
			func(i int) string {
				return fmt.Sprintf("%d rows day first, %d month first", s.dayFirst[i], s.monFirst[i])
			})
	case day > 0:
		s.reader.order = DayFirst
	case mon > 0:
		s.reader.order = MonthFirst
	case sum(s.twoWays) > 0:
		return s.orderProblem("ambiguous_dates", "No date in the file tells whether the day or the month comes first. Say it: --map date=dmy (3 April is 03/04) or --map date=mdy (3 April is 04/03)",
			func(i int) string { return fmt.Sprintf("%d rows can be read in two ways", s.twoWays[i]) })
	}
	return nil
}

func (s *Survey) orderProblem(code, detail string, says func(int) string) error {
	p := problem.New(problem.Invalid, code, detail)
	for i, column := range s.reader.dates {
		if s.twoWays[i]+s.dayFirst[i]+s.monFirst[i] > 0 {
			p = p.At(problem.Place{Field: s.reader.header[column], Column: column + 1, Detail: says(i)})
		}
	}
	return p
}

func (r *Reader) confirmColumn() string {
	if i, ok := r.columns[confirmIP]; ok {
		return r.header[i]
	}
	return ""
}

func (r *Reader) confirmIP(cells []string) string {
	if i, ok := r.columns[confirmIP]; ok && i < len(cells) {
		return strings.TrimSpace(cells[i])
	}
	return ""
}

func sum(ns []int) int {
	total := 0
	for _, n := range ns {
		total += n
	}
	return total
}
