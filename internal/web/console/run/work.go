// SPDX-License-Identifier: Apache-2.0

package run

import (
	"context"
	"errors"

	"github.com/lecito/lecito/internal/access"
	"github.com/lecito/lecito/internal/lists"
	"github.com/lecito/lecito/internal/problem"
)

// Confirm imports what was only counted before.
func (s *Runs) Confirm(actor access.Actor, r *Run) { s.start(r, actor, false) }

// start sets a run to work that is new, or has only been counted. The work goes
// on after the request that asked for it.
func (s *Runs) start(r *Run, actor access.Actor, dry bool) {
	ctx, cancel := context.WithCancel(s.work)
	r.mu.Lock()
	defer r.mu.Unlock()
	counted := r.now.State == Done && r.now.Dry
	if r.now.State != "" && !counted { // pressed twice
		cancel()
		return
	}
	r.now = state{State: Working, Dry: dry, Progress: lists.Progress{Phase: lists.PhaseReceiving}}
	over := make(chan struct{})
	r.cancel, r.over = cancel, over
	s.busy.Go(func() {
		defer close(over)
		defer cancel()
		r.end(ctx, s.do(ctx, r, actor, dry), s)
	})
}

// end notes how the work ended.
func (r *Run) end(ctx context.Context, err error, s *Runs) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Failed, r.now.State = err, Done
	switch {
	case err == nil:
	case ctx.Err() != nil:
		r.now.State = Cancelled
	default:
		r.now.State = Failed
		if problem.As(err) == nil {
			s.log.Error("work on a list", "run", r.ID, "error", err)
		}
	}
}

func (s *Runs) do(ctx context.Context, r *Run, actor access.Actor, dry bool) error {
	if r.Kind == Clear {
		return s.clearList(ctx, r, actor)
	}
	result, err := s.lists.Import(ctx, importer(actor), lists.ImportOptions{
		Source: r.Source, Map: r.Columns, DryRun: dry, Name: r.Name,
	}, r.Input.Reader(), r.step)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Imported = result
	return err
}

// clearList clears the list into its parts.
func (s *Runs) clearList(ctx context.Context, r *Run, actor access.Actor) error {
	outputs, err := s.vaults(Permitted, Rejected, Suppress, Clearance)
	if err != nil {
		return err
	}
	result, err := s.lists.Clear(ctx, actor, lists.ClearOptions{
		Purpose: r.Purpose, Channel: r.Channel, Name: r.Name, Language: r.Language,
	}, r.Input.Reader(), lists.Outputs{
		Permitted: outputs[Permitted], Rejected: outputs[Rejected], Suppress: outputs[Suppress], Progress: r.step,
	})
	if err == nil {
		_, err = outputs[Clearance].Write(result.Clearance)
	}
	for _, o := range outputs {
		err = errors.Join(err, o.Seal())
	}
	if err != nil {
		drop(outputs)
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now.Cleared, r.outputs = result, outputs
	return nil
}

// Receive makes a vault for a list that is coming.
func (s *Runs) Receive() (*Vault, error) { return newVault(s.dir) }

func (s *Runs) vaults(parts ...string) (map[string]*Vault, error) {
	out := map[string]*Vault{}
	for _, part := range parts {
		v, err := newVault(s.dir)
		if err != nil {
			drop(out)
			return nil, err
		}
		out[part] = v
	}
	return out, nil
}

func drop(vaults map[string]*Vault) {
	for _, v := range vaults {
		v.Drop()
	}
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
