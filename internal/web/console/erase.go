// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/rights"
	"github.com/lecito/lecito/internal/standing"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// eraseBody is what an erasure would do, and the form that does it.
type eraseBody struct {
	Wrong   ui.Wrong
	Groups  []ui.PlanGroup
	Several int    // linked records of the same person that go too; 0: none
	Until   ui.Day // from then on no copy opens anything
	Fields  []ui.Field
	Action  string
	Back    string
}

// planErasure shows what would go and what would stay.
func (c *Console) planErasure(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showErasure(w, r, v, "", "", ui.Text{})
}

// showErasure draws the page, with what the form has wrong.
func (c *Console) showErasure(w http.ResponseWriter, r *http.Request, v *visit, reference, field string, wrong ui.Text) error {
	req, err := c.erasure(r, v)
	if err != nil {
		return err
	}
	plan, err := c.Rights.Plan(r.Context(), v.actor, req)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if field != "" {
		status = http.StatusBadRequest
	}
	body := v.eraseBody(r.PathValue("id"), plan)
	body.Fields[0].Value = reference
	for i, f := range body.Fields {
		if f.Name == field {
			body.Fields[i].Error = wrong
		}
	}
	body.Wrong = ui.Wrong{Fields: body.Fields}
	p := v.page(ui.Say("console.erase"), body)
	p.Lead = ui.Say("console.erase.lead")
	c.UI.Render(w, r, status, "console.erase", p)
	return nil
}

// erasure names the person of the page the way an erasure does: by what they hold.
func (c *Console) erasure(r *http.Request, v *visit) (rights.Request, error) {
	req := rights.Request{}
	whole, err := c.Standing.Why(r.Context(), v.actor, standing.View{Subject: r.PathValue("id")})
	if err != nil {
		return req, err
	}
	for _, kind := range []string{lawful.IDEmail, lawful.IDSource, lawful.IDPhone, lawful.IDAddress, lawful.IDDevice} {
		for _, h := range whole.Held {
			if h.Kind == kind && h.Chain == r.PathValue("id") && req.Subject == (choice.Subject{}) {
				req.Subject, req.Source = standing.Named(h), h.Source
			}
		}
	}
	if req.Subject == (choice.Subject{}) {
		return req, problem.New(problem.NotFound, "unknown_subject", "There is nothing by which this person can be named.")
	}
	return req, nil
}

func (v *visit) eraseBody(id string, plan rights.Plan) eraseBody {
	gone := ui.PlanGroup{Tone: ui.No, Title: ui.Say("console.erase.destroyed"), None: ui.Say("console.erase.nothing")}
	add := func(g *ui.PlanGroup, n int, text string, why ui.Text) {
		if n > 0 {
			g.Items = append(g.Items, ui.PlanItem{Count: int64(n), Text: ui.Say("console.erase."+text, n), Why: why})
		}
	}
	identifiers := 0
	for _, n := range plan.Destroyed.Identifiers {
		identifiers += n
	}
	add(&gone, identifiers, "identifiers", ui.Text{})
	add(&gone, plan.Destroyed.Choices, "choices", ui.Text{})
	add(&gone, plan.Destroyed.Facts, "facts", ui.Text{})
	if n := plan.Requests.Closed; n > 0 {
		gone.Items = append(gone.Items, ui.PlanItem{Count: int64(n), Text: ui.Say("requests.gone", n)})
	}
	stays := ui.PlanGroup{Tone: ui.Due, Title: ui.Say("console.erase.suppressed"), None: ui.Say("console.erase.unguarded")}
	if until := plan.Suppressed.Until; until != nil {
		add(&stays, plan.Suppressed.Tombstones, "tombstones", ui.Say("console.erase.tombstones.why", ui.Day{Time: until.AddDate(0, 0, -1)}))
	}
	kept := ui.PlanGroup{Tone: ui.Plain, Title: ui.Say("console.erase.kept"), None: ui.Say("console.erase.kept.none")}
	for _, k := range plan.Kept {
		kept.Items = append(kept.Items, ui.PlanItem{Count: int64(k.Count), Text: ui.Verbatim(k.Ground), Why: ui.Say("console.erase.kept.until", ui.Day{Time: k.Until.Add(-time.Second)})})
	}
	if n := plan.Requests.Open; n > 0 {
		kept.Items = append(kept.Items, ui.PlanItem{Count: int64(n), Text: ui.Say("requests.stays", n), Why: ui.Say("requests.stays.why")})
	}
	here := "/subjects/" + url.PathEscape(id)
	return eraseBody{
		Groups: []ui.PlanGroup{gone, stays, kept}, Several: len(plan.Subjects) - 1, Until: ui.Day{Time: plan.Everywhere},
		Action: here + "/erase", Back: here,
		Fields: []ui.Field{
			{Name: "reference", Label: ui.Say("console.erase.reference"), Hint: ui.Say("console.erase.reference.hint"), Autocomplete: "off"},
			{Name: "word", Label: ui.Say("console.erase.type", v.locale.T("console.erase.word")), Required: true, Autocomplete: "off"},
		},
	}
}

// words that confirm, in every language: who switches it half-way is understood.
func (c *Console) confirms(typed string) bool {
	return slices.ContainsFunc(ui.Languages, func(l string) bool {
		return strings.EqualFold(strings.TrimSpace(typed), c.UI.Locale(l, nil).T("console.erase.word"))
	})
}

// erase does what the plan said.
func (c *Console) erase(w http.ResponseWriter, r *http.Request, v *visit) error {
	reference := strings.TrimSpace(r.PostFormValue("reference"))
	if !c.confirms(r.PostFormValue("word")) {
		return c.showErasure(w, r, v, reference, "word", ui.Say("console.erase.wrong"))
	}
	req, err := c.erasure(r, v)
	if err != nil {
		return err
	}
	req.Request = reference
	done, err := c.Rights.Erase(r.Context(), v.actor, req)
	if p := problem.As(err); p != nil && p.Code == "invalid_reference" {
		return c.showErasure(w, r, v, reference, "reference", ui.Say("console.erase.reference.wrong"))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/subjects?erased="+url.QueryEscape(done.Entry), http.StatusSeeOther)
	return nil
}
