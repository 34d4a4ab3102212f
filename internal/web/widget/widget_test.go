// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/choice"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/lawful"
)

const site = "https://www.bottega.example"

// most is how heavy the script may be, as it travels.
const most = 10 << 10

func TestTheScriptIsLight(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		got := k.call(t, http.MethodGet, "/widget.js", "", "Accept-Encoding", "gzip")
		if n := len(got.body); n > most || got.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("the script takes %d bytes, compressed %q; %d is the most", n, got.Header.Get("Content-Encoding"), most)
		}
		z, err := gzip.NewReader(strings.NewReader(got.body))
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		plain := k.call(t, http.MethodGet, "/widget.js", "")
		written, err := os.ReadFile("widget.js")
		if err != nil || plain.body != string(written) || string(unpacked) != string(written) {
			t.Errorf("what is sent is not the file: %v", err)
		}
		for header, want := range map[string]string{
			"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*",
			"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
		} {
			if plain.Header.Get(header) != want {
				t.Errorf("%s: %q, want %q", header, plain.Header.Get(header), want)
			}
		}
		again := k.call(t, http.MethodGet, "/widget.js", "", "If-None-Match", plain.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("asked again it answers %d", again.StatusCode)
		}
	})
}

func TestTheScriptNeedsNothingAPolicyForbids(t *testing.T) {
	written, err := os.ReadFile("widget.js")
	if err != nil {
		t.Fatal(err)
	}
	forbidden := regexp.MustCompile(`\beval\(|\bnew Function\b|innerHTML|outerHTML|document\.write|insertAdjacentHTML|document\.cookie|sessionStorage|indexedDB|https?://`)
	if found := forbidden.FindAllString(string(written), -1); len(found) > 0 {
		t.Errorf("the script uses %q", found)
	}
}

// read is what a site reads, as far as tests look.
type read struct {
	Language string
	Again    *struct{ Months, Days int }
	Purposes []struct {
		ID, Title, Seen, Keep, Mark string
		Necessary                   bool
	}
	Forms map[string]struct {
		Text     string
		Purposes []struct {
			ID       string
			Channels []struct{ ID, Text string }
		}
	}
	Words map[string]string
}

func (k *kit) read(t *testing.T, language string) read {
	t.Helper()
	got := k.call(t, http.MethodGet, "/widget/bottega.json?lang="+language, "")
	var r read
	if err := json.Unmarshal([]byte(got.body), &r); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v: %s", got.StatusCode, err, got.body)
	}
	return r
}

func (r read) marks() map[string]string {
	marks := map[string]string{}
	for _, p := range r.Purposes {
		marks[p.ID] = p.Mark
	}
	return marks
}

func TestASiteReadsWhatIsDeclared(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		got := k.read(t, "it")
		var ids []string
		for _, p := range got.Purposes {
			ids = append(ids, p.ID)
		}
		if !slices.Equal(ids, []string{"cart", "ads", "statistics"}) || !got.Purposes[0].Necessary || got.Purposes[1].Necessary {
			t.Errorf("purposes: %v", got.Purposes)
		}
		if ads := got.Purposes[1]; ads.Seen != "Riceve i dati e li usa a nome proprio: Reclame SpA." || ads.Keep != "Conservati per 6 mesi dalla raccolta." {
			t.Errorf("ads: %+v", ads)
		}
		if got.Again == nil || got.Again.Months != 6 || got.Again.Days != 0 {
			t.Errorf("asked again after %+v, want the six months of Italy", got.Again)
		}
		channels := got.Forms["footer-form"].Purposes[0].Channels
		if len(channels) != 2 || channels[0].ID != "email" || channels[1].Text != "Sì, via SMS" {
			t.Errorf("the form's boxes: %+v", channels)
		}
		for _, language := range []string{"it", "en", "fr", "de", "es"} {
			r := k.read(t, language)
			if r.Language != language || strings.Contains(strings.Join(slices.Collect(mapValues(r.Words)), " "), "[widget.") {
				t.Errorf("%s: %+v", language, r.Words)
			}
		}
		if r := k.read(t, "pt"); r.Language != "it" {
			t.Errorf("a language nobody speaks is answered in %s", r.Language)
		}
	})
}

func TestNothingIsNecessaryThatTheLawDoesNotAdmit(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		for _, c := range [][2]string{
			{"    profiling: true\n", ""},
			{"    basis: consent\n    channels: [web]\n    data: [pages_seen]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [network]",
				"    basis: contract\n    channels: [web]\n    data: [pages_seen]\n    operations: [collection, use]\n    notice: cookies\n    recipients: [network]"},
			{"recipients: [network]\n    retention", "recipients: []\n    retention"},
		} {
			k.declare(t, c[0], c[1])
		}
		if _, there := k.read(t, "it").marks()["ads"]; there {
			t.Error("advertising said to be a contract is shown as what the site can't do without")
		}
		k.declare(t, "marketing: false\n    title: {it: Statistiche", "marketing: false\n    from: 2027-06-01\n    title: {it: Statistiche")
		if _, there := k.read(t, "it").marks()["statistics"]; there {
			t.Error("what begins next year is asked for")
		}
	})
}

func mapValues(m map[string]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

func TestWhenToAskAgainIsTheLawOfTheCountry(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		k.declare(t, "country: IT\n  language", "country: FR\n  language")
		if got := k.read(t, "fr").Again; got == nil || got.Months != 6 {
			t.Errorf("in France: %+v", got)
		}
		k.declare(t, "country: FR\n  language", "country: DE\n  language")
		if got := k.read(t, "de").Again; got != nil {
			t.Errorf("in Germany, whose law names no time: %+v", got)
		}
		k.declare(t, "country: DE\n  language", "country: IT\n  language")
		k.declare(t, "notices:", "overrides:\n  - {rule: it.reask.cookies, value: 12 months, reason: to be calmer, decided_by: the owner}\nnotices:")
		if got := k.read(t, "it").Again; got == nil || got.Months != 12 {
			t.Errorf("with another value in writing: %+v", got)
		}
	})
}

func TestAMarkChangesWithWhatIsAgreedToAndNotWithItsWords(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		was := k.read(t, "it").marks()
		k.declare(t, "Contiamo quali pagine piacciono.", "Contiamo le pagine che piacciono di più.")
		k.declare(t, "  - id: cookies\n    version: 1", "  - id: cookies\n    version: 2\n    changes: [{purpose: ads, effect: inform, why: clearer words}]\n    texts: {it: {short: Cookie.}}\n  - id: cookies\n    version: 1")
		if now := k.read(t, "it").marks(); now["statistics"] != was["statistics"] || now["ads"] != was["ads"] {
			t.Errorf("other words: %v, was %v", now, was)
		}
		k.declare(t, "recipients: [counter]", "recipients: [counter, network]")
		k.declare(t, "    version: 2\n", "    version: 3\n    changes: [{purpose: ads, effect: reconsent, why: a new network}]\n    texts: {it: {short: Cookie.}}\n  - id: cookies\n    version: 2\n")
		if now := k.read(t, "it").marks(); now["statistics"] == was["statistics"] || now["ads"] == was["ads"] || now["cart"] != was["cart"] {
			t.Errorf("another recipient, and a notice that asks again: %v, was %v", now, was)
		}
	})
}

func TestNoSiteIsReadOfWhoDeclaresNone(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		for _, path := range []string{"/widget/nobody.json", "/widget/bottega", "/widget/..%2fbottega.json"} {
			if got := k.call(t, http.MethodGet, path, ""); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", path, got.StatusCode)
			}
		}
		start, end := strings.Index(string(k.file), "  web:"), strings.Index(string(k.file), "notices:")
		k.declare(t, string(k.file[start:end]), "")
		if got := k.call(t, http.MethodGet, "/widget/bottega.json", ""); got.StatusCode != http.StatusNotFound || !strings.Contains(got.body, "site_unknown") {
			t.Errorf("without web: %d %s", got.StatusCode, got.body)
		}
	})
}

func anna() choice.Subject { return choice.Subject{Email: "anna@posta.example"} }

func signup(fields ...string) url.Values {
	form := url.Values{
		"email": {"anna@posta.example"}, "phone": {"ask me"}, "lecito": {"newsletter.email"}, "lecito_source": {"footer-form"},
		"lecito_language": {"it"}, "lecito_text": {"Sì, scrivetemi."}, "colour": {"green"},
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return form
}

func TestAFormWithoutScriptsIsRecorded(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		got := k.send(t, signup(), "Origin", site)
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "Grazie, abbiamo ricevuto le sue scelte") || strings.Contains(got.body, "anna") {
			t.Errorf("%d: %s", got.StatusCode, got.body)
		}
		if r := k.reason(t, anna(), "newsletter", "email"); r != lawful.ReasonConsentGiven {
			t.Errorf("after the form it is %s", r)
		}
		none := signup("email", "bruno@posta.example")
		none.Del("lecito")
		got = k.send(t, none)
		if got.StatusCode != http.StatusOK || !strings.Contains(got.body, "Nulla da registrare") {
			t.Errorf("without a tick: %d", got.StatusCode)
		}
		if r := k.reason(t, choice.Subject{Email: "bruno@posta.example"}, "newsletter", "email"); r != lawful.ReasonUnknownSubject {
			t.Errorf("without a tick it is %s", r)
		}
	})
}

func TestAFormLeadsBackToADeclaredSiteOnly(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		for next, want := range map[string]string{
			site + "/grazie?da=footer":               site + "/grazie?da=footer",
			"https://evil.example/":                  "",
			site + ".evil.example/":                  "",
			site + "@evil.example/":                  "",
			"https://u:p@www.bottega.example/":       "",
			"http://www.bottega.example/":            "",
			"//evil.example":                         "",
			"/grazie":                                "",
			"javascript:alert(1)":                    "",
			"https://www.bottega.example\\@evil.com": "",
			"https://www.bottega.example:443/":       "",
		} {
			got := k.send(t, signup("lecito_next", next))
			if loc := got.Header.Get("Location"); loc != want || want == "" && got.StatusCode != http.StatusOK || want != "" && got.StatusCode != http.StatusSeeOther {
				t.Errorf("%s leads to %q (%d), want %q", next, loc, got.StatusCode, want)
			}
		}
	})
}

func TestAFormThatIsWrongChangesNothing(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		for _, form := range []url.Values{
			signup("email", "no address"), signup("email", ""), signup("lecito", "newsletter"), signup("lecito", "tea.email"),
			signup("lecito", "newsletter.smoke"), signup("lecito_source", "nowhere"), signup("lecito_source", ""),
			signup("lecito_version", "99"), signup("lecito_version", "one"), signup("lecito_text", strings.Repeat("x", 20_001)),
			signup("lecito_text", strings.Repeat("x", 70_000)),
		} {
			got := k.send(t, form)
			if got.StatusCode != http.StatusBadRequest && got.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%.80v: %d", form, got.StatusCode)
			}
			if got.StatusCode == http.StatusBadRequest && !strings.Contains(got.body, "Le sue scelte non sono arrivate") || strings.Contains(got.body, "no address") {
				t.Errorf("%.80v: %s", form, got.body)
			}
			if r := k.reason(t, anna(), "newsletter", "email"); r != lawful.ReasonUnknownSubject {
				t.Fatalf("%.80v was recorded: %s", form, r)
			}
		}
	})
}

func TestOnlyAPublicKeyStandsInAnAddress(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		_, secret, err := k.Access.CreateKey(t.Context(), access.Local(org), access.NewKey{Name: "server", Scopes: []string{access.ScopeChoices}})
		if err != nil {
			t.Fatal(err)
		}
		body := browserSays("given")
		for key, want := range map[string]int{k.key: http.StatusCreated, secret: http.StatusForbidden, "wrong": http.StatusUnauthorized, "": http.StatusUnauthorized} {
			if got := k.call(t, http.MethodPost, "/v1/choices?key="+key, body, "Origin", site); got.StatusCode != want {
				t.Errorf("%d, want %d: %s", got.StatusCode, want, got.body)
			}
		}
		if got := k.call(t, http.MethodGet, "/v1/subjects?device="+device+"&key="+k.key, ""); got.StatusCode != http.StatusUnauthorized {
			t.Errorf("reading with the key in the address: %d", got.StatusCode)
		}
		got := k.call(t, http.MethodPost, "/v1/choices?key="+k.key, body, "Origin", "https://evil.example")
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("from another site: %d", got.StatusCode)
		}
		got = k.call(t, http.MethodPost, "/widget/form?key="+k.key, signup().Encode(), "Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded")
		if got.StatusCode != http.StatusForbidden {
			t.Errorf("a form of another site: %d", got.StatusCode)
		}
	})
}

const device = "web-0123456789abcdef0123456789abcdef"

// browserSays is what the script sends for a browser.
func browserSays(choice string) string {
	return `{"subject":{"device":"` + device + `"},"source":"web-banner","notice":{"id":"cookies","version":1,"language":"it"},
		"choices":[{"purpose":"ads","channel":"web","choice":"` + choice + `"}],
		"evidence":{"method":"button","default":"unticked","text":"Accetta tutto","ip":"198.51.100.7","url":"https://www.bottega.example/borse?utm=anna#x",
		"user_agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.7680.31 Safari/537.36 Edg/146.0.3856.59"}}`
}

func (k *kit) browser(t *testing.T, choice string, headers ...string) string {
	t.Helper()
	got := k.call(t, http.MethodPost, "/v1/choices?key="+k.key, browserSays(choice), append(headers, "Origin", site)...)
	var receipt struct{ Receipt string }
	if err := json.Unmarshal([]byte(got.body), &receipt); err != nil || got.StatusCode != http.StatusCreated || got.Header.Get("Access-Control-Allow-Origin") != site {
		t.Fatalf("%d %v: %s", got.StatusCode, got.Header, got.body)
	}
	return receipt.Receipt
}

func TestWhoBringsTheReceiptFindsTheBrowsersChoice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		receipt := k.browser(t, "given")
		if err := k.Ledger.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		signed := k.call(t, http.MethodGet, "/v1/receipts/"+receipt, "", "Authorization", "Bearer "+k.admin)
		if verdict, err := evidence.Verify([]byte(signed.body), evidence.Options{}); err != nil || verdict.Receipt == nil {
			t.Fatalf("the receipt: %d %v %s", signed.StatusCode, err, signed.body)
		}
		history := k.history(t, device)
		for _, kept := range []string{"Accetta tutto", "https://www.bottega.example/borse", `"Edg/146"`} {
			if !strings.Contains(history, kept) {
				t.Errorf("the evidence lacks %s: %s", kept, history)
			}
		}
		for _, dropped := range []string{"198.51.100.7", "utm", "Linux", "7680"} {
			if strings.Contains(history, dropped) {
				t.Errorf("the evidence keeps %s", dropped)
			}
		}
	})
}

func TestABrowserChangesItsMind(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		who := choice.Subject{Device: device}
		for _, step := range []struct {
			says string
			want lawful.Reason
		}{
			{"refused", lawful.ReasonRefused}, {"given", lawful.ReasonConsentGiven}, {"withdrawn", lawful.ReasonWithdrawn}, {"given", lawful.ReasonConsentGiven},
		} {
			k.browser(t, step.says)
			if got := k.reason(t, who, "ads", "web"); got != step.want {
				t.Errorf("after %s it is %s, want %s", step.says, got, step.want)
			}
			k.clock.Advance(1e9)
		}
	})
}

func TestASignalIsRecordedAndIsNoChoice(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		k := open(t, env, site)
		who := choice.Subject{Device: device}
		for _, header := range [][]string{{"Sec-GPC", "0"}, {"Sec-GPC", "true"}, {"Sec-GPC", "1, 1"}} {
			k.browser(t, "refused", header...)
		}
		if n := k.signals(t); n != 0 {
			t.Errorf("%d signals of a browser that gave none", n)
		}
		k.clock.Advance(1e9)
		k.browser(t, "given", "Sec-GPC", "0", "Sec-GPC", "1")
		if n := k.signals(t); n != 1 {
			t.Errorf("%d signals, want one", n)
		}
		if got := k.reason(t, who, "ads", "web"); got != lawful.ReasonConsentGiven {
			t.Errorf("the browser's general word over its user's own: %s", got)
		}
		got := k.call(t, http.MethodPost, "/v1/choices?key="+k.key, strings.Replace(browserSays("given"), `"device":"`+device, `"email":"anna@posta.example`, 1), "Origin", site, "Sec-GPC", "1")
		if got.StatusCode != http.StatusBadRequest || strings.Contains(got.body, "signal") {
			t.Errorf("of somebody known no signal is taken: %d %s", got.StatusCode, got.body)
		}
	})
}

// signals counts those on record about a browser.
func (k *kit) signals(t *testing.T) int {
	t.Helper()
	return strings.Count(k.history(t, device), `"signal":"gpc"`)
}

// history is everything on record about a browser.
func (k *kit) history(t *testing.T, device string) string {
	t.Helper()
	return k.about(t, "device="+device)
}

// about is everything on record about somebody.
func (k *kit) about(t *testing.T, query string) string {
	t.Helper()
	auth := []string{"Authorization", "Bearer " + k.admin}
	found := k.call(t, http.MethodGet, "/v1/subjects?"+query, "", auth...)
	var subjects struct {
		Subjects []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(found.body), &subjects); err != nil || len(subjects.Subjects) != 1 {
		t.Fatalf("%s: %v %s", query, err, found.body)
	}
	return k.call(t, http.MethodGet, "/v1/subjects/"+subjects.Subjects[0].ID+"/history", "", auth...).body
}
