// SPDX-License-Identifier: Apache-2.0

package rights_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/testkit/shop"
	"github.com/lecito/lecito/lawful"
)

// forms are the ways in which a value could lie in a file and be recognised.
func forms(value string) map[string][]byte {
	out := map[string][]byte{"the value": []byte(value), "its hex": []byte(hex.EncodeToString([]byte(value)))}
	s256, s1, m5 := sha256.Sum256([]byte(value)), sha1.Sum([]byte(value)), md5.Sum([]byte(value))
	for name, sum := range map[string][]byte{"SHA-256": s256[:], "SHA-1": s1[:], "MD5": m5[:]} {
		out[name] = sum
		out[name+" hex"] = []byte(hex.EncodeToString(sum))
		out[name+" HEX"] = []byte(strings.ToUpper(hex.EncodeToString(sum)))
		out[name+" base64"] = []byte(base64.StdEncoding.EncodeToString(sum))
		out[name+" base64url"] = []byte(base64.RawURLEncoding.EncodeToString(sum))
	}
	return out
}

// TestNoByteLeftLetsAGuessBeConfirmed looks through everything that is stored
// after an erasure: files, write-ahead log, a backup, the log output.
func TestNoByteLeftLetsAGuessBeConfirmed(t *testing.T) {
	noByteLeft(t, func(*testing.T, *shop.Shop) {})
}

// TestNoByteOfRestrictedEvidenceLetsAGuessBeConfirmed does the same where the
// person's choices are kept.
func TestNoByteOfRestrictedEvidenceLetsAGuessBeConfirmed(t *testing.T) {
	noByteLeft(t, declareKeeping)
}

func noByteLeft(t *testing.T, declare func(*testing.T, *shop.Shop)) {
	t.Helper()
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		var logged bytes.Buffer
		env.DB = env.OpenWith(t, func(o *db.Options) {
			o.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
		s := shop.Open(t, env)
		declare(t, s)
		r := shop.Yes(shop.Email(anna), "newsletter", "email")
		r.Idempotency = "from-" + anna
		a := s.Record(t, shop.Key(), r)
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "newsletter", "email"))
		_, _ = certificate(t, s, shop.Email(anna))
		s.Record(t, shop.Key(), shop.No(shop.Email(anna), lawful.Objected, "", ""))
		entries, held := history(t, s, a.Subject)
		if len(entries) != 2 || len(held) != 1 {
			t.Fatalf("%d entries, %d identifiers", len(entries), len(held))
		}
		done := erase(t, s, shop.Email(anna))
		if n := count(t, s.DB, `SELECT count(*) FROM restricted WHERE org = $1`); n != int64(len(done.Kept)) {
			t.Fatalf("%d batches of evidence, want %d", n, len(done.Kept))
		}
		s.Record(t, shop.Key(), shop.Yes(shop.Email(bruno), "events", "email"))

		secret := forms(anna)
		for i, e := range entries { // with salt and payload a commitment could be computed again
			secret[fmt.Sprintf("salt %d", i)] = e.Salt[:]
			secret[fmt.Sprintf("salt %d hex", i)] = []byte(hex.EncodeToString(e.Salt[:]))
			secret[fmt.Sprintf("salt %d base64", i)] = []byte(base64.StdEncoding.EncodeToString(e.Salt[:]))
			secret[fmt.Sprintf("payload %d", i)] = e.Payload[:64]
		}
		for name, where := range everything(t, s, env, logged.Bytes()) {
			for what, b := range secret {
				if bytes.Contains(where, b) {
					t.Errorf("%s holds %s", name, what)
				}
			}
		}
		if n := count(t, s.DB, `SELECT count(*) FROM entry WHERE org = $1 AND chain = '`+a.Subject+`' AND (length(sealed) > 0 OR idempotency IS NOT NULL OR request IS NOT NULL)`); n != 0 {
			t.Errorf("%d entries of the person keep more than a commitment", n)
		}
		if n := count(t, s.DB, `SELECT count(*) FROM chain WHERE org = $1 AND id = '`+a.Subject+`'`); n != 0 {
			t.Error("the key is left")
		}
	})
}

// everything reads all that a thief of the disk would get, keys apart.
func everything(t *testing.T, s *shop.Shop, env testkit.Env, logged []byte) map[string][]byte {
	t.Helper()
	backup := t.TempDir() + "/after.backup"
	if err := s.DB.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{"the log output": logged}
	for _, path := range append(env.RawFiles(t), backup) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[path] = b
	}
	if len(out) < 3 {
		t.Fatalf("only %d files were read", len(out))
	}
	return out
}
