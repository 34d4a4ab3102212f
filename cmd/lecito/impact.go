// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/lecito/lecito/client"
)

// foreseen is what a dry run with --impact says to machines.
type foreseen struct {
	client.Applied
	Impact client.Impact `json:"impact"`
}

// impact asks what a file would mean for everybody.
func (g *globals) impact(ctx context.Context, c *client.Client, file []byte, name string) (client.Impact, error) {
	bar := g.bar(0, "people")
	defer bar.end()
	return c.Impact(ctx, file, name, func(far client.Walked) { bar.to(int(far.People), int(far.Of)) })
}

// impactLines writes the impact: first the sums, then for each purpose and
// channel where something changes who moves from which reason to which.
func impactLines(impact client.Impact) []string {
	gained, lost, rows, details := int64(0), int64(0), [][]string{}, []string{}
	for _, u := range impact.Uses {
		if len(u.Turns) == 0 {
			continue
		}
		gained, lost = gained+u.Gained, lost+u.Lost
		rows = append(rows, []string{u.Purpose, u.Channel, fmt.Sprint(u.Before), fmt.Sprint(u.After), fmt.Sprintf("+%d", u.Gained), fmt.Sprintf("-%d", u.Lost)})
		details = append(details, "", u.Purpose+" by "+u.Channel+":")
		for _, t := range u.Turns {
			details = append(details, fmt.Sprintf("  %8d  %s -> %s", t.Count, t.From, t.To))
		}
		if len(u.Sample) > 0 {
			details = append(details, "  among them:")
		}
		for _, p := range u.Sample {
			details = append(details, fmt.Sprintf("    %s  %s -> %s", p.Subject, p.From, p.To))
		}
	}
	if len(rows) == 0 {
		return []string{"Nobody's answer would change."}
	}
	head := []string{"purpose", "channel", "reachable now", "then", "more", "fewer"}
	lines := []string{fmt.Sprintf("Over all purposes and channels, %s would become reachable and %s would stop being so.", times(gained), times(lost))}
	return append(append(append(lines, ""), columns(append([][]string{head}, rows...))...), details...)
}

// times counts people once for each purpose and channel.
func times(n int64) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// columns sets rows under each other.
func columns(rows [][]string) []string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t")) // to memory
	}
	_ = w.Flush()
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
}
