// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/internal/app"
)

func keysCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "print the verifier keys that others pin (lecito verify --key)",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				if g.json {
					keys, err := c.VerifierKeys(ctx)
					if err != nil {
						return err
					}
					return g.encode(keys)
				}
				file, err := c.KeyFile(ctx)
				if err != nil {
					return err
				}
				_, err = g.out.Write(file)
				return err
			})
		},
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "rotate",
		Short: "begin a new epoch of wrapping keys and a new statement key; old files verify for ever",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				if _, err := c.RotateKeys(ctx); err != nil {
					return err
				}
				g.say("A new epoch has begun. The old one's key is destroyed when the backups that need it have lived their 90 days.")
				return nil
			})
		},
	})
	return cmd
}

func backupCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "copy the store, while it runs, to FILE; keys are not in it",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) (err error) {
				if _, err := os.Stat(files[0]); err == nil {
					return usage(files[0] + " exists: a backup does not write over one")
				}
				var whole aside
				defer func() { err = errors.Join(err, whole.end(err == nil)) }()
				out, err := whole.create(files[0])
				if err != nil {
					return err
				}
				if err := c.Backup(ctx, out); err != nil {
					return err
				}
				g.say("Keep a copy of the folder %s elsewhere: without it a backup can't be opened.", filepath.Join(g.dir, "keys"))
				return nil
			})
		},
	}
}

func restoreCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "fill an empty store from a backup; its logs begin a new generation",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			renewed, err := app.Restore(cmd.Context(), app.Config{Dir: g.dir, URL: g.db}, files[0])
			if err != nil {
				return err
			}
			g.say("Restored. A new generation of the log begins for: %s. Certificates made before still verify.", strings.Join(renewed, ", "))
			return nil
		},
	}
}

func migrateCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "migrate",
		Short: "bring the store to this program's shape (serve does it by itself)",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := g.open(cmd.Context())
			if err != nil {
				return err
			}
			g.say("The store has the shape this program needs.")
			return a.Close()
		},
	}
}

func doctorCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "look the installation over and say what is wrong and what to do",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				findings, err := c.Doctor(ctx)
				if err != nil {
					return err
				}
				if g.json {
					return g.encode(findings)
				}
				bad := false
				for _, f := range findings {
					mark := "ok"
					if !f.OK {
						mark, bad = "!!", true
					}
					if err := g.print("%s  %s", mark, f.Detail); err != nil {
						return err
					}
				}
				if bad {
					return exit(exitFailed)
				}
				return nil
			})
		},
	}
}
