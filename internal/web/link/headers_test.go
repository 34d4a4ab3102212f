// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/lecito/lecito/internal/db"
	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register"
	declared "github.com/lecito/lecito/internal/register/sample"
	"github.com/lecito/lecito/internal/testkit"
	"github.com/lecito/lecito/internal/web/link"
)

// declare has the organisation declare what the sample shop does.
func (p *post) declare(t *testing.T) *register.Catalogue {
	t.Helper()
	file, err := register.Parse(declared.Bottega, "bottega.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules := register.New(p.DB, p.ledger, p.ledger.Create)
	if _, err := rules.Apply(t.Context(), "test", "", file, false); err != nil {
		t.Fatal(err)
	}
	var on *register.Catalogue
	err = p.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		on, err = rules.Catalogue(ctx, tx, org)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return on
}

// headers makes those of a message to Giulia, by links that begin with base.
func (p *post) headers(t *testing.T, base string, on *register.Catalogue, of link.Stop) (h link.Headers, stops string, err error) {
	t.Helper()
	_ = p.DB.Read(t.Context(), func(ctx context.Context, tx *db.ReadTx) error {
		h, stops, err = link.New(p.secrets, base).Headers(ctx, tx, on, link.To{Org: org, Subject: person, Identifier: giulia()}, of)
		return err
	})
	return h, stops, err
}

func TestHeadersOfAMessage(t *testing.T) {
	testkit.EachDB(t, func(t *testing.T, env testkit.Env) {
		p := open(t, env)
		const base = "https://lecito.example"
		of := link.Stop{Channel: "email", Purpose: "newsletter", Message: "autumn-2026.17"}
		on := p.declare(t)
		h, stops, err := p.headers(t, base, on, of)
		token, _ := strings.CutPrefix(strings.Split(h.Unsubscribe, ">")[0], "<"+base+"/u/")
		if o, wrong := p.read(t, p.ways()[1], token); err != nil || wrong != nil || o.Stop != of || stops != link.StopsChannel {
			t.Errorf("the address is %s: %v, %v", h.Unsubscribe, err, wrong)
		}
		pair, err := url.ParseQuery(h.Post)
		if err != nil || h.Post != "List-Unsubscribe=One-Click" || !link.Clicked(pair) { // RFC 8058, 3.1
			t.Errorf("what is posted is %s", h.Post)
		}
		for _, c := range []struct {
			code, base string
			of         link.Stop
		}{
			{"https_needed", "http://lecito.example", of},
			{"no_headers", base, link.Stop{Channel: "sms", Purpose: "newsletter"}},
			{"purpose_unknown", base, link.Stop{Channel: "email", Purpose: "gone"}},
			{"not_stoppable", base, link.Stop{Channel: "email", Purpose: "orders"}},
			{"invalid_message", base, link.Stop{Channel: "email", Purpose: "newsletter", Message: "giulia.ferri@posta.example"}},
		} {
			_, _, err := p.headers(t, c.base, on, c.of)
			if known := problem.As(err); known == nil || known.Code != c.code {
				t.Errorf("%+v by %s: %v, want %s", c.of, c.base, err, c.code)
			}
		}
	})
}
