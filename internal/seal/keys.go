// SPDX-License-Identifier: Apache-2.0

package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/mod/sumdb/note"
)

// Keys is an opened key folder.
type Keys struct {
	dir    string
	master tink.AEAD

	mu     sync.RWMutex // guards epochs
	epochs map[int64]epoch
}

// epoch is one wrapping key and its life.
type epoch struct {
	aead    tink.AEAD
	created time.Time
}

// epochFile is what a file epoch-N.json holds: the keyset is encrypted by the master.
type epochFile struct {
	Created time.Time       `json:"created"`
	Keyset  json.RawMessage `json:"keyset"`
}

// Open opens the key folder, and makes it with a master keyset and a first
// epoch where there is none. A folder that others may read is refused.
func Open(dir string, now time.Time) (*Keys, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the key folder: %w", err)
	}
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("look at the key folder: %w", err)
	} else if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key folder %s can be read by others: run chmod 700 on it", dir)
	}
	k := &Keys{dir: dir, epochs: map[int64]epoch{}}
	if err := k.openMaster(); err != nil {
		return nil, err
	}
	if err := k.Refresh(); err != nil {
		return nil, err
	}
	if len(k.epochs) == 0 {
		if _, err := k.Rotate(now); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Refresh reads the folder's epochs again: another process may have begun or
// destroyed some.
func (k *Keys) Refresh() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	epochs, err := k.readEpochs()
	if err != nil {
		return err
	}
	k.epochs = epochs
	return nil
}

// Rotate begins a new epoch: keys are wrapped under it from now on. Two
// processes that share the folder never begin the same one: a second key would
// take the place of the first, and what is wrapped under that be lost.
func (k *Keys) Rotate(now time.Time) (n int64, err error) {
	err = k.Locked("epochs", func() error {
		if err := k.Refresh(); err != nil {
			return err
		}
		n, err = k.begin(now)
		return err
	})
	return n, err
}

func (k *Keys) begin(now time.Time) (int64, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := k.current() + 1
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return 0, fmt.Errorf("make an epoch key: %w", err)
	}
	var buf bytes.Buffer
	if err := handle.Write(keyset.NewJSONWriter(&buf), k.master); err != nil {
		return 0, fmt.Errorf("encrypt an epoch key: %w", err)
	}
	body, err := json.Marshal(epochFile{Created: now.UTC(), Keyset: buf.Bytes()})
	if err != nil {
		return 0, fmt.Errorf("encode an epoch key: %w", err)
	}
	if err := writeSynced(k.epochPath(n), body); err != nil {
		return 0, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return 0, fmt.Errorf("use an epoch key: %w", err)
	}
	k.epochs[n] = epoch{aead: primitive, created: now.UTC()}
	return n, nil
}

// Epochs lists the epochs that still exist and when each began, oldest first.
func (k *Keys) Epochs() ([]int64, map[int64]time.Time) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	began := make(map[int64]time.Time, len(k.epochs))
	var ns []int64
	for n, e := range k.epochs {
		ns = append(ns, n)
		began[n] = e.created
	}
	slices.Sort(ns)
	return ns, began
}

// Destroy removes an old epoch's key for ever: whatever is still wrapped under
// it, in any copy of the store, can't be opened again. The current epoch is refused.
func (k *Keys) Destroy(n int64) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n == k.current() {
		return errors.New("the current epoch can't be destroyed: rotate first")
	}
	if err := os.Remove(k.epochPath(n)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("destroy epoch %d: %w", n, err)
	}
	delete(k.epochs, n)
	return syncDir(k.dir)
}

// Wrap wraps a key of an owner (a subject's pseudonym, or the name of a secret) under the current epoch.
func (k *Keys) Wrap(key Key, org, owner string) (int64, []byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	n := k.current()
	wrapped, err := k.epochs[n].aead.Encrypt(key[:], place(org, owner, n))
	if err != nil {
		return 0, nil, fmt.Errorf("wrap a key: %w", err)
	}
	return n, wrapped, nil
}

// Unwrap opens what Wrap made for the same owner.
func (k *Keys) Unwrap(n int64, wrapped []byte, org, owner string) (Key, error) {
	e, ok := k.epoch(n)
	if !ok { // another process may have begun it
		if err := k.Refresh(); err != nil {
			return Key{}, err
		}
		if e, ok = k.epoch(n); !ok {
			return Key{}, fmt.Errorf("key of epoch %d: %w", n, ErrSealed)
		}
	}
	raw, err := e.aead.Decrypt(wrapped, place(org, owner, n))
	if err != nil || len(raw) != len(Key{}) {
		return Key{}, ErrSealed
	}
	return Key(raw), nil
}

func (k *Keys) epoch(n int64) (epoch, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	e, ok := k.epochs[n]
	return e, ok
}

// NewSigner makes an Ed25519 note key under the name and keeps its private half
// encrypted in the folder. It returns the verifier key (C2SP signed-note vkey).
func (k *Keys) NewSigner(file, name string) (string, error) {
	private, vkey, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", fmt.Errorf("make a signing key: %w", err)
	}
	sealed, err := k.master.Encrypt([]byte(private), []byte("lecito/signer/v1\x00"+file))
	if err != nil {
		return "", fmt.Errorf("encrypt a signing key: %w", err)
	}
	if _, err := os.Stat(k.signerPath(file)); err == nil {
		return "", fmt.Errorf("signing key %s exists already", file)
	}
	return vkey, writeSynced(k.signerPath(file), sealed)
}

// Signer opens a signing key made by NewSigner.
func (k *Keys) Signer(file string) (note.Signer, error) {
	sealed, err := os.ReadFile(k.signerPath(file))
	if err != nil {
		return nil, fmt.Errorf("read a signing key: %w", err)
	}
	private, err := k.master.Decrypt(sealed, []byte("lecito/signer/v1\x00"+file))
	if err != nil {
		return nil, fmt.Errorf("open signing key %s: %w", file, ErrSealed)
	}
	signer, err := note.NewSigner(string(private))
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", file, err)
	}
	return signer, nil
}

// Head reads the last signed head kept beside the signing key, or "".
func (k *Keys) Head(file string) (string, error) {
	b, err := os.ReadFile(filepath.Join(k.dir, file+".head"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the last signed head: %w", err)
	}
	return string(b), nil
}

// KeepHead records the last signed head, synced before it returns.
func (k *Keys) KeepHead(file, checkpoint string) error {
	return writeSynced(filepath.Join(k.dir, file+".head"), []byte(checkpoint))
}

// Dir is the key folder.
func (k *Keys) Dir() string { return k.dir }

func (k *Keys) current() int64 {
	var n int64
	for m := range k.epochs {
		n = max(n, m)
	}
	return n
}

func (k *Keys) openMaster() error {
	err := k.readMaster()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return k.Locked("epochs", func() error { // of two that start at once, one makes it
		if err := k.readMaster(); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return k.makeMaster()
	})
}

func (k *Keys) readMaster() error {
	raw, err := os.ReadFile(k.masterPath())
	if err != nil {
		return fmt.Errorf("read the master key: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return fmt.Errorf("open the master key: %w", err)
	}
	k.master, err = aead.New(handle)
	return err
}

func (k *Keys) makeMaster() error {
	left, err := k.files("", "")
	if err != nil {
		return err
	}
	for _, name := range left {
		if name[0] >= 'a' && name[0] <= 'z' && filepath.Ext(name) != ".lock" {
			return fmt.Errorf("the key folder %s has files but no master.json: restore it before starting", k.dir)
		}
	}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make the master key: %w", err)
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return fmt.Errorf("encode the master key: %w", err)
	}
	if err := writeSynced(k.masterPath(), buf.Bytes()); err != nil {
		return err
	}
	k.master, err = aead.New(handle)
	return err
}

func (k *Keys) readEpochs() (map[int64]epoch, error) {
	names, err := k.files("epoch-", ".json")
	if err != nil {
		return nil, err
	}
	epochs := map[int64]epoch{}
	for _, name := range names {
		var n int64
		if _, err := fmt.Sscanf(name, "epoch-%d.json", &n); err != nil {
			return nil, fmt.Errorf("%s is no epoch file: %w", name, err)
		}
		raw, err := os.ReadFile(filepath.Join(k.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // destroyed since it was listed
		}
		if err != nil {
			return nil, fmt.Errorf("read epoch %d: %w", n, err)
		}
		if epochs[n], err = k.openEpoch(raw); err != nil {
			return nil, fmt.Errorf("epoch %d: %w", n, err)
		}
	}
	return epochs, nil
}

func (k *Keys) openEpoch(raw []byte) (epoch, error) {
	var file epochFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return epoch{}, fmt.Errorf("read the file: %w", err)
	}
	handle, err := keyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Keyset)), k.master)
	if err != nil {
		return epoch{}, fmt.Errorf("open the key: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return epoch{}, fmt.Errorf("use the key: %w", err)
	}
	return epoch{aead: primitive, created: file.Created}, nil
}

// files lists the folder's files whose names begin and end so. filepath.Glob
// would take a bracket in the folder's own name for a pattern.
func (k *Keys) files(prefix, suffix string) ([]string, error) {
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return nil, fmt.Errorf("list the key folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), prefix) && strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (k *Keys) masterPath() string { return filepath.Join(k.dir, "master.json") }

func (k *Keys) epochPath(n int64) string {
	return filepath.Join(k.dir, fmt.Sprintf("epoch-%04d.json", n))
}

func (k *Keys) signerPath(file string) string { return filepath.Join(k.dir, file+".key") }
