// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// What a code sent to a customer's address lets through. Six digits are few:
// they are tried seldom, soon over, and sent seldom.
const (
	CodeLife = 10 * time.Minute

	codeTries = 5  // of one code
	codesADay = 10 // to one address
	codeDay   = 24 * time.Hour
)

// NewCode makes a code for whoever reads what is sent to an identifier, known by
// its blind index, and ends the one before. A problem of kind TooMany: the
// identifier was sent enough of them today.
func (s *Service) NewCode(ctx context.Context, org string, blind []byte) (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw a code: %w", err)
	}
	code := fmt.Sprintf("%06d", n)
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		secret, err := s.secrets.Current(ctx, tx, org, seal.Tokens)
		if err != nil {
			return err
		}
		now := tx.Now()
		if err := deleteCodes(ctx, tx, org, now.Add(-codeDay)); err != nil {
			return err
		}
		sent, err := insertCode(ctx, tx, org, blind, codeHash(secret.Key, blind, code), now)
		if err == nil && sent > codesADay {
			return problem.New(problem.TooMany, "too_many_codes", "This address was sent as many codes as it is on one day.")
		}
		return err
	})
	return code, err
}

// TryCode tells whether a code is the one that was sent, and ends it. It may be
// tried a few times; then, and when its time is over, none is right.
func (s *Service) TryCode(ctx context.Context, org string, blind []byte, code string) (bool, error) {
	right := false
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		right = false
		secrets, err := s.secrets.All(ctx, tx, org, seal.Tokens)
		if err != nil {
			return err
		}
		hash, err := tryCode(ctx, tx, org, blind, tx.Now())
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, secret := range secrets {
			right = right || hmac.Equal(hash, codeHash(secret.Key, blind, code))
		}
		if !right {
			return nil
		}
		return endCode(ctx, tx, org, blind)
	})
	return right, err
}

// ForgetCodes deletes what is kept of codes sent to identifiers, known by their
// blind indexes.
func ForgetCodes(ctx context.Context, tx *db.Tx, org string, blinds [][]byte) error {
	_, err := tx.ExecRows(ctx, `
		DELETE FROM code
		WHERE org = $1 AND blind IN ({rows})`, db.Column("BYTEA", blinds), org)
	if err != nil {
		return fmt.Errorf("forget codes: %w", err)
	}
	return nil
}

func codeHash(key seal.Key, blind []byte, code string) []byte {
	return key.Tag(append(append([]byte("lecito/code/v1\x00"), blind...), code...))
}
