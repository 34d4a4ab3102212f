// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

// closeTogether is how many subjects are read for one that is wanted where that
// costs less than to look each up.
const closeTogether = 3

// Values opens what identifies subjects, of one kind and in its comparable form. The
// subjects are in the store's order; among is how many there are from the first
// of them to the last.
func (s *Subjects) Values(ctx context.Context, r db.Reader, org string, subjects []string, among int, kind string) ([][]byte, error) {
	if len(subjects) == 0 {
		return nil, nil
	}
	if among <= closeTogether*len(subjects) {
		return s.valuesBetween(ctx, r, org, subjects, kind)
	}
	held, err := s.Identifiers(ctx, r, org, subjects)
	var values [][]byte
	for _, h := range held {
		if h.Kind == kind {
			values = append(values, []byte(h.Value))
		}
	}
	return values, err
}

// valuesBetween reads all from the first subject to the last, and opens those of
// the subjects. An address is decrypted as its row goes by: but for the addresses
// nothing is kept.
func (s *Subjects) valuesBetween(ctx context.Context, r db.Reader, org string, subjects []string, kind string) ([][]byte, error) {
	keys, err := s.ledger.KeysBetween(ctx, r, org, subjects)
	if err != nil {
		return nil, err
	}
	values := make([][]byte, 0, len(subjects))
	o := valueOpener{prefix: "identifier\x00" + org + "\x00"}
	err = eachIdentifier(ctx, r, org, subjects[0], subjects[len(subjects)-1], kind, func(chain, blind, sealed []byte) error {
		key, wanted := keys[string(chain)]
		if !wanted {
			return nil
		}
		value, err := o.open(key, chain, blind, sealed)
		if err != nil {
			return fmt.Errorf("open an identifier of %s: %w", chain, err)
		}
		values = append(values, value)
		return nil
	})
	return values, err
}

// valueOpener opens one value after the other.
type valueOpener struct {
	prefix string // of every place
	place  []byte
	plain  []byte
	values []byte // all of them
}

func (o *valueOpener) open(key seal.Key, chain, blind, sealed []byte) ([]byte, error) {
	o.place = append(append(append(append(o.place[:0], o.prefix...), chain...), 0), blind...)
	plain, err := key.OpenTo(o.plain[:0], o.place, sealed)
	if err != nil {
		return nil, err
	}
	o.plain = plain
	from := len(o.values)
	if value, plain := plainValue(plain); plain {
		o.values = append(o.values, value...)
	} else {
		var body sealedIdentifier
		if err := json.Unmarshal(o.plain, &body); err != nil {
			return nil, fmt.Errorf("read an identifier: %w", err)
		}
		o.values = append(o.values, body.Value...)
	}
	return o.values[from:len(o.values):len(o.values)], nil
}

// plainValue takes the value out of a sealedIdentifier that has it in plain words;
// encoding/json reads the others.
func plainValue(sealed []byte) ([]byte, bool) {
	rest, found := bytes.CutPrefix(sealed, []byte(`{"value":"`))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return nil, false
	}
	return rest[:end], bytes.IndexByte(rest[:end], '\\') < 0
}

func eachIdentifier(ctx context.Context, r db.Reader, org, from, to, kind string, f func(chain, blind, sealed []byte) error) error {
	var chain, blind, sealed db.Raw
	err := db.Each(ctx, r, func(s db.Scanner) error {
		if err := s.Scan(&chain, &blind, &sealed); err != nil {
			return err
		}
		return f(chain, blind, sealed)
	}, `
		SELECT chain, blind, sealed
		FROM identifier
		WHERE org = $1 AND chain >= $2 AND chain <= $3 AND kind = $4
		ORDER BY chain`, org, from, to, kind)
	if err != nil {
		return fmt.Errorf("read identifiers: %w", err)
	}
	return nil
}
