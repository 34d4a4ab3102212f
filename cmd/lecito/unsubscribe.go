// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
)

func unsubscribeHeadersCommand(g *globals) *cobra.Command {
	m := client.Mailing{}
	cmd := &cobra.Command{
		Use:   "unsubscribe-headers IDENTIFIER|-",
		Short: "the two headers of one-click unsubscribe, for a message to one person",
		Long: "Prints List-Unsubscribe and List-Unsubscribe-Post (RFC 2369, RFC 8058), to be put into\n" +
			"the message before it is signed: a DKIM signature has to cover both. With -, reads\n" +
			"identifiers from standard input, one a line, and writes a line of JSON for each.",
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, who []string) error {
			if m.Purpose == "" {
				return usage("name the purpose that the message is sent for: --purpose P")
			}
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				if who[0] == "-" {
					return g.headersOfMany(ctx, c, m)
				}
				m.Subject = subjectOf(who[0], m.Source)
				return g.headers(ctx, c, m)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&m.Purpose, "purpose", "", "the purpose that the message is sent for (required)")
	flags.StringVar(&m.Channel, "channel", "email", "the channel it is sent on")
	flags.StringVar(&m.Message, "message", "", "the message's id with who sends it; it stands in the evidence")
	flags.StringVar(&m.Source, "source", "", "whose customer number IDENTIFIER is")
	flags.StringVar(&g.publicURL, "public-url", "", "how people reach the server, where none is running")
	return cmd
}

// names are the headers, in the order in which they are printed.
func names() []string { return []string{"List-Unsubscribe", "List-Unsubscribe-Post"} }

func (g *globals) headers(ctx context.Context, c *client.Client, m client.Mailing) error {
	made, err := c.UnsubscribeHeaders(ctx, m)
	if err != nil {
		return err
	}
	g.warnOfHTTP(made)
	if g.json {
		return g.encode(made)
	}
	for _, name := range names() {
		if err := g.print("%s: %s", name, made.Headers[name]); err != nil {
			return err
		}
	}
	return nil
}

// warnOfHTTP says that headers are for trying out only.
func (g *globals) warnOfHTTP(made client.UnsubscribeHeaders) {
	if strings.HasPrefix(made.Headers["List-Unsubscribe"], "<http:") {
		g.say("The address is not https: this is for trying out. Mail programs want https; see --public-url.")
	}
}

// headersOfMany writes a line for each identifier, in order: the headers, or the
// problem, and ends with exit code 1 where there was one.
func (g *globals) headersOfMany(ctx context.Context, c *client.Client, m client.Mailing) error {
	read := make(chan error, 1) // what went wrong with reading, once it has ended
	warned, wrong := false, false
	out := bufio.NewWriter(g.out)
	encode := json.NewEncoder(out)
	encode.SetEscapeHTML(false)
	for made, err := range c.UnsubscribeHeadersBatch(ctx, g.mailings(m, read)) {
		var line any = made
		if problem, ok := errors.AsType[*client.Problem](err); ok && problem.OfInput() {
			line, wrong = map[string]any{"problem": problem}, true
		} else if err != nil {
			return errors.Join(err, out.Flush())
		}
		if !warned && err == nil {
			g.warnOfHTTP(made)
			warned = true
		}
		if err := encode.Encode(line); err != nil {
			return err
		}
	}
	if err := errors.Join(out.Flush(), <-read); err != nil {
		return err
	}
	if wrong {
		return exit(exitFailed)
	}
	return nil
}

// mailings reads identifiers as they come, and tells how reading ended.
func (g *globals) mailings(m client.Mailing, read chan<- error) iter.Seq[client.Mailing] {
	return func(yield func(client.Mailing) bool) {
		var failed error
		defer func() { read <- failed }()
		lines := bufio.NewScanner(g.in)
		for lines.Scan() {
			identifier := strings.TrimSpace(lines.Text())
			if identifier == "" {
				continue
			}
			m.Subject = subjectOf(identifier, m.Source)
			if !yield(m) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			failed = usage(fmt.Sprintf("read identifiers: %v", err))
		}
	}
}
