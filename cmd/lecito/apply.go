// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/register/brand"
)

func applyCommand(g *globals) *cobra.Command {
	var dryRun, schema, impact bool
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "make purposes, notices, sources and recipients as FILE says",
		Args: args(func(cmd *cobra.Command, files []string) error {
			if schema {
				return cobra.NoArgs(cmd, files)
			}
			return cobra.ExactArgs(1)(cmd, files)
		}),
		RunE: func(cmd *cobra.Command, files []string) error {
			if schema {
				_, err := g.out.Write(register.Schema())
				return err
			}
			if impact && !dryRun {
				return usage("--impact tells what would happen: add --dry-run")
			}
			g.begins = !dryRun
			return g.apply(cmd.Context(), files[0], dryRun, impact)
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change, and change nothing")
	cmd.Flags().BoolVar(&impact, "impact", false, "with --dry-run: count who would become reachable, or stop being so, and why")
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of the file")
	return cmd
}

func (g *globals) apply(ctx context.Context, name string, dryRun, impact bool) error {
	file, err := openInput(g, name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	body, err := io.ReadAll(io.LimitReader(file, register.MaxSize+1))
	if err != nil {
		return usage(err.Error())
	}
	body, err = register.WithLogo(body, name, beside(name))
	if err != nil {
		return err
	}
	// Read here first: what is wrong is told by line and column under the file's own name.
	doc, err := register.Parse(body, name)
	if err != nil {
		return err
	}
	if g.org == "" {
		g.org = doc.Organisation.ID
	}
	if dryRun && g.server == "" && !g.hasStore() {
		empty, err := os.MkdirTemp("", "lecito-dry-run-")
		if err != nil {
			return fmt.Errorf("make an empty store to compare with: %w", err)
		}
		defer func() { _ = os.RemoveAll(empty) }()
		g.dir, g.begins = empty, true
	}
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		result, err := c.Apply(ctx, body, name, dryRun)
		if err != nil {
			return err
		}
		var meant client.Impact
		if impact {
			if meant, err = g.impact(ctx, c, body, name); err != nil {
				return err
			}
		}
		switch {
		case g.json && impact:
			return g.encode(foreseen{result, meant})
		case g.json:
			return g.encode(result)
		}
		if dryRun {
			g.say("Nothing was changed: this is a dry run.")
		}
		for _, w := range result.Warnings {
			g.say("Warning: line %d, column %d, %s: %s", w.Line, w.Column, w.Field, w.Detail)
		}
		_, err = io.WriteString(g.out, result.Text)
		if err != nil || !impact {
			return err
		}
		return g.print("\n%s", strings.Join(impactLines(meant), "\n"))
	})
}

// beside reads pictures that stand beside a file, up to a byte more than a logo may have.
func beside(name string) func(string) ([]byte, error) {
	return func(picture string) ([]byte, error) {
		f, err := os.OpenInRoot(filepath.Dir(name), picture)
		if err != nil {
			return nil, fmt.Errorf("open it: %w", err)
		}
		defer func() { _ = f.Close() }()
		return io.ReadAll(io.LimitReader(f, brand.MaxLogo+1))
	}
}

// openInput opens a file, or standard input for "-".
func openInput(g *globals, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(g.in), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, usage(err.Error())
	}
	return f, nil
}
