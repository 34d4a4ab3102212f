// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
)

// Key is an API key, without its secret.
type Key struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Scopes  []string   `json:"scopes"`
	Origins []string   `json:"origins,omitempty"` // collect: the web origins it may be used from; none: any
	Created time.Time  `json:"created"`
	Revoked *time.Time `json:"revoked,omitempty"`
}

// NewKey is what is asked for.
type NewKey struct {
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Origins []string `json:"origins,omitempty"`
}

// maxKeys an organisation can have that are not revoked.
const maxKeys = 1000

// CreateKey makes a key. Its token is returned once and can't be had again.
func (s *Service) CreateKey(ctx context.Context, actor Actor, want NewKey) (Key, string, error) {
	if err := actor.Require(ScopeAdmin); err != nil {
		return Key{}, "", err
	}
	if err := want.check(); err != nil {
		return Key{}, "", err
	}
	token, hash := newToken(prefixKey)
	key := Key{ID: ledger.NewID("key"), Name: want.Name, Scopes: want.Scopes, Origins: want.Origins}
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		key.Created = tx.Now()
		n, err := countKeys(ctx, tx, actor.Org)
		if err != nil {
			return err
		}
		if n >= maxKeys {
			return problem.Newf(problem.Conflict, "too_many_keys", "There are %d keys already. Revoke those nobody uses.", n)
		}
		err = s.tell(ctx, tx, actor, grant{Kind: entryKey, ID: key.ID, Effect: effectAdded, Scopes: key.Scopes})
		if err != nil {
			return err
		}
		return insertKey(ctx, tx, actor.Org, key, hash)
	})
	if err != nil {
		return Key{}, "", err
	}
	return key, token, nil
}

// Keys lists the organisation's keys, the newest first, the revoked ones too.
func (s *Service) Keys(ctx context.Context, actor Actor) ([]Key, error) {
	if err := actor.Require(ScopeAdmin); err != nil {
		return nil, err
	}
	var keys []Key
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		keys, err = selectKeys(ctx, tx, actor.Org)
		return err
	})
	return keys, err
}

// RevokeKey ends a key: the next call with it is refused.
func (s *Service) RevokeKey(ctx context.Context, actor Actor, id string) error {
	if err := actor.Require(ScopeAdmin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		s.keys.forget(tx)
		found, err := revokeKey(ctx, tx, actor.Org, id)
		if err != nil {
			return err
		}
		if !found {
			return problem.New(problem.NotFound, "unknown_key", "There is no such key in this organisation, or it was revoked before.")
		}
		return s.tell(ctx, tx, actor, grant{Kind: entryKey, ID: id, Effect: effectRetired})
	})
}

// ByKey finds who holds an API key. Every wrong token costs the same look-up and
// gets the same answer; a right one is remembered for a second.
func (s *Service) ByKey(ctx context.Context, token string) (Actor, Key, error) {
	hash := hashOf(token)
	var err error
	found, known, revoked := s.keys.find(hash, s.db.Now())
	if !known {
		err = s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
			var err error
			if found, err = selectKeyByHash(ctx, tx, hash); err == nil && found.Revoked == nil {
				s.keys.keep(hash, found, tx.Now(), revoked)
			}
			return err
		})
	}
	if errors.Is(err, db.ErrNone) || err == nil && found.Revoked != nil {
		return Actor{}, Key{}, WrongKey()
	}
	if err != nil {
		return Actor{}, Key{}, err
	}
	return Actor{Org: found.org, Kind: KindKey, ID: found.ID, Scopes: found.Scopes}, found.Key, nil
}

// WrongKey is the answer to a missing, unknown or revoked credential.
func WrongKey() error {
	return problem.New(problem.Unauthorised, "wrong_key",
		"This needs a valid API key, sent as Authorization: Bearer KEY. Make one with lecito apikey create.")
}

func checkScopes(scopes []string) error {
	p := problem.New(problem.Invalid, "invalid_scopes", "The scopes of a key are not right. Nothing was stored.")
	wrong := func(detail string) error { return p.At(problem.Place{Field: "scopes", Detail: detail}) }
	switch {
	case len(scopes) == 0:
		return wrong("give one or more of " + strings.Join(Scopes(), ", "))
	case len(scopes) > len(Scopes()):
		return wrong("a scope is named twice")
	case slices.Contains(scopes, ScopeCollect) && len(scopes) > 1:
		return wrong("collect is for public pages and stands alone: make another key for the rest")
	}
	for _, s := range scopes {
		if !slices.Contains(Scopes(), s) {
			return wrong("each is one of " + strings.Join(Scopes(), ", "))
		}
	}
	return nil
}

func (k NewKey) check() error {
	if err := checkScopes(k.Scopes); err != nil {
		return err
	}
	p := problem.New(problem.Invalid, "invalid_key", "The key can't be made. Nothing was stored.")
	if k.Name == "" || len(k.Name) > 100 || strings.ContainsFunc(k.Name, unicode.IsControl) {
		return p.At(problem.Place{Field: "name", Detail: "give a name of 1 to 100 bytes that says what uses the key"})
	}
	if len(k.Origins) > 0 && !slices.Contains(k.Scopes, ScopeCollect) {
		return p.At(problem.Place{Field: "origins", Detail: "only a collect key has origins"})
	}
	for _, o := range k.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || o != u.Scheme+"://"+u.Host || len(k.Origins) > 50 {
			return p.At(problem.Place{Field: "origins", Detail: "each is a web origin, as https://shop.example, and there are at most 50"})
		}
	}
	return nil
}
