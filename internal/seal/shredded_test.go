// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/seal"
)

func TestTheListOfErasedSubjectsGrowsWhateverItsEnd(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	const line = `{"org":"shop","chain":"sub_1","erased":"2026-11-21T10:00:00Z"}`
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"no list yet":            {"", []string{"sub_2", "sub_3"}},
		"a whole line":           {line + "\n", []string{"sub_1", "sub_2", "sub_3"}},
		"as one value, as once":  {"[" + line + "]", []string{"sub_1", "sub_2", "sub_3"}},
		"a line cut off":         {line + "\n" + line[:20], []string{"sub_1", "sub_2", "sub_3"}},
		"a line that never came": {line + "\n\x00\x00\x00\n", []string{"sub_1", "sub_2", "sub_3"}},
	} {
		dir := filepath.Join(t.TempDir(), "keys")
		keys := open(t, dir)
		if c.file != "" {
			if err := os.WriteFile(filepath.Join(dir, "shredded.json"), []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, chain := range []string{"sub_2", "sub_3"} {
			if err := keys.AddShredded([]seal.Shredded{{Org: "shop", Chain: chain, Erased: at}}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		list, err := keys.Shredded()
		var got []string
		for _, s := range list {
			got = append(got, s.Chain)
			if s.Org != "shop" || !s.Erased.Equal(at) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
	}
}

func TestADamagedListOfErasedSubjectsIsNotReadAsShorter(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	keys := open(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "shredded.json"), []byte("{\"org\":\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := keys.Shredded(); err == nil {
		t.Errorf("read as %v", list)
	}
}

func TestWhatNoBackupHoldsLeavesTheList(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	keys := open(t, filepath.Join(t.TempDir(), "keys"))
	old := seal.Shredded{Org: "shop", Chain: "sub_1", Erased: at.Add(-time.Hour)}
	young := seal.Shredded{Org: "shop", Chain: "sub_2", Erased: at}
	if err := keys.AddShredded([]seal.Shredded{old, young}); err != nil {
		t.Fatal(err)
	}
	if err := keys.KeepShredded([]seal.Shredded{young}, at); err != nil {
		t.Fatal(err)
	}
	if list, err := keys.Shredded(); err != nil || !slices.Equal(list, []seal.Shredded{young}) {
		t.Errorf("%v, %v, want the young one once", list, err)
	}
}
