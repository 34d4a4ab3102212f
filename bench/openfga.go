// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// fga is an OpenFGA server on PostgreSQL, as it comes out of the box.
type fga struct {
	addr  string
	store string
	model string
}

// fgaModel says: permitted is who consented and did not object.
const fgaModel = `{"schema_version": "1.1", "type_definitions": [{"type": "user", "relations": {}},
{"type": "use", "relations": {
  "consented": {"this": {}}, "objected": {"this": {}},
  "permitted": {"difference": {"base": {"computedUserset": {"relation": "consented"}}, "subtract": {"computedUserset": {"relation": "objected"}}}}},
 "metadata": {"relations": {
  "consented": {"directly_related_user_types": [{"type": "user"}]}, "objected": {"directly_related_user_types": [{"type": "user"}]},
  "permitted": {"directly_related_user_types": []}}}}]}`

// openFGA starts a server that knows everybody of the store.
func (e *Env) openFGA(ctx context.Context, p *Pair, s store) (*fga, error) {
	program, err := e.peer("openfga")
	if err != nil {
		return nil, err
	}
	pool, err := e.pool(ctx, p, "openfga", 4)
	if err != nil {
		return nil, err
	}
	address := pool.Config().ConnString()
	storing := []string{"--datastore-engine", "postgres", "--datastore-uri", address}
	if _, err := output(exec.CommandContext(ctx, program, append([]string{"migrate"}, storing...)...)); err != nil {
		return nil, err
	}
	f := &fga{}
	if f.addr, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	grpc, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	args := append([]string{"run", "--http-addr", f.addr, "--grpc-addr", grpc, "--playground-enabled=false", "--log-level", "error", "--metrics-enabled=false"}, storing...)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = e.Out
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	running := &process{cmd: cmd, done: make(chan error, 1)}
	go func() { running.done <- cmd.Wait() }()
	p.after(running.stop)
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	p.Notes = append(p.Notes, fgaVersion(ctx, program))
	return f, f.fill(ctx, pool, s)
}

func fgaVersion(ctx context.Context, program string) string {
	out, err := exec.CommandContext(ctx, "go", "version", "-m", program).Output()
	if err == nil {
		for line := range strings.Lines(string(out)) {
			if f := strings.Fields(line); len(f) > 2 && f[0] != "path" && f[1] == "github.com/openfga/openfga" {
				return "OpenFGA " + f[2]
			}
		}
	}
	return "OpenFGA"
}

// begin waits for the server and makes a store and its model.
func (f *fga) begin(ctx context.Context) error {
	var made struct {
		ID    string `json:"id"`
		Model string `json:"authorization_model_id"`
	}
	var err error
	for range 300 {
		if err = f.post(ctx, "/stores", `{"name": "bench"}`, &made); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		return fmt.Errorf("OpenFGA does not answer: %w", err)
	}
	f.store = made.ID
	err = f.post(ctx, "/stores/"+f.store+"/authorization-models", fgaModel, &made)
	f.model = made.Model
	return err
}

func (f *fga) post(ctx context.Context, path, body string, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.addr+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: time.Minute}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode > 299 {
		err = fmt.Errorf("OpenFGA answered %d: %s", resp.StatusCode, tail(raw))
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

// fill puts the people into the server's own table: its write call takes a
// hundred at a time, and what is measured is reading.
func (f *fga) fill(ctx context.Context, pool *pgxpool.Pool, s store) error {
	columns := []string{"store", "object_type", "object_id", "relation", "_user", "user_type", "ulid", "inserted_at"}
	now, n := time.Now(), 0
	err := copyIn(ctx, pool, "tuple", columns, func(add func(...any) error) error {
		return s.everybody(func(p person) error {
			for use, where := range p.uses(s.zone) {
				relations := []string{"consented", "objected"}
				for i, holds := range []bool{where.consented && now.Before(where.until), where.stopped} {
					if !holds {
						continue
					}
					n++
					if err := add(f.store, "use", strings.ReplaceAll(use, "/", "_"), relations[i], "user:"+p.email, "user", fmt.Sprintf("%026d", n), now); err != nil {
						return err
					}
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	_, err = pool.Exec(ctx, "ANALYZE tuple")
	return err
}

// question asks about one person.
func (f *fga) question(email, purpose, channel string) []byte {
	return fmt.Appendf(nil, `{"authorization_model_id": %q, "tuple_key": {"user": "user:%s", "relation": "permitted", "object": "use:%s_%s"}}`,
		f.model, email, purpose, channel)
}

func (f *fga) path() string { return "/stores/" + f.store + "/check" }

// agrees asks about some people and holds the answers against what is meant, so
// that both sides are known to do the same work.
func (f *fga) agrees(ctx context.Context, s store, all []asked) error {
	conn, err := dial(ctx, f.addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	for _, q := range all {
		if err := conn.send(post(f.path(), "", f.question(q.who.email, q.purpose, q.channel))); err != nil {
			return err
		}
		want := q.who.n < s.size && whole(q.who.n, s.asOf).standing(q.purpose, q.channel, s.zone).permitted(time.Now())
		if bytes.Contains(conn.body, []byte(`"allowed":true`)) != want {
			return fmt.Errorf("OpenFGA answers %s about person %d, %s by %s: want %v", tail(conn.body), q.who.n, q.purpose, q.channel, want)
		}
	}
	return nil
}
