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
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
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
	aead := k.aead()
	if len(sealed) < aead.NonceSize()+aead.Overhead() {
		return nil, ErrSealed
	}
	nonce, body := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, body, []byte(place))
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
	return fmt.Appendf(nil, "lecito/key/v1\x00%s\x00%s\x00%d", org, owner, epoch)
}
