// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/web/console/run"
	"github.com/lecito/lecito/internal/web/ui"
	"github.com/lecito/lecito/lawful"
)

// runBody is a run: under way, failed, or done with what came of it.
type runBody struct {
	About    ui.Text
	Name     string
	Badge    ui.Badge
	Progress *ui.Progress
	Failed   *failure
	Cleared  *clearedBody
	Sums     *sumsBody
	Ends     time.Time
	Again    string
}

// failure is why a run came to nothing, in the reader's words and in the program's.
type failure struct {
	Text   ui.Text
	Detail string // in English, from the program
	Places []place
}

// place is one spot of a file that is wrong.
type place struct {
	Where  string
	Detail string
}

// see shows a run as it stands.
func (c *Console) see(w http.ResponseWriter, r *http.Request, v *visit, one *run.Run) error {
	l := one.Look()
	here := "/lists/" + one.ID
	body := runBody{About: v.runAbout(l), Name: l.Name, Badge: runBadge(l), Ends: l.Began.Add(run.Life), Again: "/lists"}
	switch {
	case l.State == run.Working:
		body.Progress = &ui.Progress{
			Events: here + "/events", Done: l.Progress.Rows, Total: l.Progress.Of, Text: said(l), Again: here,
			Cancel: &ui.Post{Action: here + "/cancel", Text: ui.Say("console.run.cancel")},
		}
	case l.State == run.Failed:
		body.Failed = failureOf(l.Failed)
	case l.State == run.Done && l.Kind == run.Clear:
		body.Cleared = v.cleared(l, here)
	case l.State == run.Done:
		body.Sums = v.sums(l, here)
	}
	p := v.page(ui.Say("console.run."+l.Kind), body)
	p.Wide = l.State == run.Done
	c.UI.Render(w, r, http.StatusOK, "console.run", p)
	return nil
}

// said says how far a run is.
func said(l run.Look) ui.Text {
	switch p := l.Progress; {
	case p.Phase == lists.PhaseReceiving:
		return ui.Say("console.run.receiving")
	case p.Phase == lists.PhaseSurveying:
		return ui.Say("console.run.surveying", p.Rows)
	case p.Of > 0:
		return ui.Say("console.run.rows.of", p.Rows, p.Of)
	default:
		return ui.Say("console.run.rows", l.Progress.Rows)
	}
}

func failureOf(err error) *failure {
	p := problem.As(err)
	if p == nil {
		return &failure{Text: ui.ProblemText("")}
	}
	return &failure{Text: trouble(p.Kind, p.Code), Detail: p.Detail, Places: places(p.Places)}
}

// mostPlaces is how many wrong places a page names.
const mostPlaces = 50

func places(all []problem.Place) []place {
	var out []place
	for _, p := range all[:min(len(all), mostPlaces)] {
		detail := p.Detail
		p.Detail = ""
		where := p.String()
		if len(where) > 2 {
			where = where[:len(where)-2] // the colon before no detail
		}
		out = append(out, place{where, detail})
	}
	return out
}

// events tells how a run goes on, as it does, until it is over.
func (c *Console) events(w http.ResponseWriter, r *http.Request, v *visit, one *run.Run) error {
	w.Header().Set("Content-Type", "text/event-stream")
	out := http.NewResponseController(w)
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	for {
		l := one.Look()
		message := map[string]any{"done": l.Progress.Rows, "total": l.Progress.Of, "text": v.locale.Say(said(l))}
		if l.State != run.Working {
			message["next"] = "/lists/" + one.ID
		}
		raw, err := json.Marshal(message)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil || out.Flush() != nil || l.State != run.Working {
			return nil // who has gone looks again
		}
		select {
		case <-tick.C:
		case <-l.Over:
		case <-r.Context().Done():
			return nil
		case <-c.runs.Ended():
			return nil
		}
	}
}

// clearedBody is what clearing a list came to.
type clearedBody struct {
	Bar     ui.Bar
	Means   []meaning
	Files   []fileLink
	Valid   time.Time
	Expired bool
	Column  string
	Tool    string
	Bad     []place
	At      time.Time
}

// meaning is a reason with what can be done about it.
type meaning struct {
	Reason ui.Text
	Count  int64
	Do     ui.Text
}

// fileLink is a file to download.
type fileLink struct {
	Href string
	Text ui.Text
	Hint ui.Text
	Main bool
}

func (v *visit) cleared(l run.Look, here string) *clearedBody {
	r := l.Cleared
	b := &clearedBody{
		Bar:   ui.Bar{Sentence: ui.Say("console.cleared", r.Permitted, v.locale.Number(r.Rows)), Label: ui.Say("console.cleared.reason")},
		Valid: r.ValidUntil, Expired: !r.ValidUntil.After(v.now), Column: r.Column, Tool: r.Tool, Bad: places(r.Unreadable), At: r.At,
	}
	for _, reason := range ordered(r.Reasons) {
		tone, text := ui.No, ui.Say("reason."+reason)
		switch {
		case reason == string(lawful.ReasonConsentDeclared):
			tone = ui.Due
		case permits(reason):
			tone = ui.Yes
		case reason == lists.ReasonUnreadable:
			tone, text = ui.Plain, ui.Say("console.cleared.unreadable")
		case reason == string(lawful.ReasonNoChoice), reason == string(lawful.ReasonUnknownSubject):
			tone = ui.Plain
		case reason == string(lawful.ReasonEvidenceInsufficient), reason == string(lawful.ReasonConfirmationPending), reason == string(lawful.ReasonNoticeSuperseded):
			tone = ui.Due
		}
		b.Bar.Parts = append(b.Bar.Parts, ui.Part{Tone: tone, Text: text, Count: r.Reasons[reason]})
		if !permits(reason) {
			b.Means = append(b.Means, meaning{text, r.Reasons[reason], advice(reason)})
		}
	}
	file := func(part, ext string, main bool) fileLink {
		return fileLink{here + "/" + part + "." + ext, ui.Say("console.file." + part), ui.Say("console.file." + part + ".hint"), main}
	}
	b.Files = []fileLink{file(run.Permitted, l.Ext, true), file(run.Clearance, "json", false), file(run.Rejected, l.Ext, false), file(run.Suppress, "csv", false)}
	return b
}

// ordered puts what is permitted first, then by number.
func ordered(reasons map[string]int64) []string {
	var out []string
	for reason := range reasons {
		out = append(out, reason)
	}
	slices.SortFunc(out, func(a, b string) int {
		if permits(a) != permits(b) {
			if permits(a) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	})
	return out
}

// advice says what a reason means for who wants to write.
func advice(reason string) ui.Text {
	switch lawful.Reason(reason) {
	case lawful.ReasonNoChoice, lawful.ReasonUnknownSubject, lawful.ReasonRefused, lawful.ReasonWithdrawn, lawful.ReasonObjected, lawful.ReasonDataRefused,
		lawful.ReasonEvidenceInsufficient, lawful.ReasonConsentInvalid, lawful.ReasonConsentNotForUs, lawful.ReasonConfirmationPending,
		lawful.ReasonNoticeSuperseded, lawful.ReasonNoticeMissing, lawful.ReasonExpired, lawful.ReasonUndeliverable,
		lawful.ReasonSuppressed, lawful.ReasonErased, lawful.ReasonRetentionEnded, lawful.ReasonLicenceEnded, lawful.ReasonMinor,
		lawful.ReasonDeceased, lawful.ReasonRestricted, lawful.ReasonOppositionRegister, lawful.ReasonOppositionRegisterStale,
		lawful.ReasonSignal, lawful.ReasonFrequencyExceeded, lawful.ReasonSoftOptInUnmet, lawful.ReasonBalancingMissing,
		lawful.ReasonBasisNotAllowed:
		return ui.Say("console.advice." + reason)
	}
	if reason == lists.ReasonUnreadable {
		return ui.Say("console.advice.unreadable")
	}
	return ui.Say("console.advice.other")
}

// sumsBody is what importing a list would come to, or came to.
type sumsBody struct {
	Dry       bool
	Sentence  string
	Advice    []string
	Tool      string
	New       int64
	Existing  int64
	Unchanged *ui.Text // nil: something was recorded
	Bulk      []lists.Bulk
	Bad       []place
	Problems  int64
	Confirm   ui.Post
	Entry     *ui.Link
}

// unchanged says why an import added nothing.
func unchanged(s lists.Sums) ui.Text {
	switch s.Existing {
	case 0:
		return ui.Say("console.sums.unchanged_none")
	case s.Rows:
		return ui.Say("console.sums.unchanged")
	}
	return ui.Say("console.sums.unchanged_part")
}

func (v *visit) sums(l run.Look, here string) *sumsBody {
	r := l.Imported
	b := &sumsBody{
		Dry: l.Dry, Sentence: r.Sums.Sentence(v.language), Advice: r.Sums.Advice(v.language), Tool: r.Tool, New: r.Sums.New,
		Existing: r.Sums.Existing, Bulk: r.Bulk, Bad: places(r.Places), Problems: r.Problems,
		Confirm: ui.Post{Action: here + "/confirm", Text: ui.Say("console.sums.confirm"), Tone: ui.Yes},
	}
	if r.Unchanged {
		b.Unchanged = new(unchanged(r.Sums))
	}
	if r.Entry != "" {
		b.Entry = &ui.Link{Href: "/ledger/" + r.Entry, Text: ui.Say("console.sums.entry")}
	}
	return b
}

// cancel stops a run where it stands.
func (c *Console) cancel(w http.ResponseWriter, r *http.Request, v *visit, one *run.Run) error {
	one.Cancel()
	return toRun(w, r, one)
}

// confirm imports what was only counted before.
func (c *Console) confirm(w http.ResponseWriter, r *http.Request, v *visit, one *run.Run) error {
	c.runs.Confirm(v.actor, one)
	return toRun(w, r, one)
}

// toRun leads to the page of a run.
func toRun(w http.ResponseWriter, r *http.Request, one *run.Run) error {
	http.Redirect(w, r, "/lists/"+one.ID, http.StatusSeeOther)
	return nil
}

// download gives a part of a cleared list.
func (c *Console) download(w http.ResponseWriter, r *http.Request, v *visit, one *run.Run) error {
	kinds := map[string]string{"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "json": "application/json"}
	for part, ext := range map[string]string{run.Permitted: one.Ext, run.Rejected: one.Ext, run.Suppress: "csv", run.Clearance: "json"} {
		file := one.Output(part)
		if file == nil || r.PathValue("file") != part+"."+ext {
			continue
		}
		h := w.Header()
		h.Set("Content-Type", kinds[ext])
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", part+"."+ext))
		h.Set("Content-Length", strconv.FormatInt(file.Size, 10))
		_, err := io.Copy(w, file.Reader())
		return err
	}
	return problem.New(problem.NotFound, "run_gone", "There is no such file. The run may be over 48 hours old, or was cancelled.")
}
