// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"errors"
	"time"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
)

// How long links and sessions live. Who signs in stays in while they work, and
// never past a working day.
const (
	LinkLife    = 15 * time.Minute
	SessionIdle = 2 * time.Hour
	SessionLife = 12 * time.Hour

	slide = 5 * time.Minute // how stale the end of a session may get before it is written anew
)

// Link is a one-time sign-in link's token.
type Link struct {
	Token   string
	Expires time.Time
}

// Session is a signed-in operator's token.
type Session struct {
	Token   string
	Expires time.Time // at the latest
}

// Kinds of row in sign_in.
const (
	signInLink    = "link"
	signInSession = "session"
)

func newLink(ctx context.Context, tx *db.Tx, org, operator string) (Link, error) {
	token, hash := newToken(prefixLink)
	link := Link{Token: token, Expires: tx.Now().Add(LinkLife)}
	if err := deleteExpired(ctx, tx, org); err != nil {
		return Link{}, err
	}
	return link, insertSignIn(ctx, tx, signInRow{hash: hash, org: org, operator: operator, kind: signInLink, expires: link.Expires})
}

// SignIn exchanges a link for a session. Of two that come with the same link,
// one gets in.
func (s *Service) SignIn(ctx context.Context, link string) (Session, Actor, error) {
	hash := hashOf(link)
	token, kept := newToken(prefixSession)
	session := Session{Token: token}
	var actor Actor
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := useLink(ctx, tx, hash)
		if errors.Is(err, db.ErrNone) {
			return badLink()
		}
		if err != nil {
			return err
		}
		actor, err = operatorActor(ctx, tx, row)
		if err != nil {
			return err
		}
		row.hash, row.kind, row.expires = kept, signInSession, tx.Now().Add(SessionIdle)
		session.Expires = tx.Now().Add(SessionLife)
		return insertSignIn(ctx, tx, row)
	})
	if err != nil {
		return Session{}, Actor{}, err
	}
	return session, actor, nil
}

// BySession finds who is signed in, and moves the end of their session on.
func (s *Service) BySession(ctx context.Context, token string) (Actor, error) {
	hash := hashOf(token)
	var row signInRow
	var actor Actor
	var now time.Time
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		now = tx.Now()
		var err error
		if row, err = selectSession(ctx, tx, hash); err != nil {
			return err
		}
		if !row.expires.After(now) || !row.created.Add(SessionLife).After(now) {
			return db.ErrNone
		}
		actor, err = operatorActor(ctx, tx, row)
		return err
	})
	if errors.Is(err, db.ErrNone) || problem.Is(err, problem.Unauthorised) {
		return Actor{}, signedOut()
	}
	if err != nil {
		return Actor{}, err
	}
	if row.expires.Sub(now) > SessionIdle-slide {
		return actor, nil
	}
	return actor, s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return moveSession(ctx, tx, row.org, hash, tx.Now().Add(SessionIdle))
	})
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, actor Actor, token string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return deleteSession(ctx, tx, actor.Org, hashOf(token))
	})
}

// operatorActor is who a link or session belongs to, as of now: a role taken
// away is gone at the next call.
func operatorActor(ctx context.Context, r db.Reader, row signInRow) (Actor, error) {
	role, err := selectRole(ctx, r, row.org, row.operator)
	if errors.Is(err, db.ErrNone) {
		return Actor{}, badLink()
	}
	if err != nil {
		return Actor{}, err
	}
	return Actor{Org: row.org, Kind: KindOperator, ID: row.operator, Scopes: RoleScopes(role)}, nil
}

func badLink() error {
	return problem.New(problem.Unauthorised, "link_used",
		"This link was used before, or its 15 minutes are over. Ask for a new one: lecito operator invite.")
}

func signedOut() error {
	return problem.New(problem.Unauthorised, "signed_out", "You are not signed in, or were away for too long. Sign in with a new link.")
}
