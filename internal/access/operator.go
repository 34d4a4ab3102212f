// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/seal"
)

// Roles of operators.
const (
	RoleOwner     = "owner"     // everything
	RoleDPO       = "dpo"       // reads everything, records, and serves people's rights
	RoleMarketing = "marketing" // asks, and clears lists
	RoleViewer    = "viewer"    // reads
)

// Roles lists them.
func Roles() []string { return []string{RoleOwner, RoleDPO, RoleMarketing, RoleViewer} }

// RoleScopes says what a role may do.
func RoleScopes(role string) []string {
	switch role {
	case RoleOwner:
		return []string{ScopeAdmin}
	case RoleDPO:
		return []string{ScopeChoices, ScopeCheck, ScopeSubjects, ScopeRequests}
	case RoleMarketing:
		return []string{ScopeCheck}
	case RoleViewer:
		return []string{ScopeSubjects}
	}
	return nil
}

// Operator is somebody who signs in.
type Operator struct {
	ID      string     `json:"id"`
	Email   string     `json:"email"`
	Role    string     `json:"role"`
	Created time.Time  `json:"created"`
	Removed *time.Time `json:"removed,omitempty"`
}

// Invite lets somebody in by their e-mail address, in a role, and returns the
// one-time link's token. Who is there already gets the role and another link.
func (s *Service) Invite(ctx context.Context, actor Actor, email, role string) (Operator, Link, error) {
	if err := actor.Require(ScopeAdmin); err != nil {
		return Operator{}, Link{}, err
	}
	address, err := foldAddress(email)
	if err != nil {
		return Operator{}, Link{}, err
	}
	if !slices.Contains(Roles(), role) {
		return Operator{}, Link{}, invalidOperator("role", "is one of "+strings.Join(Roles(), ", "))
	}
	var operator Operator
	var link Link
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		operator, err = s.admit(ctx, tx, actor, address, role)
		if err != nil {
			return err
		}
		link, err = newLink(ctx, tx, actor.Org, operator.ID)
		return err
	})
	return operator, link, err
}

// admit makes the operator, or gives the one with this address the role.
func (s *Service) admit(ctx context.Context, tx *db.Tx, actor Actor, address, role string) (Operator, error) {
	if err := s.oneByOne(ctx, tx, actor.Org); err != nil {
		return Operator{}, err
	}
	operator, err := s.operatorAt(ctx, tx, actor.Org, address)
	switch {
	case errors.Is(err, db.ErrNone):
		return s.addOperator(ctx, tx, actor, address, role)
	case err != nil:
		return Operator{}, err
	case operator.Role == role && operator.Removed == nil:
		return operator, nil
	}
	if operator.Role == RoleOwner && operator.Removed == nil {
		if _, err := s.leaves(ctx, tx, actor.Org, operator.ID); err != nil {
			return Operator{}, err
		}
	}
	operator.Role, operator.Removed = role, nil
	if err := updateOperator(ctx, tx, actor.Org, operator); err != nil {
		return Operator{}, err
	}
	return operator, s.tell(ctx, tx, actor, grant{Kind: entryOperator, ID: operator.ID, Effect: effectChanged, Role: role})
}

func (s *Service) addOperator(ctx context.Context, tx *db.Tx, actor Actor, address, role string) (Operator, error) {
	o := Operator{ID: ledger.NewID("opr"), Email: address, Role: role, Created: tx.Now()}
	if err := s.tell(ctx, tx, actor, grant{Kind: entryOperator, ID: o.ID, Effect: effectAdded, Role: role}); err != nil {
		return Operator{}, err
	}
	secret, err := s.secrets.Current(ctx, tx, actor.Org, seal.BlindIndex)
	if err != nil {
		return Operator{}, err
	}
	own, err := s.ledger.Key(ctx, tx, actor.Org, ledger.Own)
	if err != nil {
		return Operator{}, err
	}
	sealed := own.Seal(operatorPlace(actor.Org, o.ID), []byte(address))
	return o, insertOperator(ctx, tx, actor.Org, o, secret.Key.Blind(blindOperator, address), sealed)
}

// blindOperator keeps the index of staff apart from that of subjects.
const blindOperator = "operator"

// operatorAt finds an operator by address, db.ErrNone where there is none.
func (s *Service) operatorAt(ctx context.Context, tx *db.Tx, org, address string) (Operator, error) {
	secrets, err := s.secrets.All(ctx, tx, org, seal.BlindIndex)
	if err != nil {
		return Operator{}, err
	}
	if len(secrets) == 0 {
		return Operator{}, noOrganisation()
	}
	var blinds [][]byte
	for _, secret := range secrets {
		blinds = append(blinds, secret.Key.Blind(blindOperator, address))
	}
	o, err := selectOperatorByBlind(ctx, tx, org, blinds)
	o.Email = address
	return o, err
}

// Operators lists who signs in, the removed ones too.
func (s *Service) Operators(ctx context.Context, actor Actor) ([]Operator, error) {
	if err := actor.Require(ScopeAdmin); err != nil {
		return nil, err
	}
	operators := []Operator{}
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		rows, err := selectOperators(ctx, tx, actor.Org)
		if err != nil || len(rows) == 0 {
			return err
		}
		own, err := s.ledger.Key(ctx, tx, actor.Org, ledger.Own)
		if err != nil {
			return err
		}
		for _, row := range rows {
			address, err := own.Open(operatorPlace(actor.Org, row.ID), row.sealed)
			if err != nil {
				return fmt.Errorf("open operator %s: %w", row.ID, err)
			}
			row.Email = string(address)
			operators = append(operators, row.Operator)
		}
		return nil
	})
	return operators, err
}

// RemoveOperator ends somebody's access: their sessions and links end with it.
// The last owner stays.
func (s *Service) RemoveOperator(ctx context.Context, actor Actor, id string) error {
	if err := actor.Require(ScopeAdmin); err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.oneByOne(ctx, tx, actor.Org); err != nil {
			return err
		}
		there, err := s.leaves(ctx, tx, actor.Org, id)
		if err != nil {
			return err
		}
		if !there {
			return problem.New(problem.NotFound, "unknown_operator", "There is no such operator in this organisation.")
		}
		if err := removeOperator(ctx, tx, actor.Org, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, actor, grant{Kind: entryOperator, ID: id, Effect: effectRetired})
	})
}

// oneByOne keeps others from changing who signs in until the transaction ends:
// each change ends in an entry of the organisation's own chain.
func (s *Service) oneByOne(ctx context.Context, tx *db.Tx, org string) error {
	return s.ledger.Hold(ctx, tx, org, []string{ledger.Own})
}

// leaves says whether an operator is there to leave, and refuses that the last
// owner does, by going or by taking a lesser role.
func (s *Service) leaves(ctx context.Context, tx *db.Tx, org, id string) (there bool, err error) {
	rows, err := selectOperators(ctx, tx, org)
	if err != nil {
		return false, err
	}
	owners, owner := 0, false
	for _, row := range rows {
		if row.Removed != nil {
			continue
		}
		if row.Role == RoleOwner {
			owners++
		}
		if row.ID == id {
			there, owner = true, row.Role == RoleOwner
		}
	}
	if owner && owners == 1 {
		return there, problem.New(problem.Conflict, "last_owner", "This is the last owner. Invite another one first.")
	}
	return there, nil
}

// FirstOwner returns a link for the organisation's owner as long as nobody has
// ever signed in, making the owner where there is none; ok is false afterwards.
func (s *Service) FirstOwner(ctx context.Context, org, email string) (link Link, ok bool, err error) {
	address, err := foldAddress(email)
	if err != nil {
		return Link{}, false, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		link, ok = Link{}, false
		used, err := anyLinkUsed(ctx, tx, org)
		if err != nil || used {
			return err
		}
		rows, err := selectOperators(ctx, tx, org)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.Role == RoleOwner && row.Removed == nil {
				link, err = newLink(ctx, tx, org, row.ID)
				ok = err == nil
				return err
			}
		}
		owner, err := s.admit(ctx, tx, Local(org), address, RoleOwner)
		if err != nil {
			return err
		}
		link, err = newLink(ctx, tx, org, owner.ID)
		ok = err == nil
		return err
	})
	return link, ok, err
}

// foldAddress makes an address comparable, as matching subjects does.
func foldAddress(email string) (string, error) {
	email = norm.NFC.String(strings.TrimSpace(email))
	at := strings.LastIndexByte(email, '@')
	if at < 1 || len(email) > 254 || strings.ContainsFunc(email, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>(),;:"\`, r)
	}) {
		return "", invalidOperator("email", "is an address, as name@domain")
	}
	domain, err := idna.Lookup.ToASCII(email[at+1:])
	if err != nil || domain == "" {
		return "", invalidOperator("email", "the domain after @ is not a domain")
	}
	return strings.ToLower(email[:at]) + "@" + strings.ToLower(domain), nil
}

func invalidOperator(field, detail string) error {
	return problem.New(problem.Invalid, "invalid_operator", "The operator can't be invited. Nothing was stored.").
		At(problem.Place{Field: field, Detail: detail})
}

func operatorPlace(org, id string) string { return "operator\x00" + org + "\x00" + id }
