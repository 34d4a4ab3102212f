// SPDX-License-Identifier: Apache-2.0

package lists

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lecito/lecito/internal/db"
)

// clearanceCounts is what the store keeps of a clearance.
type clearanceCounts struct {
	Rows      int64            `json:"rows"`
	Permitted int64            `json:"permitted"`
	Rejected  int64            `json:"rejected"`
	Reasons   map[string]int64 `json:"reasons"`
}

func insertClearance(ctx context.Context, tx *db.Tx, org string, r ClearResult, entry string) error {
	counts, err := json.Marshal(clearanceCounts{r.Rows, r.Permitted, r.Rejected, r.Reasons})
	if err != nil {
		return fmt.Errorf("encode the counts of a clearance: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO clearance (org, id, purpose, channel, entry, counts, recorded, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		org, r.ID, r.Purpose, r.Channel, entry, string(counts), db.Micros(tx.Now()), db.Micros(r.ValidUntil))
	return err
}
