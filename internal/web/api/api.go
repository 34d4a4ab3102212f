// SPDX-License-Identifier: Apache-2.0

// Package api is the HTTP API: JSON in, one call of a service, JSON out. Each
// resource has a file; the routes stand in one table, from which the OpenAPI
// document is made and which the tests walk.
//
// What it promises: a body is read strictly (a field that is not known, a field
// given twice, a wrong type, anything after the end is told by its place, and
// nothing is stored); no answer quotes a value it was sent; a public key gets
// the same answer whoever the form was about.
//
// Where it is weak: what another process recorded is read from memory up to a
// second late, unless the question names its entry ("after").
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/clock"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/law"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/message"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/seal"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/link"
)

// Parts are what the API calls.
type Parts struct {
	DB       *db.DB
	Keys     *seal.Keys
	Secrets  *seal.Secrets
	Ledger   *ledger.Ledger
	Subjects *subject.Subjects
	Register *register.Service
	Choices  *choice.Service
	Standing *standing.Service
	Lists    *lists.Service
	Rights   *rights.Service
	Requests *request.Service
	Access   *access.Service
	Links    *link.Links
	Messages *message.Service
	Clock    clock.Clock

	PublicURL    string // how people reach the server: sign-in links begin with it
	PublicLedger bool   // serve logs to everybody
	// Doctor looks for what is wrong with the installation; nil: nothing is looked for.
	Doctor func(ctx context.Context, actor access.Actor) ([]Finding, error)
}

// API holds the handlers.
type API struct {
	Parts

	document []byte // OpenAPI
	blocks   sync.Pool
}

// Routes returns the table of what the API answers.
func Routes(p Parts) []web.Route {
	a := &API{Parts: p}
	var routes []web.Route
	table := a.table()
	for _, e := range table {
		routes = append(routes, e.Route)
	}
	a.document = document(table)
	return routes
}

// endpoint is a route with what the document says of it.
type endpoint struct {
	web.Route

	about  string // one sentence
	query  string // names of parameters, comma separated; * marks one that is needed
	in     any    // a value of the type of the body
	out    any    // a value of the type of the answer
	media  string // of the answer where it is not JSON
	takes  string // of the body where it is not JSON
	status int    // 0: 200
}

// table lists every endpoint.
func (a *API) table() []endpoint {
	return append(append(a.people(), a.files()...), a.office()...)
}

// people are the endpoints about subjects.
func (a *API) people() []endpoint {
	choices := []string{access.ScopeChoices, access.ScopeCollect}
	check, subjects := []string{access.ScopeCheck}, []string{access.ScopeSubjects}
	admin := []string{access.ScopeAdmin}
	return []endpoint{
		{Route: web.Route{Pattern: "POST /v1/choices", Scopes: choices, Body: maxChoices, Do: a.choices}, status: http.StatusCreated,
			query: "key",
			about: "Record what somebody decided, with its evidence. A public key gets a receipt token and nothing else; it may stand in the address, where a page can set no header.", in: choice.Request{}, out: recordedChoices{}},
		{Route: web.Route{Pattern: "POST /v1/facts", Scopes: choices[:1], Body: maxChoices, Do: a.facts}, status: http.StatusCreated,
			about: "Record what else a decision needs to know of a subject.", in: choice.FactsRequest{}, out: recordedFacts{}},
		{Route: web.Route{Pattern: "GET /v1/receipts/{id}", Scopes: []string{access.ScopeChoices, access.ScopeSubjects}, Do: a.receipt},
			about: "The signed receipt of a choice, by the id of the choice or by a receipt token; as text where Accept asks for it.", out: anything{}},
		{Route: web.Route{Pattern: "POST /v1/check", Scopes: check, Quiet: true, Do: a.check},
			about: "May we use this person's data, for this purpose, on this channel; and why.", in: standing.Question{}, out: decision{}},
		{Route: web.Route{Pattern: "POST /v1/check/batch", Scopes: check, Body: web.MaxUpload, Stream: true, Do: a.batch},
			about: "Many questions, one a line; one answer a line, in the same order. A line that is wrong gets a line with its problem.", in: standing.Question{}, out: line{}, takes: ndjson, media: ndjson},
		{Route: web.Route{Pattern: "POST /v1/certificates", Scopes: check, Do: a.certificate},
			about: "A decision with its proof, to be checked offline.", in: standing.Question{}, out: anything{}},
		{Route: web.Route{Pattern: "GET /v1/reachable", Scopes: check, Do: a.reachable},
			about: "How many people may be contacted now, for a purpose on a channel: who has an identifier that it is permitted for.", query: "purpose*,channel*", out: standing.Reachable{}},
		{Route: web.Route{Pattern: "GET /v1/law", Scopes: check, Do: a.law},
			about: "The rules of law in force on a day, as the organisation uses them: of its own country, today, where nothing else is said.", query: "jurisdiction,at", out: law.Listing{}},
		{Route: web.Route{Pattern: "GET /v1/subjects", Scopes: subjects, Do: a.find},
			about: "Who holds this identifier.", query: "email,phone,device,id,source", out: subjectList{}},
		{Route: web.Route{Pattern: "GET /v1/subjects/{id}", Scopes: subjects, Do: a.subject},
			about: "One subject: identifiers, and who is linked.", out: subjectView{}},
		{Route: web.Route{Pattern: "GET /v1/subjects/{id}/history", Scopes: subjects, Do: a.history},
			about: "Everything on record about one subject and those linked to it, in the order recorded.", out: historyView{}},
		{Route: web.Route{Pattern: "POST /v1/subjects/{id}/links", Scopes: admin, Do: a.link}, status: http.StatusNoContent,
			about: "Say that two subjects are one person.", in: linkRequest{}},
		{Route: web.Route{Pattern: "DELETE /v1/subjects/{id}/links/{other}", Scopes: admin, Do: a.unlink}, status: http.StatusNoContent,
			about: "Take that back."},
		{Route: web.Route{Pattern: "PUT /v1/subjects/{id}/holder", Scopes: admin, Do: a.holder}, status: http.StatusNoContent,
			about: "Say whose an identifier is: a person's, shared, or an organisation's.", in: holderRequest{}},
		{Route: web.Route{Pattern: "POST /v1/links", Scopes: choices[:1], Do: a.links}, status: http.StatusCreated,
			about: "Links for one person: to the preference centre, and for a List-Unsubscribe header. Who holds them can act for the person.", in: linksRequest{}, out: links{}},
		{Route: web.Route{Pattern: "POST /v1/centre-links", Scopes: choices[:1], Do: a.centreLink}, status: http.StatusCreated,
			about: "A short-lived link to the preference centre of a customer who is signed in with you. It proves no address, and shows the person's data only with scope all.", in: centreLinkRequest{}, out: centreLink{}},
		{Route: web.Route{Pattern: "POST /v1/unsubscribe-headers", Scopes: choices[:1], Do: a.unsubscribeHeaders}, status: http.StatusCreated,
			about: "The two headers of one-click unsubscribe (RFC 8058), for one message to one person. A DKIM signature has to cover both.", in: headersRequest{}, out: headersAnswer{}},
		{Route: web.Route{Pattern: "POST /v1/unsubscribe-headers/batch", Scopes: choices[:1], Body: web.MaxUpload, Stream: true, Do: a.headersBatch},
			about: "The same for many messages, one a line; one answer a line, in the same order. A line that is wrong gets a line with its problem.", in: headersRequest{}, out: headersLine{}, takes: ndjson, media: ndjson},
		{Route: web.Route{Pattern: "POST /v1/confirmations", Scopes: choices[:1], Do: a.confirmations}, status: http.StatusAccepted,
			about: "Send the message again that asks somebody to confirm a yes. What it asks, and how often it may go out, is Lecito's to say.", in: confirmationRequest{}, out: confirmation{}},
		{Route: web.Route{Pattern: "POST /v1/erasures", Scopes: []string{access.ScopeRequests}, Do: a.erase},
			about: "Erase a person, or with plan tell what would go.", in: erasureRequest{}, out: erasure{}},
		{Route: web.Route{Pattern: "POST /v1/requests", Scopes: []string{access.ScopeRequests}, Do: a.openRequest}, status: http.StatusCreated,
			about: "Open a rights request, or raise a problem, for somebody who asked elsewhere. An objection works at once.", in: requestOpening{}, out: requestView{}},
		{Route: web.Route{Pattern: "GET /v1/requests", Scopes: []string{access.ScopeRequests}, Do: a.requestList},
			about: "Requests in a state, the most urgent first: open where none is named.", query: "state,limit,after", out: requestList{}},
		{Route: web.Route{Pattern: "GET /v1/requests/{id}", Scopes: []string{access.ScopeRequests}, Do: a.requestOf},
			about: "One request: what was said and done, and when it is due, explained.", out: requestView{}},
	}
}

// files are the endpoints that take or give files.
func (a *API) files() []endpoint {
	table := []endpoint{
		{Route: web.Route{Pattern: "POST /v1/imports", Scopes: []string{access.ScopeChoices}, Body: web.MaxUpload, Stream: true, Do: a.importList},
			about: "Take a list in. The answer is lines: progress, then the result or a problem.", query: "source,map,dry_run,name,exported,language", out: importLine{}, takes: octets, media: ndjson},
		{Route: web.Route{Pattern: "POST /v1/lists", Scopes: []string{access.ScopeCheck}, Body: web.MaxUpload, Stream: true, Do: a.clearList},
			about: "Clear a list. The answer is parts named permitted, rejected, suppress, progress, summary, clearance or problem, each in as many pieces as it takes; of the first three those that parts names, or all.",
			query: "purpose*,channel*,at,known_at,valid,column,source,name,content,operation,data,recipient,language,parts", out: lists.ClearResult{}, takes: octets, media: "multipart/mixed"},
		a.exporting(),
		{Route: web.Route{Pattern: "GET /v1/ledger/checkpoint", Do: a.checkpoint},
			about: "The signed head of the organisation's log (C2SP tlog-checkpoint).", media: text},
		{Route: web.Route{Pattern: "GET /v1/ledger/tile/{path...}", Do: a.tile},
			about: "A tile of the log (C2SP tlog-tiles): LEVEL/N, LEVEL/N.p/WIDTH, entries/N, entries/N.p/WIDTH.", media: octets},
	}
	if !a.PublicLedger {
		return table
	}
	return append(table,
		endpoint{Route: web.Route{Pattern: "GET /v1/o/{org}/ledger/checkpoint", Public: true, Do: a.checkpoint},
			about: "The same, for everybody.", media: text},
		endpoint{Route: web.Route{Pattern: "GET /v1/o/{org}/ledger/tile/{path...}", Public: true, Do: a.tile},
			about: "The same, for everybody.", media: octets})
}

// office are the endpoints of those who run the place.
func (a *API) office() []endpoint {
	admin := []string{access.ScopeAdmin}
	return []endpoint{
		{Route: web.Route{Pattern: "POST /v1/apply", Scopes: admin, AnyOrg: true, Body: register.MaxSize + 1, Do: a.apply},
			about: "Make purposes, notices, sources and so on as the file says.", query: "dry_run,name", out: applied{}, takes: "application/yaml"},
		{Route: web.Route{Pattern: "POST /v1/impact", Scopes: []string{access.ScopeCheck}, AnyOrg: true, Body: register.MaxSize + 1, Stream: true, Do: a.impact},
			about: "What applying the file would mean for everybody on record; nothing is changed. The answer is lines: progress, then the result or a problem. Who may not look people up gets no sample.",
			query: "name", out: impactLine{}, takes: "application/yaml", media: ndjson},
		{Route: web.Route{Pattern: "GET /v1/expiring", Scopes: []string{access.ScopeCheck}, Stream: true, Do: a.expiring},
			about: "Who stops being reachable in the days to come, from when and why, and what may be done about it. The answer is lines: progress, then the result or a problem.",
			query: "days,purpose,channel", out: expiringLine{}, media: ndjson},
		{Route: web.Route{Pattern: "GET /v1/apikeys", Scopes: admin, Do: a.keyList}, about: "The API keys, without their secrets.", out: keyList{}},
		{Route: web.Route{Pattern: "POST /v1/apikeys", Scopes: admin, Do: a.createKey}, status: http.StatusCreated,
			about: "Make an API key. It is shown once.", in: access.NewKey{}, out: newKey{}},
		{Route: web.Route{Pattern: "DELETE /v1/apikeys/{id}", Scopes: admin, Do: a.revokeKey}, status: http.StatusNoContent, about: "Revoke a key."},
		{Route: web.Route{Pattern: "GET /v1/operators", Scopes: admin, Do: a.operatorList}, about: "Who signs in.", out: operatorList{}},
		{Route: web.Route{Pattern: "POST /v1/operators", Scopes: admin, Do: a.invite}, status: http.StatusCreated,
			about: "Invite somebody, or give them another link.", in: invitation{}, out: invited{}},
		{Route: web.Route{Pattern: "DELETE /v1/operators/{id}", Scopes: admin, Do: a.removeOperator}, status: http.StatusNoContent, about: "End somebody's access."},
		{Route: web.Route{Pattern: "GET /v1/keys", Do: a.verifierKeys},
			about: "The verifier keys to pin; as a file for lecito verify where Accept asks for text.", out: verifierKeys{}},
		{Route: web.Route{Pattern: "POST /v1/keys/rotate", Scopes: admin, Do: a.rotateKeys},
			about: "Replace the statement key; where the folder's holder asks, begin a new epoch too.", out: verifierKeys{}},
		{Route: web.Route{Pattern: "POST /v1/backups", Scopes: admin, AnyOrg: true, Stream: true, Do: a.backup},
			about: "A copy of the store, taken while it runs: of every organisation, so only for who holds the data folder.", media: octets},
		{Route: web.Route{Pattern: "POST /v1/restricted", Scopes: []string{access.ScopeRequests}, Do: a.openRestricted},
			about: "Open what an erasure left as restricted evidence, for a reason that goes on record. Refused to API keys.", in: restrictedRequest{}, out: rights.Opened{}},
		{Route: web.Route{Pattern: "GET /v1/doctor", Scopes: admin, AnyOrg: true, Do: a.doctor}, about: "What is wrong with the installation.", out: findings{}},
		{Route: web.Route{Pattern: "GET /openapi.json", Public: true, Do: a.openAPI}, about: "This document.", out: anything{}},
	}
}

// Media types.
const (
	ndjson = "application/x-ndjson"
	octets = "application/octet-stream"
	text   = "text/plain; charset=utf-8"
)

// anything stands for a JSON object that is described elsewhere.
type anything map[string]json.RawMessage

// reply writes an answer.
func reply(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(append(body, '\n'))
	return err
}

// wantsText says whether the caller would rather read than parse.
func wantsText(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "text/plain")
}

// none answers that it was done.
func none(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// slurp reads a body that is no JSON.
func slurp(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, readError(err)
	}
	return body, nil
}
