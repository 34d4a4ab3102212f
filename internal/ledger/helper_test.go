// SPDX-License-Identifier: Apache-2.0

package ledger_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/ledger"
)

func headFile(t *testing.T, dir, origin string) string {
	t.Helper()
	return filepath.Join(dir, strings.ReplaceAll(origin, "/", "-")+".head")
}

// signAhead keeps a head of more entries than the store has, as if the store
// had been restored from a backup taken before.
func signAhead(t *testing.T, b book, g ledger.Generation) {
	t.Helper()
	file := strings.ReplaceAll(g.Origin, "/", "-")
	signer, err := b.keys.Signer(file)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := evidence.Checkpoint{Origin: g.Origin, Size: g.Size + 5, Root: tlog.Hash{1}}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.keys.KeepHead(file, signed); err != nil {
		t.Fatal(err)
	}
}
