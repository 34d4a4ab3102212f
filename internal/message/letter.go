// SPDX-License-Identifier: Apache-2.0

package message

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/lawful"
)

func (l *letter) seal(key seal.Key, place string) ([]byte, error) {
	plain, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("encode a message: %w", err)
	}
	return key.Seal(place, plain), nil
}

// open gives what a message says; of one that is not written yet, nothing.
func (r row) open(key seal.Key, org string) (*letter, error) {
	l := &letter{}
	if len(r.sealed) == 0 {
		return l, nil
	}
	plain, err := key.Open(r.place(org), r.sealed)
	if err == nil {
		err = json.Unmarshal(plain, l)
	}
	if err != nil {
		return nil, fmt.Errorf("open message %s: %w", r.id, err)
	}
	return l, nil
}

// address finds the address of a message among what its subject holds, and
// whether it is there.
func (s *Service) address(ctx context.Context, r db.Reader, org string, m row) (lawful.Identifier, bool, error) {
	held, err := s.Subjects.Identifiers(ctx, r, org, []string{m.chain})
	if err != nil {
		return lawful.Identifier{}, false, err
	}
	key, err := s.Subjects.BlindKey(ctx, r, org)
	if err != nil {
		return lawful.Identifier{}, false, err
	}
	i := slices.IndexFunc(held, func(h subject.Held) bool {
		return slices.Equal(subject.BlindUnder(key, h.Identifier.Identifier), m.blind)
	})
	if i < 0 {
		return lawful.Identifier{}, false, nil
	}
	return held[i].Identifier.Identifier, true, nil
}

// among gives those of the facts that a message asked about.
func among(facts []lawful.Recorded, asks []int64) []lawful.Recorded {
	return slices.DeleteFunc(slices.Clone(facts), func(f lawful.Recorded) bool { return !slices.Contains(asks, f.Seq) })
}

// without is a text with a blank where the link stands: who holds that can
// answer for the person.
func without(text, link string) string { return strings.ReplaceAll(text, link, "[…]") }
