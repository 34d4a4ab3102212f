// SPDX-License-Identifier: Apache-2.0

package api

import (
	"net/http"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web"
)

// exporting is the endpoint that gives addresses out.
func (a *API) exporting() endpoint {
	return endpoint{
		Route: web.Route{Pattern: "POST /v1/exports", Scopes: []string{access.ScopeSubjects}, Stream: true, Do: a.exportAddresses},
		about: "The addresses that may be contacted now, decrypted, with the clearance of that list: for who may both check and look people up. The answer is parts named permitted, progress, summary, clearance or problem, each in as many pieces as it takes.",
		query: "purpose*,channel*,valid,column,content,operation,data,recipient", out: lists.ClearResult{}, media: "multipart/mixed",
	}
}

// exportAddresses writes who may be contacted, as they are found.
func (a *API) exportAddresses(w http.ResponseWriter, r *http.Request) error {
	q := queryOf(r, "purpose", "channel", "valid", "column", "content", "operation", "data", "recipient")
	o := lists.ClearOptions{
		Purpose: q.text("purpose"), Channel: q.text("channel"), ValidFor: q.duration("valid"), Column: q.text("column"),
		Content: q.text("content"), Operation: q.text("operation"), Data: standing.ParseUsed(q.words("data")), Recipient: q.text("recipient"),
	}
	if err := q.problem(); err != nil {
		return err
	}
	p := &parts{w: w}
	out := lists.Outputs{Permitted: p.named(outPermitted), Progress: func(progress lists.Progress) { p.json("progress", progress) }}
	result, err := a.Lists.Export(r.Context(), web.Actor(r.Context()), o, out)
	return p.end(r, result, err)
}
