// SPDX-License-Identifier: Apache-2.0

package centre_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/ui/uitest"
)

// TestEveryPageLooksLikeTheOrganisations: its name, logo and colour, and nothing
// of ours but the way to verify a receipt.
func TestEveryPageLooksLikeTheOrganisations(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		past := to
		past.Expires = s.Clock.Now().Add(-time.Minute)
		for name, address := range map[string]string{
			"the preference centre": s.link(t, to), "an expired link": s.link(t, past), "unsubscribing": s.unsubscribe(t, to, "email"),
			"the notice": s.server.URL + "/n/bottega/signup", "the way in": s.server.URL + "/p/bottega/code",
		} {
			p := browse(t, http.MethodGet, address, nil)
			logo := uitest.Find(p.doc, "header", "img.logo")
			if len(logo) != 1 || uitest.Attr(logo[0], "alt") != "Bottega Esempio" || uitest.Attr(logo[0], "width") == "" {
				t.Errorf("%s shows no logo, or one without its name and size", name)
			}
			if title := uitest.All(p.doc, "title"); !strings.HasSuffix(title, " · Bottega Esempio") {
				t.Errorf("%s is titled %q", name, title)
			}
			if got := uitest.All(p.doc, "footer"); strings.Contains(p.text, "Lecito") || !strings.Contains(got, "Verify a receipt") {
				t.Errorf("%s says whose program it is, or not where to verify: %s", name, got)
			}
			styled := false
			for _, sheet := range uitest.Find(p.doc, "link") {
				styled = styled || strings.HasPrefix(uitest.Attr(sheet, "href"), "/b/bottega/")
			}
			if policy := p.Header.Get("Content-Security-Policy"); !styled || !strings.Contains(policy, "style-src 'self'; img-src 'self'") || strings.Contains(policy, "unsafe") {
				t.Errorf("%s is not in the organisation's colour, or its policy is not strict: %q", name, policy)
			}
			if len(logo) == 1 {
				picture := browse(t, http.MethodGet, s.server.URL+uitest.Attr(logo[0], "src"), nil)
				if picture.StatusCode != http.StatusOK || picture.Header.Get("Content-Type") != "image/png" || picture.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("the logo answers %d as %s", picture.StatusCode, picture.Header.Get("Content-Type"))
				}
			}
		}
		for _, path := range []string{"/b/bottega/0.css", "/b/bottega/0.png", "/b/nobody/0.css"} {
			if got := browse(t, http.MethodGet, s.server.URL+path, nil); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers %d", path, got.StatusCode)
			}
		}
	})
}

// apply makes the register say what a file says.
func (s *shop) apply(t *testing.T, file []byte) {
	t.Helper()
	doc, err := register.Parse(file, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.register.Apply(t.Context(), access.Local(sample.Organisation).By(), "", doc, false); err != nil {
		t.Fatal(err)
	}
}

func TestLinksLeadToTheOrganisationsOwnHost(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		to := s.to(t, sample.Giulia)
		s.links.At(s.register)
		if got := s.link(t, to); !strings.HasPrefix(got, s.server.URL+"/p/") {
			t.Errorf("without a host of its own a link is %s", got)
		}
		s.apply(t, bytes.Replace(declared.Bottega, []byte("    name: Bottega Esempio\n"), []byte("    name: Bottega Esempio\n    domain: scelte.bottega.example\n"), 1))
		link, leave := s.link(t, to), s.unsubscribe(t, to, "email")
		if !strings.HasPrefix(link, "https://scelte.bottega.example/p/") || !strings.HasPrefix(leave, "https://scelte.bottega.example/u/") {
			t.Errorf("links are %s and %s", link, leave)
		}
		p := s.see(t, strings.Replace(link, "https://scelte.bottega.example", s.server.URL, 1))
		if len(uitest.Find(p.doc, "form.halt")) == 0 {
			t.Error("what the host passes on is not the page")
		}
	})
}

func TestAnOrganisationWithoutALookHasItsName(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		s := open(t, env)
		before, rest, _ := strings.Cut(string(declared.Bottega), "  brand:\n")
		_, after, _ := strings.Cut(rest, "logo: data:")
		_, after, _ = strings.Cut(after, "\n")
		s.apply(t, []byte(before+after))
		p := s.see(t, s.link(t, s.to(t, sample.Giulia)))
		if got := uitest.All(p.doc, "header.site"); got != "Bottega Esempio Srl" || len(uitest.Find(p.doc, "img.logo")) != 0 {
			t.Errorf("the head of the page is %q", got)
		}
		if got := uitest.All(p.doc, "footer"); strings.Contains(got, "Lecito") {
			t.Errorf("the foot of the page says %q", got)
		}
		s.read(t, func(ctx context.Context, tx *db.ReadTx) error {
			c, err := s.register.Catalogue(ctx, tx, sample.Organisation)
			if err == nil && (c.Look == nil || c.Look.Style() != "") {
				t.Error("who declares no look has one")
			}
			return err
		})
	})
}
