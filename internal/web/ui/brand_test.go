// SPDX-License-Identifier: Apache-2.0

package ui_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/register/brand"
	"github.com/lecito/lecito/internal/web/ui"
)

// TestTheGroundsAreThoseOfTheSheet: what a colour is held to is what text stands on.
func TestTheGroundsAreThoseOfTheSheet(t *testing.T) {
	sheet, err := os.ReadFile("assets/ui.css")
	if err != nil {
		t.Fatal(err)
	}
	for token, c := range map[string][2]brand.Colour{
		"--paper": {brand.Paper, brand.Night}, "--sheet": {brand.Sheet, brand.Dusk}, "--slate-wash": {brand.Wash, brand.DimWash},
	} {
		if want := fmt.Sprintf("%s: light-dark(%s, %s);", token, c[0], c[1]); !strings.Contains(string(sheet), want) {
			t.Errorf("the sheet does not say %s", want)
		}
	}
}

func TestPagesArePackedForCustomersOnly(t *testing.T) {
	u, err := ui.New()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		accepts string
		look    *brand.Look
		packed  bool
	}{
		"a customer": {"gzip, br", brand.Make("bottega", "Bottega", nil), true}, "one who takes none": {"br", brand.Make("bottega", "Bottega", nil), false},
		"one who refuses it": {"gzip;q=0", brand.Make("bottega", "Bottega", nil), false}, "an operator": {"gzip", nil, false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/p/x", nil)
		r.Header.Set("Accept-Encoding", c.accepts)
		w := httptest.NewRecorder()
		page := ui.ProblemPage("", "4711")
		page.Brand = c.look
		u.Render(w, r, http.StatusOK, "problem", page)
		body := w.Body.Bytes()
		if packed := w.Header().Get("Content-Encoding") == "gzip"; packed != c.packed || w.Header().Get("Content-Length") != fmt.Sprint(len(body)) {
			t.Errorf("%s: packed %t, length %s of %d", name, packed, w.Header().Get("Content-Length"), len(body))
		}
		if c.packed {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err == nil {
				body, err = io.ReadAll(z)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(string(body), "4711") {
			t.Errorf("%s: the page is %q", name, body)
		}
	}
}
