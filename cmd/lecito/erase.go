// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
)

func eraseCommand(g *globals) *cobra.Command {
	var plan, yes, forget bool
	var source, request string
	cmd := &cobra.Command{
		Use:   "erase IDENTIFIER|-",
		Short: "show what erasing a person would do (--plan), or do it (--yes)",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, who []string) error {
			if plan == yes {
				return usage("say --plan to see what would go and what stays, or --yes to erase")
			}
			identifiers, err := g.identifiers(who[0])
			if err != nil {
				return err
			}
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				wanted := make([]client.Erasure, len(identifiers))
				for i, id := range identifiers {
					wanted[i] = client.Erasure{Subject: subjectOf(id, source), Source: source, Request: request, Forget: forget}
				}
				return g.eraseAll(ctx, c, wanted, plan)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&plan, "plan", false, "show what would go and what stays, and change nothing")
	flags.BoolVar(&yes, "yes", false, "erase: this can't be undone")
	flags.BoolVar(&forget, "forget", false, "leave no tombstone: a later list can bring the person back")
	flags.StringVar(&source, "source", "", "whose customer number IDENTIFIER is")
	flags.StringVar(&request, "request", "", "the reference of the request, for the record")
	return cmd
}

// atOnce is how many erasures are asked for at the same time: the server does
// those that wait together as one.
const atOnce = 1000

// eraseAll erases everybody, or plans it, and prints what comes of each in the
// order they were named.
func (g *globals) eraseAll(ctx context.Context, c *client.Client, wanted []client.Erasure, plan bool) error {
	act := c.Erase
	if plan {
		act = c.PlanErasure
	}
	var errs []error
	for part := range slices.Chunk(wanted, atOnce) {
		done := make([]client.Erased, len(part))
		failed := make([]error, len(part))
		var wg sync.WaitGroup
		for i, e := range part {
			wg.Go(func() { done[i], failed[i] = act(ctx, e) })
		}
		wg.Wait()
		for i := range part {
			if failed[i] == nil {
				failed[i] = g.printErasure(done[i], plan)
			}
			errs = append(errs, failed[i])
		}
	}
	return errors.Join(errs...)
}

func (g *globals) printErasure(done client.Erased, plan bool) error {
	if g.json {
		return g.encode(done)
	}
	head := "Erased."
	if plan {
		head = "This is what an erasure would do. Nothing was changed."
	}
	lines := append([]string{head}, done.Explanation...)
	if done.Entry != "" {
		lines = append(lines, fmt.Sprintf("On record as %s. Stage: %s.", done.Entry, done.Stage))
	}
	return g.print("%s", strings.Join(lines, "\n"))
}

// identifiers are the one named, or those of standard input, one a line.
func (g *globals) identifiers(named string) ([]string, error) {
	if named != "-" {
		return []string{named}, nil
	}
	var out []string
	scanner := bufio.NewScanner(g.in)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			out = append(out, line)
		}
	}
	if err := scanner.Err(); err != nil {
		return nil, usage(fmt.Sprintf("read identifiers: %v", err))
	}
	if len(out) == 0 {
		return nil, usage("no identifier came on standard input")
	}
	return out, nil
}
