// SPDX-License-Identifier: Apache-2.0

package register

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/lawful"
)

// Preview gives the rules as they would be if the file were applied at the
// instant of the transaction, and changes nothing. What Apply would refuse is
// refused here. Recorded tests of legitimate interests are not of the file, so
// they are not among these rules: whoever decides by them takes those there are.
func (s *Service) Preview(ctx context.Context, tx *db.ReadTx, org string, doc *Document) (*lawful.Rules, error) {
	if err := doc.of(org); err != nil {
		return nil, err
	}
	record, err := selectRecord(ctx, tx, doc.Organisation.ID)
	if err != nil {
		return nil, fmt.Errorf("read the register: %w", err)
	}
	changes, err := Diff(record, doc)
	if err != nil {
		return nil, err
	}
	c, err := catalogue(changes.onto(record, tx.Now()))
	if err != nil {
		return nil, fmt.Errorf("read what the file declares: %w", err)
	}
	return c.Rules, nil
}

// of refuses a file that declares another organisation than the one expected;
// empty expects none.
func (d *Document) of(org string) error {
	if org == "" || org == d.Organisation.ID {
		return nil
	}
	place := d.places[KindOrganisation+"/"+d.Organisation.ID]
	place.Detail = "this is another organisation than the one asked for"
	return problem.Newf(problem.Invalid, "other_organisation", "%s declares another organisation, and nothing of it was applied", d.name).At(place)
}

// onto gives the record as it would be with the changes stored at an instant.
func (c Changes) onto(record []Record, now time.Time) []Record {
	out := slices.Clone(record)
	for _, change := range c {
		if change.Effect != Retired {
			out = append(out, Record{Declaration: Declaration{Kind: change.Kind, ID: change.ID, Body: change.body, Version: change.Version}, Recorded: now})
			continue
		}
		i := slices.IndexFunc(out, func(r Record) bool {
			return r.Kind == change.Kind && r.ID == change.ID && r.Version == change.Version
		})
		out[i].Retired = &now
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), a.Version-b.Version)
	})
	return out
}
