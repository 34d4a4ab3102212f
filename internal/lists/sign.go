// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
)

// sign puts a clearance on record and signs it. The store keeps counts and the
// commitment; what opens it leaves with the file.
func (s *Service) sign(ctx context.Context, actor access.Actor, c *clearing) (ClearResult, error) {
	cleared := c.cleared()
	body, err := json.Marshal(cleared)
	if err != nil {
		return ClearResult{}, fmt.Errorf("encode a clearance: %w", err)
	}
	var added []ledger.Added
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		added, err = s.Ledger.Add(ctx, tx, actor.Org, []ledger.Draft{{
			Chain: ledger.Own, Kind: evidence.KindClearance, Body: body, By: actor.By(), Forget: true,
		}})
		if err != nil {
			return err
		}
		return insertClearance(ctx, tx, actor.Org, c.result, added[0].ID)
	})
	if err != nil {
		return ClearResult{}, fmt.Errorf("record a clearance: %w", err)
	}
	c.result.Clearance, err = s.signed(ctx, actor.Org, added[0], evidence.Clearance{
		Head: evidence.Head{Organisation: actor.Org}, Cleared: cleared, Salt: base64.StdEncoding.EncodeToString(c.salt[:]),
	})
	return c.result, err
}

// inclusion is how long a clearance waits to be taken into the log. What opens
// its entry is in memory only: a receipt can be asked for again, a clearance
// that is given up is lost, and after a large import the log may be far behind.
const inclusion = 2 * time.Minute

// signed asks again while another process holds the log.
func (s *Service) signed(ctx context.Context, org string, added ledger.Added, c evidence.Clearance) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, inclusion)
	defer cancel()
	for {
		file, err := s.Ledger.Clearance(ctx, org, added, c)
		if err == nil || !problem.Is(err, problem.Unavailable) {
			return file, err
		}
		again := time.NewTimer(100 * time.Millisecond)
		select {
		case <-ctx.Done():
			again.Stop()
			return nil, err
		case <-again.C:
		}
	}
}

func (c *clearing) cleared() evidence.Cleared {
	o, r := c.options, c.result
	return evidence.Cleared{
		Purpose: o.Purpose, Channel: o.Channel, Content: o.Content, Operation: o.Operation, Data: c.pure.Data, Recipient: o.Recipient,
		Who: c.actor.By(), At: r.At, KnownAt: r.KnownAt, ValidUntil: r.ValidUntil,
		Rows: r.Rows, Permitted: r.Permitted, Rejected: r.Rejected, Reasons: r.Reasons,
		Input: evidence.DigestOf(c.in.hash, c.in.bytes), Output: evidence.DigestOf(c.out.hash, c.out.bytes),
	}
}

func random(b []byte) error {
	if _, err := rand.Read(b); err != nil {
		return fmt.Errorf("take random bytes: %w", err)
	}
	return nil
}
