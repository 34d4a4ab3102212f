// SPDX-License-Identifier: Apache-2.0

package standing

import "context"

// Save writes the snapshots now.
func (m *Memory) Save(ctx context.Context, report func(org string, err error)) {
	m.save(ctx, m.service.db.Now(), report)
}

// Restored tells whether an organisation's index was read from its snapshot.
func (m *Memory) Restored(org string) bool { return m.of(org).restored }

// Snapshot is the path of its file.
func (m *Memory) Snapshot(org string) string { return m.file(org) }
