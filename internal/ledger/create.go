// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/seal"
)

// Create begins an organisation: its row, its secrets, its own chain, its log
// and its statement key. It does nothing where the organisation exists.
func (l *Ledger) Create(ctx context.Context, tx *db.Tx, org string) error {
	made, err := insertOrganisation(ctx, tx, org)
	if err != nil || !made {
		return err
	}
	for _, name := range []string{seal.BlindIndex, seal.Idempotency, seal.Tokens} {
		if _, err := l.secrets.Make(ctx, tx, org, name); err != nil {
			return err
		}
	}
	if err := l.begin(ctx, tx, org, 1); err != nil {
		return err
	}
	return l.publishKey(ctx, tx, org)
}

// Organisations lists the ids of all organisations, in order.
func (l *Ledger) Organisations(ctx context.Context) ([]string, error) {
	var ids []string
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		ids, err = selectOrganisations(ctx, tx)
		return err
	})
	return ids, err
}

// begin starts a generation of a log, with a key of its own. An origin is never
// used twice: it holds a random part, so a store made anew has another.
func (l *Ledger) begin(ctx context.Context, tx *db.Tx, org string, generation int64) error {
	origin := fmt.Sprintf("lecito/%s/%s", org, randomPart())
	vkey, err := l.keys.NewSigner(signerFile(origin), origin)
	if err != nil {
		return err
	}
	empty, err := tlog.TreeHash(0, nil)
	if err != nil {
		return fmt.Errorf("hash the empty log: %w", err)
	}
	return insertLog(ctx, tx, org, logRow{
		generation: generation, origin: origin, vkey: vkey, root: empty[:],
	})
}

// publishKey makes a statement key and puts its public half in the log. A key
// that follows another carries the old key's signature over the new one, and
// is itself signed with the new one: rotation signs both ways.
func (l *Ledger) publishKey(ctx context.Context, tx *db.Tx, org string) error {
	name := fmt.Sprintf("lecito/%s/statements/%s", org, randomPart())
	vkey, err := l.keys.NewSigner(signerFile(name), name)
	if err != nil {
		return err
	}
	body := evidence.KeyBody{Role: evidence.RoleStatement, VKey: vkey}
	if err := l.succeed(ctx, tx, org, &body, signerFile(name)); err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode a key: %w", err)
	}
	_, err = l.Add(ctx, tx, org, []Draft{{Chain: Own, New: true, Kind: evidence.KindKey, Body: raw, By: "system"}})
	return err
}

// succeed has the old key, where there is one, and the new key sign the succession.
func (l *Ledger) succeed(ctx context.Context, tx *db.Tx, org string, body *evidence.KeyBody, file string) error {
	older, vkey, _, err := l.statementKey(ctx, tx, org)
	if errors.Is(err, errNoKey) {
		return nil
	}
	if err != nil {
		return err
	}
	newer, err := l.keys.Signer(file)
	if err != nil {
		return err
	}
	body.Replaces = vkey
	body.SignedByOld, err = evidence.Succession(body.Role, body.VKey, older, newer)
	return err
}

// RotateStatementKey replaces the key that signs certificates, clearances and
// receipts. Files signed with the old one verify for ever.
func (l *Ledger) RotateStatementKey(ctx context.Context, org string) error {
	return l.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		return l.publishKey(ctx, tx, org)
	})
}

// errNoKey says that the organisation has no statement key yet.
var errNoKey = errors.New("the organisation has no statement key")

// statementKey returns the key that signs statements, its public half, and the
// entry that publishes it.
func (l *Ledger) statementKey(ctx context.Context, r db.Reader, org string) (note.Signer, string, Entry, error) {
	last, err := l.Recent(ctx, r, org, evidence.KindKey, 0, 1)
	if err != nil {
		return nil, "", Entry{}, err
	}
	if len(last) == 0 {
		return nil, "", Entry{}, errNoKey
	}
	var body evidence.KeyBody
	if err := json.Unmarshal(last[0].Body, &body); err != nil {
		return nil, "", Entry{}, fmt.Errorf("read the statement key: %w", err)
	}
	name, _, _ := strings.Cut(body.VKey, "+")
	signer, err := l.keys.Signer(signerFile(name))
	return signer, body.VKey, last[0], err
}

// Recover begins a new generation of every log that is behind the last signed
// head: its store was restored, or is a standby that was promoted. It returns
// the organisations it did so for.
func (l *Ledger) Recover(ctx context.Context) ([]string, error) {
	orgs, err := l.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	var renewed []string
	for _, org := range orgs {
		began, err := l.recover(ctx, org)
		if err != nil {
			return renewed, err
		}
		if began {
			renewed = append(renewed, org)
		}
	}
	return renewed, nil
}

// recover looks and begins under the signer's lock, so that of several processes
// that start on a restored store one begins the new generation.
func (l *Ledger) recover(ctx context.Context, org string) (began bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	head, err := l.head(ctx, org)
	if err != nil {
		return false, err
	}
	err = l.keys.Locked(signerFile(head.origin), func() error {
		head, kept, err := l.heads(ctx, org, head.origin)
		if err == nil {
			err = l.extends(ctx, org, kept, head)
		}
		if errors.Is(err, ErrBehind) {
			began = true
			return l.renew(ctx, org)
		}
		return err
	})
	if errors.Is(err, ErrFenced) && !began {
		return false, nil // another process has just done it
	}
	return began && err == nil, err
}

// Renew begins a new generation: a new origin and log key, whose first entry
// names the old origin, the size held and the last head known. Every entry still
// on record is taken into the new log. Old certificates still verify.
func (l *Ledger) Renew(ctx context.Context, org string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.renew(ctx, org)
}

func (l *Ledger) renew(ctx context.Context, org string) error {
	old, err := l.head(ctx, org)
	if err != nil {
		return err
	}
	kept, err := l.keys.Head(signerFile(old.origin))
	if err != nil {
		return err
	}
	body, err := json.Marshal(generationBody{Origin: old.origin, VKey: old.vkey, Size: old.size, Head: kept})
	if err != nil {
		return fmt.Errorf("encode a generation: %w", err)
	}
	err = l.db.Alone(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := takeTerm(ctx, tx, org); err != nil { // whoever sequences the old log ends first, or not at all
			return err
		}
		if err := clearPositions(ctx, tx, org); err != nil {
			return err
		}
		if err := l.begin(ctx, tx, org, old.generation+1); err != nil {
			return err
		}
		added, err := l.Add(ctx, tx, org, []Draft{{Chain: Own, Kind: evidence.KindGeneration, Body: body, By: "system"}})
		if err != nil {
			return err
		}
		rows, err := selectEntries(ctx, tx, org, []string{added[0].ID})
		if err != nil {
			return err
		}
		head, err := selectLog(ctx, tx, org)
		if err != nil {
			return err
		}
		return take(ctx, tx, org, head, []pendingRow{{id: rows[0].id, commitment: rows[0].commitment}})
	})
	delete(l.terms, org)
	return err
}

// generationBody is the body of the first entry of a log that follows another.
type generationBody struct {
	Origin string `json:"origin"` // of the log before
	VKey   string `json:"vkey"`   // and its key
	Size   int64  `json:"size"`   // entries the store held of it
	Head   string `json:"head"`   // the last checkpoint signed for it, as far as the keys know
}

// signerFile names the file that holds a signing key, by the name it signs under.
func signerFile(name string) string { return strings.ReplaceAll(name, "/", "-") }

func randomPart() string {
	var part [8]byte
	rand.Read(part[:]) // never fails
	return hex.EncodeToString(part[:])
}
