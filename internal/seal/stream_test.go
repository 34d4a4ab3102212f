// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lecito/lecito/internal/seal"
)

func TestASealedFileIsReadWholeOrNotAtAll(t *testing.T) {
	const part = 1 << 20
	for _, size := range []int{0, 1, part - 1, part, part + 1, 3*part + 5} {
		plain := make([]byte, size)
		rand.Read(plain)
		key, path := seal.NewKey(), filepath.Join(t.TempDir(), "sealed")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		w := key.NewWriter(t.Context(), f, "here")
		for rest := plain; len(rest) > 0; rest = rest[min(70_000, len(rest)):] {
			if _, err := w.Write(rest[:min(70_000, len(rest))]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.End(); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		sealed, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		read := func(key seal.Key, b []byte, place string) bool {
			r := key.NewReader(bytes.NewReader(b), place)
			got := make([]byte, size)
			_, err := io.ReadFull(r, got)
			return err == nil && r.Ended() && bytes.Equal(got, plain)
		}
		if !read(key, sealed, "here") {
			t.Errorf("%d bytes: not read", size)
		}
		changed := bytes.Clone(sealed)
		changed[len(changed)/2] ^= 1
		// The parts are 4 bytes, an envelope of 28 more than what is in it.
		const whole = 4 + 28 + part
		for what, ok := range map[string]bool{
			"under another key":  read(seal.NewKey(), sealed, "here"),
			"at another place":   read(key, sealed, "there"),
			"changed":            read(key, changed, "here"),
			"cut":                read(key, sealed[:len(sealed)-1], "here"),
			"without its last":   size >= part && read(key, sealed[:len(sealed)/whole*whole], "here"),
			"in another order":   size > 2*part && read(key, append(bytes.Clone(sealed[whole:2*whole]), sealed[whole:]...), "here"),
			"said to end sooner": size > part && read(key, append([]byte{sealed[0] | 1}, sealed[1:whole]...), "here"),
		} {
			if ok {
				t.Errorf("%d bytes are read %s", size, what)
			}
		}
	}
}
