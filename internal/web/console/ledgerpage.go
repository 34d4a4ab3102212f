// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/ledger"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/request"
	"github.com/lecito/lecito/internal/subject"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// ledgerBody is the head of the log and what was entered lately.
type ledgerBody struct {
	Head    head
	Entries []entryLine
	Pager   *ui.Pager
	Waiting int64
}

// head is the signed head of the log, and by what it is known.
type head struct {
	Size        int64
	Root        string
	Origin      string
	Key         string
	Fingerprint string
	Checkpoint  string
	Generation  int64
}

// entryLine is an entry of the organisation's own, as a list names it.
type entryLine struct {
	Href     string
	Kind     ui.Text
	About    ui.Text
	Recorded time.Time
	By       ui.Text
	Seal     *ui.Seal
}

// pageEntries is how many entries a page shows.
const pageEntries = 25

// ledgerPage shows the head and the recent entries about nobody in particular.
func (c *Console) ledgerPage(w http.ResponseWriter, r *http.Request, v *visit) error {
	body := ledgerBody{}
	var err error
	if body.Head, err = c.head(r.Context(), v.actor.Org); err != nil {
		return err
	}
	if body.Waiting, err = c.Ledger.Waiting(r.Context(), v.actor.Org); err != nil {
		return err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // anything else is the newest
	if body.Entries, body.Pager, err = c.recent(r.Context(), v, before); err != nil {
		return err
	}
	p := v.page(ui.Say("console.ledger"), body)
	p.Lead, p.Wide = ui.Say("console.ledger.lead"), true
	c.UI.Render(w, r, http.StatusOK, "console.ledger", p)
	return nil
}

func (c *Console) head(ctx context.Context, org string) (head, error) {
	checkpoint, err := c.Ledger.Checkpoint(ctx, org)
	if err != nil {
		return head{}, err
	}
	all, err := c.Ledger.Generations(ctx, org)
	if err != nil {
		return head{}, err
	}
	live := all[len(all)-1]
	opened, err := evidence.OpenCheckpoint(checkpoint, live.VKey)
	if err != nil {
		return head{}, err
	}
	return head{
		Size: opened.Size, Root: opened.Root.String(), Origin: opened.Origin, Key: live.VKey,
		Fingerprint: evidence.Fingerprint(live.VKey), Checkpoint: checkpoint, Generation: live.Number,
	}, nil
}

func (c *Console) recent(ctx context.Context, v *visit, before int64) (lines []entryLine, pager *ui.Pager, err error) {
	err = c.DB.Read(ctx, func(ctx context.Context, tx *db.ReadTx) error {
		entries, err := c.Ledger.Recent(ctx, tx, v.actor.Org, "", before, pageEntries+1)
		if err != nil {
			return err
		}
		pager = &ui.Pager{}
		if before > 0 {
			pager.First = "/ledger"
		}
		if len(entries) > pageEntries {
			entries = entries[:pageEntries]
			pager.Older = "/ledger?before=" + strconv.FormatInt(entries[pageEntries-1].Seq, 10)
		}
		ids := make([]string, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
		}
		if len(ids) == 0 {
			return nil
		}
		positions, err := c.Ledger.Positions(ctx, tx, v.actor.Org, ids)
		for _, e := range entries {
			lines = append(lines, entryLine{
				Href: "/ledger/" + url.PathEscape(e.ID), Kind: kindOf(e), About: v.summary(e),
				Recorded: e.Recorded, By: v.recorder(e), Seal: sealOf(positions, e.ID),
			})
		}
		return err
	})
	return lines, pager, err
}

// summary says in a few words what an entry of the organisation's is about.
func (v *visit) summary(e ledger.Entry) ui.Text {
	var b struct {
		Kind       string `json:"kind"`
		ID         string `json:"id"`
		Source     string `json:"source"`
		Tombstones int    `json:"tombstones"`
		Subjects   int    `json:"subjects"`
		Opened     bool   `json:"opened"` // restricted evidence, not an erasure
		Purpose    string `json:"purpose"`
		Outcome    string `json:"outcome"`
		Request    string `json:"request"`
		Act        string `json:"act"`
		Right      string `json:"right"`
	}
	if len(e.Body) == 0 || json.Unmarshal(e.Body, &b) != nil {
		return ui.Text{}
	}
	switch {
	case e.Kind == evidence.KindRequest && b.Act == "sent":
		return ui.Say("requests.entry.about", ui.Say("requests.kind."+b.Right), request.Number(b.Request), ui.Say("requests.entry.sent"))
	case e.Kind == evidence.KindRequest:
		return ui.Say("requests.entry.about", ui.Say("requests.kind."+b.Right), request.Number(b.Request), ui.Say("requests.act."+b.Act))
	case e.Kind == evidence.KindErasure && b.Opened:
		return ui.Say("console.entry.opened")
	case e.Kind == evidence.KindErasure:
		return ui.Say("console.entry.erased", b.Subjects)
	case b.Kind == lawful.KindBalancingTest:
		return ui.Say("console.story.holds", v.purpose(b.Purpose), ui.Say("console.story."+b.Outcome))
	case b.Source != "":
		return ui.Verbatim(v.source(b.Source))
	case b.Kind == "purpose":
		return ui.Say("console.declared.purpose", v.purpose(b.ID))
	case b.Kind == "source":
		return ui.Say("console.declared.source", v.source(b.ID))
	case declaredKind(b.Kind):
		return ui.Say("console.declared."+b.Kind, b.ID)
	}
	return ui.Text{}
}

// kindOf names what an entry is; a fact of the organisation's own is about nobody.
func kindOf(e ledger.Entry) ui.Text {
	if e.Kind == evidence.KindFact && e.Chain == ledger.Own {
		return ui.Say("console.fact." + lawful.KindBalancingTest)
	}
	if e.Kind == evidence.KindRequest {
		return ui.Say("requests.entry")
	}
	return ui.Say("console.entry." + e.Kind)
}

func declaredKind(kind string) bool {
	switch kind {
	case "organisation", "system", "recipient", "notice", "invalid", "override", "pack", "message", "api_key", "operator":
		return true
	}
	return false
}

// recorder names who recorded an entry, by what they are.
func (v *visit) recorder(e ledger.Entry) ui.Text {
	if len(e.Payload) == 0 {
		return ui.Text{}
	}
	payload, err := evidence.ParsePayload(e.Payload)
	if err != nil {
		return ui.Text{}
	}
	kind, id, _ := strings.Cut(payload.By, ":")
	switch kind {
	case access.KindOperator, access.KindKey, access.KindLocal, access.KindPerson:
		return ui.Say("console.recorder."+kind, short(id))
	}
	return ui.Say("console.recorder.system")
}

// entryBody is one entry with its proof.
type entryBody struct {
	Kind     ui.Text
	About    ui.Text
	Event    []event // of a fact
	Subject  string  // where the person is
	Recorded time.Time
	By       ui.Text
	Seal     ui.Seal
	Closed   bool // only the commitment is kept
	Body     string
	Hash     string // of the leaf
	Path     []string
	Head     head
	Proof    string
	Receipt  string
}

// entry shows one entry: what, when, by whom, and the path to the signed head.
func (c *Console) entry(w http.ResponseWriter, r *http.Request, v *visit) error {
	e, err := c.entryOf(r, v)
	if err != nil {
		return err
	}
	proofs, err := c.Ledger.Prove(r.Context(), v.actor.Org, []string{e.ID})
	if err != nil {
		return err
	}
	body := entryBody{Kind: kindOf(e), Recorded: e.Recorded, By: v.recorder(e), Closed: len(e.Payload) == 0}
	if body.Head, err = c.head(r.Context(), v.actor.Org); err != nil {
		return err
	}
	proof := proofs.ByEntry[e.ID]
	here := "/ledger/" + url.PathEscape(e.ID)
	body.Seal = ui.Seal{Entry: proof.Index, Href: here}
	for _, h := range proof.Hashes {
		body.Path = append(body.Path, h.String())
	}
	body.Proof = here + "/proof.txt"
	v.opened(&body, e, here)
	p := v.page(ui.Say("console.entry", proof.Index), body)
	c.UI.Render(w, r, http.StatusOK, "console.entry", p)
	return nil
}

// opened adds what the entry says, where it was kept.
func (v *visit) opened(body *entryBody, e ledger.Entry, here string) {
	if body.Closed {
		return
	}
	leaf := evidence.LeafHash(evidence.Entry(evidence.Commitment(e.Salt, e.Payload)))
	body.Hash = leaf.String()
	body.About = v.summary(e)
	var pretty bytes.Buffer
	if json.Indent(&pretty, e.Payload, "", "  ") == nil {
		body.Body = pretty.String()
	}
	if e.Chain == ledger.Own {
		return
	}
	body.Subject = "/subjects/" + url.PathEscape(e.Chain)
	if fact, err := subject.FactOf(e); err == nil && e.Kind == evidence.KindFact {
		told := v.tell(fact)
		told.Seal = &body.Seal
		body.Event = []event{told}
		body.About = ui.Text{}
		if fact.Choice != nil {
			body.Receipt = here + "/receipt.json"
		}
	}
}

// entryOf reads an entry the actor may see: one about a person is for those who
// may see people.
func (c *Console) entryOf(r *http.Request, v *visit) (ledger.Entry, error) {
	var e ledger.Entry
	err := c.DB.Read(r.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		var err error
		e, err = c.Ledger.Entry(ctx, tx, v.actor.Org, r.PathValue("id"))
		return err
	})
	if err == nil && e.Chain != ledger.Own {
		err = v.actor.Require(access.ScopeSubjects)
	}
	return e, err
}

// proof downloads the proof of an entry, or the receipt of a choice.
func (c *Console) proof(w http.ResponseWriter, r *http.Request, v *visit) error {
	e, err := c.entryOf(r, v)
	if err != nil {
		return err
	}
	switch r.PathValue("file") {
	case "proof.txt":
		proofs, err := c.Ledger.Prove(r.Context(), v.actor.Org, []string{e.ID})
		if err != nil {
			return err
		}
		return web.SendFile(w, "text/plain; charset=utf-8", "proof.txt", []byte(proofs.ByEntry[e.ID].Format()))
	case "receipt.json":
		file, err := c.Choices.Receipt(r.Context(), v.actor, e.ID)
		if err != nil {
			return err
		}
		return web.SendFile(w, "application/json", "receipt.json", file)
	}
	return problem.New(problem.NotFound, "no_such_address", "There is no such file.")
}
