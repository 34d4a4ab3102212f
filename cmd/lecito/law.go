// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/internal/law"
)

// lawCommand shows the law that the program knows; it needs no store, no server and no network.
func lawCommand(g *globals) *cobra.Command {
	var day, language string
	cmd := &cobra.Command{
		Use:   "law [JURISDICTION]",
		Short: "show the rules of law in force, with their sources and what is not verified; offline",
		Args:  args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, of []string) error {
			if day == "" {
				day = time.Now().Format(time.DateOnly)
			}
			if _, err := time.Parse(time.DateOnly, day); err != nil {
				return usage("--at is a day, as 2026-03-15")
			}
			if !slices.Contains(law.Languages(), language) {
				return usage("--language is one of " + strings.Join(law.Languages(), ", "))
			}
			if len(of) == 0 {
				return g.packs(language)
			}
			listing, err := law.On(of[0], day)
			if err != nil {
				return err
			}
			if g.json {
				return g.encode(listing)
			}
			return listing.Text(g.out, language)
		},
	}
	cmd.Flags().StringVar(&day, "at", "", "the day, as 2026-03-15; today when not given")
	cmd.Flags().StringVar(&language, "language", "en", "language of the rules: en, it, fr, de, es")
	return cmd
}

// packs lists the packs of law.
func (g *globals) packs(language string) error {
	if !g.json {
		return law.Index(g.out, language)
	}
	type pack struct {
		ID      string            `json:"id"`
		Title   map[string]string `json:"title"`
		Base    string            `json:"base,omitempty"`
		On      bool              `json:"on"`
		Why     string            `json:"why,omitempty"`
		Checked string            `json:"checked"`
	}
	list := []pack{}
	for _, id := range law.IDs() {
		p := law.Packs()[id]
		list = append(list, pack{p.ID, p.Title, p.Base, p.On, p.Why, p.Checked})
	}
	return g.encode(list)
}
