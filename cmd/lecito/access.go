// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
)

func apikeyCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "apikey", Short: "make, list and revoke API keys"}
	var name, scopes string
	var origins []string
	create := &cobra.Command{
		Use:   "create",
		Short: "print a new key on standard output, once",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				key, err := c.CreateAPIKey(ctx, name, strings.Split(scopes, ","), origins)
				if err != nil {
					return err
				}
				if g.json {
					return g.encode(key)
				}
				g.say("Key %s. It is shown this once: keep it where secrets are kept.", key.ID)
				return g.print("%s", key.Key)
			})
		},
	}
	create.Flags().StringVar(&name, "name", "", "what the key is for (required)")
	create.Flags().StringVar(&scopes, "scope", "", "comma list of choices, check, subjects, requests, admin; or collect, the public one (required)")
	create.Flags().StringSliceVar(&origins, "origin", nil, "for collect: the web sites whose pages may use it")
	cmd.AddCommand(create, &cobra.Command{
		Use:   "list",
		Short: "the keys there are, without their secrets",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				keys, err := c.APIKeys(ctx)
				if err != nil {
					return err
				}
				return g.listKeys(keys)
			})
		},
	}, &cobra.Command{
		Use:   "revoke ID",
		Short: "refuse a key from the next call on",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				return c.RevokeAPIKey(ctx, ids[0])
			})
		},
	})
	return cmd
}

func (g *globals) listKeys(keys []client.APIKey) error {
	if g.json {
		return g.encode(keys)
	}
	for _, k := range keys {
		state := "in force"
		if k.Revoked != nil {
			state = "revoked " + k.Revoked.Format(time.DateOnly)
		}
		if err := g.print("%s\t%s\t%s\t%s", k.ID, k.Name, strings.Join(k.Scopes, ","), state); err != nil {
			return err
		}
	}
	return nil
}

func operatorCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{Use: "operator", Short: "who signs in to the console"}
	var role string
	invite := &cobra.Command{
		Use:   "invite EMAIL",
		Short: "print a one-time sign-in link for somebody",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, who []string) error {
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				link, err := c.Invite(ctx, who[0], role)
				if err != nil {
					return err
				}
				if g.json {
					return g.encode(link)
				}
				g.say("The link works once, until %s.", link.Expires.Format(time.RFC3339))
				return g.print("%s", link.Link)
			})
		},
	}
	invite.Flags().StringVar(&role, "role", "", "owner, dpo, marketing or viewer (required)")
	cmd.AddCommand(invite)
	return cmd
}
