// SPDX-License-Identifier: Apache-2.0

package register

import "time"

// GoBy has the age of what is in memory told by another clock.
func (s *Service) GoBy(now func() time.Time) { s.now = now }

// CatalogueOf makes a catalogue of records.
func CatalogueOf(record []Record) (*Catalogue, error) { return catalogue(record) }
