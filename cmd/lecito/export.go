// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
)

func exportCommand(g *globals) *cobra.Command {
	q := asked{}
	var column, clearance string
	var valid time.Duration
	cmd := &cobra.Command{
		Use:   "export",
		Short: "write the addresses that may be contacted now, decrypted, to standard output",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			question, err := q.question("")
			if err != nil {
				return err
			}
			return g.export(cmd.Context(), client.Clear{
				Purpose: question.Purpose, Channel: question.Channel, Content: question.Content, Operation: question.Operation,
				Data: q.data, Recipient: question.Recipient, Column: column, ValidFor: valid,
			}, clearance)
		},
	}
	q.about(cmd)
	flags := cmd.Flags()
	flags.StringVar(&column, "column", "", "email, phone or device, where the channel is reached by more than one of them")
	flags.StringVar(&clearance, "clearance", "", "file for the signed clearance")
	flags.DurationVar(&valid, "valid", 0, "how long the clearance is good for; default 48h")
	return cmd
}

func (g *globals) export(ctx context.Context, o client.Clear, file string) (err error) {
	var whole aside
	defer func() { err = errors.Join(err, whole.end(err == nil)) }()
	clearance, err := whole.create(file)
	if err != nil {
		return err
	}
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		result, err := c.Export(ctx, o, client.Outputs{Permitted: g.out})
		if err != nil {
			return err
		}
		return g.cleared(result, clearance)
	})
}
