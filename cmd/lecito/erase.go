// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

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
				var errs []error
				for _, id := range identifiers {
					errs = append(errs, g.erase(ctx, c, client.Erasure{
						Subject: subjectOf(id, source), Source: source, Request: request, Forget: forget,
					}, plan))
				}
				return errors.Join(errs...)
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

func (g *globals) erase(ctx context.Context, c *client.Client, e client.Erasure, plan bool) error {
	act, head := c.Erase, "Erased."
	if plan {
		act, head = c.PlanErasure, "This is what an erasure would do. Nothing was changed."
	}
	done, err := act(ctx, e)
	if err != nil {
		return err
	}
	if g.json {
		return g.encode(done)
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
