// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
)

// KeyBody is the body of a payload of kind key: it publishes a verifier key in
// the log. A key that follows another names it and is vouched for by it.
type KeyBody struct {
	Role        string `json:"role"` // statement or log
	VKey        string `json:"vkey"`
	Replaces    string `json:"replaces,omitempty"`      // the verifier key that came before
	SignedByOld string `json:"signed_by_old,omitempty"` // Succession: signed by the old key and by the new
}

// Roles of a key.
const (
	RoleStatement = "statement"
	RoleLog       = "log"
)

// Succession signs, with the old key and with the new, that the new verifier
// key takes over: the old one vouches for it, the new one shows that it is held.
func Succession(role, vkey string, older, newer note.Signer) (string, error) {
	signed, err := note.Sign(&note.Note{Text: successionText(role, vkey)}, older, newer)
	if err != nil {
		return "", fmt.Errorf("sign succession: %w", err)
	}
	return string(signed), nil
}

func successionText(role, vkey string) string {
	return "lecito/key/v1\n" + role + "\n" + vkey + "\n"
}

// check verifies the body on its own: the key is a key, and where it replaces
// another both have signed.
func (k KeyBody) check() (note.Verifier, error) {
	if k.Role != RoleStatement && k.Role != RoleLog {
		return nil, errors.New("the role of the key is not known")
	}
	verifier, err := parseKey(k.VKey)
	if err != nil {
		return nil, err
	}
	if k.Replaces == "" && k.SignedByOld == "" {
		return verifier, nil
	}
	older, err := parseKey(k.Replaces)
	if err != nil {
		return nil, fmt.Errorf("the key it replaces: %w", err)
	}
	n, err := note.Open([]byte(k.SignedByOld), note.VerifierList(older, verifier))
	if err != nil || len(n.Sigs) != 2 || n.Text != successionText(k.Role, k.VKey) {
		return nil, errors.New("the key it replaces and the new key have not both signed the succession")
	}
	return verifier, nil
}
