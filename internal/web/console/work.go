// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"errors"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
)

// Parts of a cleared list that can be downloaded.
const (
	partPermitted = "permitted"
	partRejected  = "rejected"
	partSuppress  = "suppress"
	partClearance = "clearance"
)

// start sets a run to work, after the request that asked for it has gone.
func (c *Console) start(r *run, actor access.Actor, dry bool) {
	ctx, cancel := context.WithCancel(c.work)
	r.mu.Lock()
	if r.state == runWorking { // pressed twice
		r.mu.Unlock()
		cancel()
		return
	}
	r.state, r.dry, r.cancel, r.failed = runWorking, dry, cancel, nil
	r.progress = lists.Progress{Phase: lists.PhaseReceiving}
	r.mu.Unlock()
	c.busy.Go(func() {
		defer cancel()
		err := c.clearRun(ctx, r, actor)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.failed, r.state = err, runDone
		switch {
		case err == nil:
		case ctx.Err() != nil:
			r.state = runCancelled
		default:
			r.state = runFailed
			if problem.As(err) == nil {
				c.Log.Error("work on a list", "run", r.id, "error", err)
			}
		}
	})
}

// clearRun does what the run is for.
func (c *Console) clearRun(ctx context.Context, r *run, actor access.Actor) error {
	if r.kind == runImport {
		result, err := c.Lists.Import(ctx, importer(actor), lists.ImportOptions{
			Source: r.source, Map: r.columns, DryRun: r.look().dry, Name: r.name,
		}, r.input.reader(), r.step)
		r.mu.Lock()
		r.imported = result
		r.mu.Unlock()
		return err
	}
	outputs, err := c.vaults(partPermitted, partRejected, partSuppress, partClearance)
	if err != nil {
		return err
	}
	result, err := c.Lists.Clear(ctx, actor, lists.ClearOptions{
		Purpose: r.purpose, Channel: r.chann, Name: r.name, Language: r.language,
	}, r.input.reader(), lists.Outputs{
		Permitted: outputs[partPermitted], Rejected: outputs[partRejected], Suppress: outputs[partSuppress], Progress: r.step,
	})
	if err == nil {
		_, err = outputs[partClearance].Write(result.Clearance)
	}
	for _, o := range outputs {
		err = errors.Join(err, o.seal())
	}
	if err != nil {
		for _, o := range outputs {
			o.drop()
		}
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleared, r.outputs = result, outputs
	return nil
}

func (c *Console) vaults(names ...string) (map[string]*vault, error) {
	out := map[string]*vault{}
	for _, name := range names {
		v, err := newVault(c.Dir)
		if err != nil {
			for _, o := range out {
				o.drop()
			}
			return nil, err
		}
		out[name] = v
	}
	return out, nil
}

// importer lets who clears lists also take them in: a file never lifts a no and
// writes only what it says, with row and file, so it is marketing's own work.
// Recording a single choice by hand is not, and stays with those who may.
func importer(actor access.Actor) access.Actor {
	if actor.May(access.ScopeChoices) {
		return actor
	}
	actor.Scopes = append([]string{access.ScopeChoices}, actor.Scopes...)
	return actor
}
