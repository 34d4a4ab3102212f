// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

// rewrapBlock is how many keys one transaction rewraps.
const rewrapBlock = 500

// BackupLife is how long a backup is said to live unless set otherwise: an old
// epoch's key is destroyed when the last backup that needs it has ended.
const BackupLife = 90 * 24 * time.Hour

// Rewrap wraps every surviving key under the current epoch. It can be cut off
// and run again; keys destroyed meanwhile stay destroyed.
func Rewrap(ctx context.Context, d *db.DB, keys *Keys) error {
	epochs, _ := keys.Epochs()
	current := epochs[len(epochs)-1]
	for {
		var left int
		err := d.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
			chains, err := selectOldChains(ctx, tx, current, rewrapBlock)
			if err != nil {
				return err
			}
			secrets, err := selectOldSecrets(ctx, tx, current, rewrapBlock)
			if err != nil {
				return err
			}
			requests, err := selectOldRequests(ctx, tx, current, rewrapBlock)
			if err != nil {
				return err
			}
			left = len(chains) + len(secrets) + len(requests)
			for _, row := range chains {
				if err := rewrapOne(ctx, tx, keys, row, ChainOwner(row.owner), updateChainKey); err != nil {
					return err
				}
			}
			for _, row := range secrets {
				if err := rewrapOne(ctx, tx, keys, row, owner(row.owner, row.version), updateSecretKey); err != nil {
					return err
				}
			}
			for _, row := range requests {
				if err := rewrapOne(ctx, tx, keys, row, RequestOwner(row.owner), updateRequestKey); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("rewrap keys: %w", err)
		}
		if left == 0 {
			return nil
		}
	}
}

// Expire destroys every epoch whose successor began longer than life ago: by
// then no key is wrapped under it (Rewrap ran) and no backup that needs it lives.
func Expire(ctx context.Context, d *db.DB, keys *Keys, now time.Time, life time.Duration) ([]int64, error) {
	if err := Rewrap(ctx, d, keys); err != nil {
		return nil, err
	}
	epochs, began := keys.Epochs()
	var gone []int64
	for i := 0; i+1 < len(epochs); i++ {
		if began[epochs[i+1]].Add(life).After(now) {
			continue
		}
		if err := keys.Destroy(epochs[i]); err != nil {
			return gone, err
		}
		gone = append(gone, epochs[i])
	}
	return gone, nil
}

func rewrapOne(ctx context.Context, tx *db.Tx, keys *Keys, row wrappedRow, owner string,
	update func(context.Context, *db.Tx, wrappedRow, int64, []byte) error,
) error {
	key, err := keys.Unwrap(row.epoch, row.wrapped, row.org, owner)
	if err != nil {
		return err
	}
	epoch, wrapped, err := keys.Wrap(key, row.org, owner)
	if err != nil {
		return err
	}
	return update(ctx, tx, row, epoch, wrapped)
}
