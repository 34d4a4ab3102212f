// SPDX-License-Identifier: Apache-2.0

// Package seal keeps the keys and makes the envelopes. A master keyset opens
// the epoch keysets; an epoch key wraps the key of each subject and the secrets
// of each organisation; a subject key seals what is on record about that one
// subject. Destroying a subject's wrapped key makes everything sealed under it
// unreadable at once; destroying the epoch key, some time later, makes it
// unreadable in every backup and replica too.
//
// What it promises: key files are written to a temporary name, synced and
// renamed, with mode 0600, outside the database and its backups; every envelope
// is bound to its place (organisation, subject, table and row), so that a
// sealed value moved elsewhere does not open.
//
// Where it is weak: whoever holds the key folder and the store reads
// everything; the master keyset is a file unless an operator keeps the folder
// on an encrypted volume. Keys in memory are not locked against paging.
package seal

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"runtime"
	"strconv"
	"sync"
)

// Key is a 32-byte key of one subject or one organisation, in the clear.
type Key [32]byte

// ErrSealed says that an envelope does not open with this key at this place.
var ErrSealed = errors.New("sealed value does not open")

// NewKey makes a key from the system's randomness.
func NewKey() Key {
	var k Key
	rand.Read(k[:]) // never fails
	return k
}

// fewEach is how many calls are not worth another goroutine.
const fewEach = 16

// Each calls f for every i below n, on all processors where n is large: hashing
// and sealing are most of what a batch does outside the store. It returns one of
// the errors of f.
func Each(n int, f func(i int) error) error {
	workers := min(runtime.GOMAXPROCS(0), n/fewEach)
	if workers < 2 {
		return each(0, n, f)
	}
	errs, panics := make([]error, workers), make([]any, workers)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			defer func() { panics[w] = recover() }()
			errs[w] = each(w*n/workers, (w+1)*n/workers, f)
		})
	}
	all.Wait()
	if p := cmp.Or(panics...); p != nil {
		panic(p) // where the caller can meet it
	}
	return cmp.Or(errs...)
}

func each(from, to int, f func(i int) error) error {
	for i := from; i < to; i++ {
		if err := f(i); err != nil {
			return err
		}
	}
	return nil
}

// Seal encrypts plain with AES-256-GCM (NIST SP 800-38D) under a fresh random
// nonce, which goes first. The place is authenticated, not stored.
func (k Key) Seal(place string, plain []byte) []byte {
	aead := k.aead()
	out := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(out)
	return aead.Seal(out, out, plain, []byte(place))
}

// Open decrypts what Seal made for the same place.
func (k Key) Open(place string, sealed []byte) ([]byte, error) {
	return k.OpenTo(nil, []byte(place), sealed)
}

// OpenTo is Open for many: what it decrypts is put behind dst.
func (k Key) OpenTo(dst, place, sealed []byte) ([]byte, error) {
	return k.Opener().OpenTo(dst, place, sealed)
}

// Opener is a key made ready to open many.
type Opener struct{ aead cipher.AEAD }

// Opener makes the key ready, which costs as much as opening something small.
func (k Key) Opener() Opener { return Opener{k.aead()} }

// OpenTo decrypts what Seal made for the same place, and puts it behind dst.
func (o Opener) OpenTo(dst, place, sealed []byte) ([]byte, error) {
	aead := o.aead
	if len(sealed) < aead.NonceSize()+aead.Overhead() {
		return nil, ErrSealed
	}
	nonce, body := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(dst, nonce, body, place)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Blind is the blind index of a value: the first 128 bits of HMAC-SHA-256. Who
// lacks the key can neither compute nor test it.
func (k Key) Blind(kind, value string) []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write([]byte(kind))
	mac.Write([]byte{0})
	mac.Write([]byte(value))
	return mac.Sum(nil)[:16]
}

// Tag is the full HMAC-SHA-256 of a message, for tokens that must not be forged.
func (k Key) Tag(message []byte) []byte {
	mac := hmac.New(sha256.New, k[:])
	mac.Write(message)
	return mac.Sum(nil)
}

func (k Key) aead() cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // the length is right by type
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// place names what a wrapped key is for: a wrapped key of one subject does not
// unwrap as another's, nor under another epoch.
func place(org, owner string, epoch int64) []byte {
	p := make([]byte, 0, 128)
	p = append(append(append(p, "lecito/key/v1\x00"...), org...), 0)
	return strconv.AppendInt(append(append(p, owner...), 0), epoch, 10)
}
