// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lecito/lecito/client"
)

// server answers every call with the same status, type and body. The API's own
// tests run the client against the real server; here are the servers it must
// not trust.
func server(t *testing.T, status int, media, body string) *client.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	c, err := client.New(client.Options{Server: s.URL, APIKey: "lecito_x"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestProblemsSayWhatWhereAndUnderWhichReference(t *testing.T) {
	c := server(t, http.StatusBadRequest, "application/problem+json",
		`{"status":400,"code":"invalid_json","detail":"The body can't be read.","places":[{"field":"at","line":1,"column":7,"detail":"is given twice"}],"instance":"urn:uuid:1"}`)
	_, err := c.Check(t.Context(), client.Question{})
	p, ok := errors.AsType[*client.Problem](err)
	if !ok || p.Code != "invalid_json" || p.Instance != "urn:uuid:1" || p.Error() != "The body can't be read.\n  line 1, column 7, at: is given twice" {
		t.Errorf("got %v", err)
	}
}

func TestAnotherKindOfServerIsNamedAsSuch(t *testing.T) {
	for media, body := range map[string]string{"text/html": "<h1>Bad gateway</h1>", "application/problem+json": "<"} {
		_, err := server(t, http.StatusBadGateway, media, body).Check(t.Context(), client.Question{})
		if p, ok := errors.AsType[*client.Problem](err); !ok || p.Status != http.StatusBadGateway || p.Code != "no_problem_details" {
			t.Errorf("%s: got %v", media, err)
		}
	}
	for _, address := range []string{"", "lecito.example", "ftp://lecito.example", "http://"} {
		if _, err := client.New(client.Options{Server: address}); err == nil {
			t.Errorf("%q is taken for a server", address)
		}
	}
}

func TestAnAnswerCutOffIsNoResult(t *testing.T) {
	if _, err := server(t, http.StatusOK, "application/x-ndjson", `{"progress":{"phase":"importing","rows":1}}`+"\n").
		Import(t.Context(), client.Import{Source: "s"}, strings.NewReader("x"), nil); err == nil {
		t.Error("an import without a result is taken for done")
	}
	part := "--b\r\nContent-Disposition: attachment; name=\"permitted\"\r\n\r\nEmail\r\n"
	for name, body := range map[string]string{
		"cut":                 part,
		"without a clearance": part + "--b--\r\n",
		"a problem at the end": part + "--b\r\nContent-Disposition: attachment; name=\"problem\"\r\n\r\n" +
			`{"status":400,"code":"bad_list"}` + "\r\n--b--\r\n",
	} {
		var permitted bytes.Buffer
		_, err := server(t, http.StatusOK, "multipart/mixed; boundary=b", body).
			ClearList(t.Context(), client.Clear{Purpose: "p", Channel: "email"}, strings.NewReader("x"), client.Outputs{Permitted: &permitted})
		if err == nil {
			t.Errorf("%s: a list is taken for cleared", name)
		}
	}
}

func TestAnErrorOfTheNetworkNamesNobody(t *testing.T) {
	c, err := client.New(client.Options{Server: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Subjects(t.Context(), client.Subject{Email: "anna@example.com"}, "")
	if err == nil || strings.Contains(err.Error(), "anna") {
		t.Errorf("got %v, want an error without the address", err)
	}
}
