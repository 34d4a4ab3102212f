// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
)

func expiringCommand(g *globals) *cobra.Command {
	q := client.ExpiringQuery{}
	cmd := &cobra.Command{
		Use:   "expiring",
		Short: "who stops being reachable in the days to come, why, and what may be done",
		Long: "Looks ahead over everybody on record: who can be reached now and can't any more\n" +
			"within the days to come if nothing else happens, by purpose, channel and day.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if q.Days < 1 || q.Days > 366 {
				return usage("--days is a number from 1 to 366")
			}
			return g.expiring(cmd.Context(), q)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&q.Days, "days", 30, "how many days to look ahead, at most 366")
	flags.StringVar(&q.Purpose, "purpose", "", "this purpose only")
	flags.StringVar(&q.Channel, "channel", "", "this channel only")
	return cmd
}

func (g *globals) expiring(ctx context.Context, q client.ExpiringQuery) error {
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		bar := g.bar(0, "people")
		found, err := c.Expiring(ctx, q, func(far client.Walked) { bar.to(int(far.People), int(far.Of)) })
		bar.end()
		if err != nil {
			return err
		}
		if g.json {
			return g.encode(found)
		}
		return g.print("%s", strings.Join(expiringLines(found), "\n"))
	})
}

// expiringLines writes the table, then once for each way out what may be done.
func expiringLines(found client.Expiring) []string {
	if len(found.Lines) == 0 {
		return []string{fmt.Sprintf("Nobody stops being reachable in the next %d days.", found.Days)}
	}
	rows := [][]string{{"last day", "purpose", "channel", "people", "then", "for example"}}
	var ways []string
	for _, l := range found.Lines {
		sample := ""
		if len(l.Sample) > 0 {
			sample = l.Sample[0]
		}
		rows = append(rows, []string{l.Day, l.Purpose, l.Channel, fmt.Sprint(l.Count), string(l.Reason), sample})
		if way := remedyLine(l); !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	return append(append(columns(rows), "", "What may be done:"), ways...)
}

// remedyLine says what may be done about the people of a line.
func remedyLine(l client.Ending) string {
	until := ""
	if l.Do.Until != nil {
		until = l.Do.Until.Format(time.RFC3339)
	}
	where := strings.NewReplacer("account", "their account area", "till", "at the till", "paper", "on paper", "site", "on the site").
		Replace(strings.Join(l.Do.Where, ", "))
	about := "- " + l.Purpose + " by " + l.Channel + ", " + l.Day + ": "
	switch l.Do.What {
	case "check_register":
		return about + "check these numbers against the register again before " + until + "; nobody is lost once that is done."
	case "none":
		return about + "the use itself ends: there is nothing to renew."
	case "ask_there":
		return about + "ask them there when they come by themselves (" + where + "): that sends nothing to anybody."
	}
	return about + "a request to renew is itself marketing: by " + l.Channel + " it may go out only while the present basis holds, before " + until +
		". At any time, also later, ask where they come by themselves (" + where + "): that sends nothing to anybody."
}
