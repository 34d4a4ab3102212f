// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/seal"
)

func open(t *testing.T, dir string) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(dir, time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestAnEnvelopeOpensAtItsPlaceOnly(t *testing.T) {
	key := seal.NewKey()
	sealed := key.Seal("entry\x00a", []byte("secret"))
	if plain, err := key.Open("entry\x00a", sealed); err != nil || string(plain) != "secret" {
		t.Fatalf("at its place: %q, %v", plain, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another place": func() ([]byte, error) { return key.Open("entry\x00b", sealed) },
		"another key":   func() ([]byte, error) { return seal.NewKey().Open("entry\x00a", sealed) },
		"cut short":     func() ([]byte, error) { return key.Open("entry\x00a", sealed[:20]) },
		"nothing":       func() ([]byte, error) { return key.Open("entry\x00a", nil) },
	} {
		if _, err := open(); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func TestAWrappedKeyIsItsOwnersOnly(t *testing.T) {
	keys := open(t, filepath.Join(t.TempDir(), "keys"))
	key := seal.NewKey()
	epoch, wrapped, err := keys.Wrap(key, "bottega", "chain/a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keys.Unwrap(epoch, wrapped, "bottega", "chain/a"); err != nil || got != key {
		t.Fatalf("its owner: %v", err)
	}
	for _, c := range [][2]string{{"bottega", "chain/b"}, {"other", "chain/a"}} {
		if _, err := keys.Unwrap(epoch, wrapped, c[0], c[1]); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("as %v: %v, want ErrSealed", c, err)
		}
	}
}

func TestFilesOfKeysAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	keys := open(t, dir)
	if _, err := keys.NewSigner("log", "lecito/bottega/log"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", f.Name(), info.Mode())
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir, time.Now()); err == nil {
		t.Error("a folder that others can read was opened")
	}
}

func TestAFolderWithoutItsMasterIsNotBegunAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	open(t, dir)
	if err := os.Remove(filepath.Join(dir, "master.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(dir, time.Now()); err == nil {
		t.Error("a new master was made over old epochs")
	}
}

// A pattern made of the folder's name finds nothing where that holds a bracket:
// the first epoch was then begun anew at each start, over the old one.
func TestTheFolderMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"keys [live]", "keys?*", `a\b`} {
		dir := filepath.Join(t.TempDir(), name)
		key := seal.NewKey()
		epoch, wrapped, err := open(t, dir).Wrap(key, "bottega", "chain/a")
		if err != nil {
			t.Fatal(err)
		}
		again := open(t, dir)
		if got, err := again.Unwrap(epoch, wrapped, "bottega", "chain/a"); err != nil || got != key {
			t.Errorf("%s: after a second start: %v", name, err)
		}
		if err := os.Remove(filepath.Join(dir, "master.json")); err != nil {
			t.Fatal(err)
		}
		if _, err := seal.Open(dir, time.Now()); err == nil {
			t.Errorf("%s: a new master was made over old epochs", name)
		}
	}
}

func TestProcessesThatStartAtOnceShareOneMaster(t *testing.T) {
	for range 20 {
		dir := filepath.Join(t.TempDir(), "keys")
		var started [4]*seal.Keys
		var wg sync.WaitGroup
		for i := range started {
			wg.Go(func() {
				keys, err := seal.Open(dir, time.Now())
				if err != nil {
					t.Error(err)
				}
				started[i] = keys
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
		epoch, wrapped, err := started[0].Wrap(seal.NewKey(), "bottega", "chain/a")
		if err != nil {
			t.Fatal(err)
		}
		for _, keys := range append(started[1:], open(t, dir)) {
			if _, err := keys.Unwrap(epoch, wrapped, "bottega", "chain/a"); err != nil {
				t.Fatalf("wrapped by one, opened by another: %v", err)
			}
		}
	}
}

func TestProcessesThatShareAFolderNeverBeginTheSameEpoch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	one, two := open(t, dir), open(t, dir)
	var mu sync.Mutex
	begun := map[int64]bool{}
	var wg sync.WaitGroup
	for _, keys := range []*seal.Keys{one, two} {
		for range 10 {
			wg.Go(func() {
				n, err := keys.Rotate(time.Now())
				mu.Lock()
				defer mu.Unlock()
				if err != nil || begun[n] {
					t.Errorf("epoch %d begun twice, or %v", n, err)
				}
				begun[n] = true
			})
		}
	}
	wg.Wait()
	if len(begun) != 20 {
		t.Errorf("%d epochs, want 20", len(begun))
	}
}

func TestWhatOneProcessWrapsAnotherOpens(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	one, two := open(t, dir), open(t, dir)
	if _, err := one.Rotate(time.Now()); err != nil {
		t.Fatal(err)
	}
	key := seal.NewKey()
	epoch, wrapped, err := one.Wrap(key, "bottega", "chain/a")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := two.Unwrap(epoch, wrapped, "bottega", "chain/a"); err != nil || got != key {
		t.Errorf("under an epoch begun elsewhere: %v", err)
	}
}

func TestADestroyedEpochOpensNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	keys, other := open(t, dir), open(t, dir)
	epoch, wrapped, err := keys.Wrap(seal.NewKey(), "bottega", "chain/a")
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.Destroy(epoch); err == nil {
		t.Error("the current epoch was destroyed")
	}
	if _, err := keys.Rotate(time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := keys.Destroy(epoch); err != nil {
		t.Fatal(err)
	}
	if err := other.Refresh(); err != nil {
		t.Fatal(err)
	}
	for _, k := range []*seal.Keys{keys, other, open(t, dir)} {
		if _, err := k.Unwrap(epoch, wrapped, "bottega", "chain/a"); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("after its end: %v, want ErrSealed", err)
		}
	}
}
