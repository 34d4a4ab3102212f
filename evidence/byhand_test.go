// SPDX-License-Identifier: Apache-2.0

package evidence_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// blocks gives the fenced blocks of a language in docs/verify-by-hand.md.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	parts := strings.Split(read(t, "..", "docs", "verify-by-hand.md"), "\n```"+language+"\n")
	for i := range parts {
		parts[i], _, _ = strings.Cut(parts[i], "```")
	}
	return parts[1:]
}

func needTools(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") == "true" || os.Getenv("LECITO_TEST") == "make" {
			t.Fatalf("%s is needed: apt-get install %s", name, name)
		}
		t.Skipf("%s is not installed; `make test` needs it", name)
	}
}

// byHand follows the page, for one file, in a folder of its own.
func byHand(t *testing.T, file string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"unfold.py": blocks(t, "python")[0], "certificate.json": file} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-e", "-c", blocks(t, "sh")[0])
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestVerifyByHand(t *testing.T) {
	needTools(t, "python3", "openssl")
	for _, name := range []string{"certificate.json", "certificate-unknown.json", "certificate-law.json", "receipt.json", "clearance.json"} {
		out, err := byHand(t, read(t, "testdata", name))
		if err != nil || strings.Count(out, "Signature Verified Successfully") != 2 {
			t.Errorf("%s: got %v\n%s", name, err, out)
		}
	}
	good := read(t, "testdata", "certificate.json")
	for name, edit := range map[string][2]string{
		"statement":  {`\"permitted\":false`, `\"permitted\":true`},
		"checkpoint": {`log\n6\n`, `log\n7\n`},
		"payload":    {`"salt": "`, `"salt": "AAAA`},
	} {
		bad := strings.ReplaceAll(good, edit[0], edit[1])
		if out, err := byHand(t, bad); err == nil || bad == good {
			t.Errorf("%s changed: got no error\n%s", name, out)
		}
	}
}

func TestListByHand(t *testing.T) {
	needTools(t, "python3")
	script := filepath.Join(t.TempDir(), "list.py")
	if err := os.WriteFile(script, []byte(blocks(t, "python")[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]string{"list-in.csv": "['input']", "list-out.csv": "['output']", "list-other.csv": "neither"} {
		out, err := exec.Command("python3", script, "testdata/clearance.json", "testdata/"+list).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", list, got, err, want)
		}
	}
}

func TestTraceByHand(t *testing.T) {
	needTools(t, "python3")
	script := filepath.Join(t.TempDir(), "trace.py")
	if err := os.WriteFile(script, []byte(blocks(t, "python")[2]), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("python3", script, "testdata/certificate-law.json").CombinedOutput()
	for _, want := range []string{"1 passed purpose.declared | ", "permitted", "it.retention.marketing", "Ada Bianchi, DPO", "memory"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("got %v, want %q in\n%s", err, want, out)
		}
	}
}
