// SPDX-License-Identifier: Apache-2.0

package api

import (
	"strings"
	"testing"
)

// FuzzTile reads anything as the address of a tile. What is taken can be asked
// of a log, and has that one address. It is in the package because the reading
// of addresses is.
func FuzzTile(f *testing.F) {
	for _, seed := range []string{
		"", "0/000", "1/000.p/7", "entries/x001/234", "entries/000.p/255", "data/000", "8/0/000", "63/x001/x234/067", "64/000", "-1/000",
		"0/x001/x234/x567/x890/x123/x456/789", "0/999.p/0", "0/000.p/256", "00/000", "0/000/", "0//000", "0/../000", "entries", "0/x000/001",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		tile, ok := tileAt(path)
		if !ok {
			return
		}
		if tile.H != 8 || tile.L < -1 || tile.N < 0 || tile.W < 1 || tile.W > 256 {
			t.Fatalf("%q is %+v", path, tile)
		}
		want := strings.TrimPrefix(tile.Path(), "tile/8/")
		if entries, ok := strings.CutPrefix(want, "data/"); ok {
			want = "entries/" + entries
		}
		if path != want {
			t.Errorf("%q is read as %q", path, want)
		}
	})
}
