// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"fmt"
	"time"

	"github.com/lecito/lecito/internal/db"
)

type keyRow struct {
	Key
	org string
}

func insertKey(ctx context.Context, tx *db.Tx, org string, k Key, hash []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO api_key (org, id, name, scopes, hash, created, origins)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		org, k.ID, k.Name, list(k.Scopes, ","), hash, db.Micros(k.Created), list(k.Origins, "\n"))
	if err != nil {
		return fmt.Errorf("store a key: %w", err)
	}
	return nil
}

func countKeys(ctx context.Context, r db.Reader, org string) (int64, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM api_key
		WHERE org = $1 AND revoked IS NULL`, org)
	if err != nil {
		return 0, fmt.Errorf("count keys: %w", err)
	}
	return n, nil
}

func selectKeys(ctx context.Context, r db.Reader, org string) ([]Key, error) {
	rows, err := db.All(ctx, r, scanKey, `
		SELECT org, id, name, scopes, origins, created, revoked
		FROM api_key
		WHERE org = $1
		ORDER BY created DESC, id DESC`, org)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	keys := make([]Key, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	return keys, nil
}

// selectKeyByHash looks in every organisation: the key says which one it is of.
func selectKeyByHash(ctx context.Context, r db.Reader, hash []byte) (keyRow, error) {
	return db.One(ctx, r, scanKey, `
		SELECT org, id, name, scopes, origins, created, revoked
		FROM api_key
		WHERE hash = $1`, hash)
}

func scanKey(s db.Scanner) (keyRow, error) {
	var row keyRow
	var scopes, origins string
	var created int64
	var revoked *int64
	err := s.Scan(&row.org, &row.ID, &row.Name, &scopes, &origins, &created, &revoked)
	row.Scopes, row.Origins = unlist(scopes, ","), unlist(origins, "\n")
	row.Created, row.Revoked = db.Time(created), db.NullTime(revoked)
	return row, err
}

func revokeKey(ctx context.Context, tx *db.Tx, org, id string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE api_key SET revoked = $3
		WHERE org = $1 AND id = $2 AND revoked IS NULL`, org, id, db.Micros(tx.Now()))
	if err != nil {
		return false, fmt.Errorf("revoke a key: %w", err)
	}
	return n == 1, nil
}

type operatorRow struct {
	Operator
	sealed []byte
}

func insertOperator(ctx context.Context, tx *db.Tx, org string, o Operator, blind, sealed []byte) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO operator (org, id, blind, sealed, role, created)
		VALUES ($1, $2, $3, $4, $5, $6)`, org, o.ID, blind, sealed, o.Role, db.Micros(o.Created))
	if err != nil {
		return fmt.Errorf("store an operator: %w", err)
	}
	return nil
}

func updateOperator(ctx context.Context, tx *db.Tx, org string, o Operator) error {
	_, err := tx.Exec(ctx, `
		UPDATE operator SET role = $3, removed = NULL
		WHERE org = $1 AND id = $2`, org, o.ID, o.Role)
	if err != nil {
		return fmt.Errorf("change an operator: %w", err)
	}
	return nil
}

func removeOperator(ctx context.Context, tx *db.Tx, org, id string) error {
	if _, err := tx.Exec(ctx, `
		UPDATE operator SET removed = $3
		WHERE org = $1 AND id = $2`, org, id, db.Micros(tx.Now())); err != nil {
		return fmt.Errorf("remove an operator: %w", err)
	}
	if _, err := tx.Exec(ctx, `
		DELETE FROM sign_in
		WHERE org = $1 AND operator = $2 AND used IS NULL`, org, id); err != nil {
		return fmt.Errorf("end an operator's sessions: %w", err)
	}
	return nil
}

func selectOperatorByBlind(ctx context.Context, r db.Reader, org string, blinds [][]byte) (Operator, error) {
	rows, err := db.AllRows(ctx, r, scanOperator, `
		SELECT id, role, sealed, created, removed
		FROM operator
		WHERE org = $1 AND blind IN ({rows})`, db.Column("BYTEA", blinds), org)
	if err == nil && len(rows) == 0 {
		err = db.ErrNone
	}
	if err != nil {
		return Operator{}, err
	}
	return rows[0].Operator, nil
}

func selectOperators(ctx context.Context, r db.Reader, org string) ([]operatorRow, error) {
	rows, err := db.All(ctx, r, scanOperator, `
		SELECT id, role, sealed, created, removed
		FROM operator
		WHERE org = $1
		ORDER BY created, id`, org)
	if err != nil {
		return nil, fmt.Errorf("list operators: %w", err)
	}
	return rows, nil
}

func scanOperator(s db.Scanner) (operatorRow, error) {
	var row operatorRow
	var created int64
	var removed *int64
	err := s.Scan(&row.ID, &row.Role, &row.sealed, &created, &removed)
	row.Created, row.Removed = db.Time(created), db.NullTime(removed)
	return row, err
}

func selectRole(ctx context.Context, r db.Reader, org, id string) (string, error) {
	return db.One(ctx, r, db.Value[string], `
		SELECT role
		FROM operator
		WHERE org = $1 AND id = $2 AND removed IS NULL`, org, id)
}

type signInRow struct {
	hash     []byte
	org      string
	operator string
	kind     string
	created  time.Time
	expires  time.Time
}

func insertSignIn(ctx context.Context, tx *db.Tx, row signInRow) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO sign_in (hash, org, operator, kind, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		row.hash, row.org, row.operator, row.kind, db.Micros(tx.Now()), db.Micros(row.expires))
	if err != nil {
		return fmt.Errorf("store a sign-in: %w", err)
	}
	return nil
}

// useLink takes a link, if it can still be taken. The link says of which org it is.
func useLink(ctx context.Context, tx *db.Tx, hash []byte) (signInRow, error) {
	return db.One(ctx, tx, func(s db.Scanner) (signInRow, error) {
		var row signInRow
		err := s.Scan(&row.org, &row.operator)
		return row, err
	}, `
		UPDATE sign_in SET used = $2
		WHERE hash = $1 AND kind = 'link' AND used IS NULL AND expires > $2
		RETURNING org, operator`, hash, db.Micros(tx.Now()))
}

func selectSession(ctx context.Context, r db.Reader, hash []byte) (signInRow, error) {
	return db.One(ctx, r, func(s db.Scanner) (signInRow, error) {
		row := signInRow{hash: hash, kind: signInSession}
		var created, expires int64
		err := s.Scan(&row.org, &row.operator, &created, &expires)
		row.created, row.expires = db.Time(created), db.Time(expires)
		return row, err
	}, `
		SELECT org, operator, created, expires
		FROM sign_in
		WHERE hash = $1 AND kind = 'session'`, hash)
}

func moveSession(ctx context.Context, tx *db.Tx, org string, hash []byte, expires time.Time) error {
	_, err := tx.Exec(ctx, `
		UPDATE sign_in SET expires = $3
		WHERE org = $1 AND hash = $2 AND kind = 'session'`, org, hash, db.Micros(expires))
	if err != nil {
		return fmt.Errorf("keep a session: %w", err)
	}
	return nil
}

func deleteSession(ctx context.Context, tx *db.Tx, org string, hash []byte) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM sign_in
		WHERE org = $1 AND hash = $2 AND kind = 'session'`, org, hash)
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// deleteExpired clears what can't be used any more. The link used last stays: it
// tells that somebody has signed in.
func deleteExpired(ctx context.Context, tx *db.Tx, org string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM sign_in
		WHERE org = $1 AND expires < $2 AND (used IS NULL OR used < (SELECT max(used) FROM sign_in WHERE org = $1))`, org, db.Micros(tx.Now()))
	if err != nil {
		return fmt.Errorf("clear old sign-ins: %w", err)
	}
	return nil
}

func anyLinkUsed(ctx context.Context, r db.Reader, org string) (bool, error) {
	n, err := db.One(ctx, r, db.Value[int64], `
		SELECT count(*)
		FROM sign_in
		WHERE org = $1 AND used IS NOT NULL`, org)
	if err != nil {
		return false, fmt.Errorf("look for sign-ins: %w", err)
	}
	return n > 0, nil
}

// insertCode keeps a new code of an address and tells how many it was sent in
// the day that the first of them began.
func insertCode(ctx context.Context, tx *db.Tx, org string, blind, hash []byte, now time.Time) (int64, error) {
	sent, err := db.One(ctx, tx, db.Value[int64], `
		INSERT INTO code (org, blind, hash, tries, expires, sent, since)
		VALUES ($1, $2, $3, $4, $5, 1, $6)
		ON CONFLICT (org, blind) DO UPDATE SET
			hash = excluded.hash, tries = excluded.tries, expires = excluded.expires, sent = code.sent + 1
		RETURNING sent`,
		org, blind, hash, codeTries, db.Micros(now.Add(CodeLife)), db.Micros(now))
	if err != nil {
		return 0, fmt.Errorf("store a code: %w", err)
	}
	return sent, nil
}

// tryCode counts a try and returns what is kept of the code; db.ErrNone where
// there is none that may be tried.
func tryCode(ctx context.Context, tx *db.Tx, org string, blind []byte, now time.Time) ([]byte, error) {
	return db.One(ctx, tx, db.Value[[]byte], `
		UPDATE code
		SET tries = tries - 1
		WHERE org = $1 AND blind = $2 AND tries > 0 AND expires > $3
		RETURNING hash`, org, blind, db.Micros(now))
}

// endCode leaves only how many were sent.
func endCode(ctx context.Context, tx *db.Tx, org string, blind []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE code
		SET tries = 0
		WHERE org = $1 AND blind = $2`, org, blind)
	if err != nil {
		return fmt.Errorf("end a code: %w", err)
	}
	return nil
}

// deleteCodes forgets those of a day that is over.
func deleteCodes(ctx context.Context, tx *db.Tx, org string, before time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM code
		WHERE org = $1 AND since <= $2`, org, db.Micros(before))
	if err != nil {
		return fmt.Errorf("forget codes: %w", err)
	}
	return nil
}
