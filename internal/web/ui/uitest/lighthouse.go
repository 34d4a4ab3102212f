// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Audit is what Lighthouse says of a page: a score of 0 to 100 by category, and
// what cost points.
type Audit struct {
	Scores map[string]int
	Lost   []string
}

// Lighthouse opens a page on a simulated middling phone, as people's own tools
// do. It is asked under "make soak" only: it takes long, and a machine with other
// work to do is no phone.
func Lighthouse(t *testing.T, address string) Audit {
	t.Helper()
	program := filepath.Join(root(t), "scripts/lighthouse/node_modules/lighthouse/cli/index.js")
	browser := chromium()
	if !every() {
		t.Skip("Lighthouse is asked under make soak")
	}
	if _, err := os.Stat(program); err != nil || browser == "" {
		t.Fatal("pages are audited with Lighthouse and Chromium: run LECITO_SOAK=1 make prepare")
	}
	flags := "--headless=new --disable-gpu"
	if os.Geteuid() == 0 {
		flags += " --no-sandbox"
	}
	cmd := exec.CommandContext(t.Context(), "node", program, address, "--output=json", "--quiet",
		"--only-categories=performance,accessibility,best-practices", "--chrome-flags="+flags, "--enable-error-reporting=false")
	cmd.Env = append(os.Environ(), "CHROME_PATH="+browser)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ask Lighthouse: %v\n%s", err, complaints.String())
	}
	return readAudit(t, out)
}

func readAudit(t *testing.T, report []byte) Audit {
	t.Helper()
	var said struct {
		Categories map[string]struct {
			Score     *float64
			AuditRefs []struct {
				ID     string
				Weight float64
			}
		}
		Audits map[string]struct {
			Title        string
			DisplayValue string
			Score        *float64
		}
	}
	if err := json.Unmarshal(report, &said); err != nil {
		t.Fatalf("read what Lighthouse says: %v", err)
	}
	a := Audit{Scores: map[string]int{}}
	for name, c := range said.Categories {
		if c.Score == nil {
			t.Fatalf("Lighthouse gives no score for %s", name)
		}
		a.Scores[name] = int(*c.Score*100 + 0.5)
		for _, ref := range c.AuditRefs {
			if audit := said.Audits[ref.ID]; ref.Weight > 0 && audit.Score != nil && *audit.Score < 1 {
				a.Lost = append(a.Lost, fmt.Sprintf("%s: %s %s (%.0f)", name, audit.Title, audit.DisplayValue, *audit.Score*100))
			}
		}
	}
	slices.Sort(a.Lost)
	return a
}
