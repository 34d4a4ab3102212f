// SPDX-License-Identifier: Apache-2.0

package access

import (
	"slices"

	"github.com/lecito/lecito/internal/problem"
)

// Actor is who is behind a call: an operator, an API key, or the person who
// holds the data folder (the command line on the same machine).
type Actor struct {
	Org    string
	Kind   string // one of the Actor kinds
	ID     string // pseudonym: operator or key id
	Scopes []string
}

// Kinds of actor.
const (
	KindOperator = "operator" // signed in to the console
	KindKey      = "key"      // an API key
	KindLocal    = "local"    // holds the data folder
	KindPerson   = "person"   // the data subject, by a signed link
)

// Scopes of API keys. An operator's role and the local actor map to the same words.
const (
	ScopeChoices  = "choices"  // record choices and facts, read receipts
	ScopeCheck    = "check"    // ask for decisions, certificates, clear lists
	ScopeSubjects = "subjects" // read who is on record
	ScopeRequests = "requests" // erase, and serve rights
	ScopeAdmin    = "admin"    // everything
	ScopeCollect  = "collect"  // public: only record, never read
)

// Scopes lists every scope a key can have.
func Scopes() []string {
	return []string{ScopeChoices, ScopeCheck, ScopeSubjects, ScopeRequests, ScopeAdmin, ScopeCollect}
}

// May says whether the actor holds a scope. Admin holds every scope but collect,
// which takes away rather than gives.
func (a Actor) May(scope string) bool {
	return slices.Contains(a.Scopes, scope) ||
		scope != ScopeCollect && slices.Contains(a.Scopes, ScopeAdmin)
}

// Require refuses an actor that holds none of the scopes.
func (a Actor) Require(scopes ...string) error {
	if slices.ContainsFunc(scopes, a.May) {
		return nil
	}
	return problem.Newf(problem.Forbidden, "wrong_scope",
		"This needs the scope %s. Use a key or a role that has it.", scopes[0])
}

// By names the actor in an entry: a pseudonym, never a name or an address.
func (a Actor) By() string { return a.Kind + ":" + a.ID }

// Local is the actor who holds the data folder.
func Local(org string) Actor {
	return Actor{Org: org, Kind: KindLocal, ID: "folder", Scopes: []string{ScopeAdmin}}
}
