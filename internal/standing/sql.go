// SPDX-License-Identifier: Apache-2.0

package standing

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
)

// selectSubjects lists subjects in the order of their pseudonyms.
func selectSubjects(ctx context.Context, r db.Reader, org, after string, most int64) ([]string, error) {
	chains, err := db.All(ctx, r, db.Value[string], `
		SELECT id
		FROM chain
		WHERE org = $1 AND id > $2 AND id <> $3
		ORDER BY id
		LIMIT $4`, org, after, ledger.Own, most)
	if err != nil {
		return nil, fmt.Errorf("list subjects: %w", err)
	}
	return chains, nil
}

// selectSubjectCount counts them.
func selectSubjectCount(ctx context.Context, r db.Reader, org string) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT COUNT(*)
		FROM chain
		WHERE org = $1 AND id <> $2`, org, ledger.Own)
	if err != nil {
		return 0, fmt.Errorf("count subjects: %w", err)
	}
	return n, nil
}

// selectWaiting names the chains with entries that are on their way into the log,
// each as often as it has any: for distinct ones SQLite would read all entries.
func selectWaiting(ctx context.Context, r db.Reader, org string) ([]string, error) {
	chains, err := db.All(ctx, r, db.Value[string], `
		SELECT chain
		FROM entry
		WHERE org = $1 AND position IS NULL`, org)
	if err != nil {
		return nil, fmt.Errorf("read which chains have entries not in the log yet: %w", err)
	}
	return chains, nil
}

// selectErased names who was erased since an instant.
func selectErased(ctx context.Context, r db.Reader, org string, since time.Time) ([]string, error) {
	chains, err := db.All(ctx, r, db.Value[string], `
		SELECT chain
		FROM shredded
		WHERE org = $1 AND erased >= $2`, org, db.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("read who was erased: %w", err)
	}
	return chains, nil
}
