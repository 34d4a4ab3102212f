// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/db"
)

// Receipt signs a receipt of an entry, which stays closed.
func (l *Ledger) Receipt(ctx context.Context, org string, entry Entry, r evidence.Receipt) ([]byte, error) {
	signing, proofs, err := l.signing(ctx, org, []string{entry.ID})
	if err != nil {
		return nil, err
	}
	r.Issued = l.clock.Now()
	commitment := evidence.Commitment(entry.Salt, entry.Payload)
	return evidence.NewReceipt(r, signing, evidence.Seal(commitment, proofs.ByEntry[entry.ID]))
}

// ErrGrown says that a chain grew while a certificate of it was being made:
// what it says of the chain's end may not be true any more. Begin anew.
var ErrGrown = errors.New("a chain grew meanwhile")

// Certificate signs a certificate that opens the entries, chain after chain.
// The chains' ends are looked at again after the head was signed: the statement
// is about that head.
func (l *Ledger) Certificate(ctx context.Context, org string, entries []Entry, c evidence.Certificate) ([]byte, error) {
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	signing, proofs, err := l.signing(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	if err := l.ended(ctx, org, c.Chains); err != nil {
		return nil, err
	}
	opened := make([]evidence.Opened, len(entries))
	for i, e := range entries {
		opened[i] = evidence.Open(e.Payload, e.Salt, proofs.ByEntry[e.ID])
	}
	c.Issued = l.clock.Now()
	return evidence.NewCertificate(c, signing, opened)
}

func (l *Ledger) ended(ctx context.Context, org string, ends []evidence.ChainEnd) error {
	chains := make([]string, len(ends))
	for i, end := range ends {
		chains[i] = end.Chain
	}
	return l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		last, err := l.Last(ctx, tx, org, chains)
		if err != nil {
			return err
		}
		for _, end := range ends {
			if last[end.Chain] != end.LastSeq {
				return ErrGrown
			}
		}
		return nil
	})
}

// Clearance signs a clearance around its entry, of which the store keeps only
// the commitment: payload and salt are the caller's, from Add.
func (l *Ledger) Clearance(ctx context.Context, org string, added Added, c evidence.Clearance) ([]byte, error) {
	signing, proofs, err := l.signing(ctx, org, []string{added.ID})
	if err != nil {
		return nil, err
	}
	c.Issued = l.clock.Now()
	return evidence.NewClearance(c, signing, evidence.Open(added.Payload, added.Salt, proofs.ByEntry[added.ID]))
}

// signing proves entries and the statement key under one checkpoint.
func (l *Ledger) signing(ctx context.Context, org string, ids []string) (evidence.Signing, Proofs, error) {
	var s evidence.Signing
	var key Entry
	err := l.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		s.Signer, _, key, err = l.statementKey(ctx, tx, org)
		return err
	})
	if err != nil {
		return s, Proofs{}, err
	}
	proofs, err := l.Prove(ctx, org, append(ids, key.ID))
	if err != nil {
		return s, proofs, err
	}
	s.LogKey = proofs.VKey
	s.Key = evidence.Open(key.Payload, key.Salt, proofs.ByEntry[key.ID])
	return s, proofs, nil
}
