// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/lawful"
)

// asked are the flags of a question.
type asked struct {
	purpose, channel, at, knownAt string
	content, operation, recipient string
	source, language              string
	data                          []string // kinds of data, each with how far back it goes where that is said
}

func (q *asked) flags(cmd *cobra.Command) {
	q.about(cmd)
	flags := cmd.Flags()
	flags.StringVar(&q.at, "at", "", "the instant or day the question is about; default now")
	flags.StringVar(&q.knownAt, "known-at", "", "only what was recorded by then counts; default now")
	flags.StringVar(&q.source, "source", "", "whose customer number IDENTIFIER is")
	flags.StringVar(&q.language, "language", "", "language of the explanation: "+strings.Join(lawful.Languages(), ", ")+"; default the organisation's")
}

// about are the flags of a question that are about nobody and about no instant.
func (q *asked) about(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&q.purpose, "purpose", "", "the purpose, as declared (required)")
	flags.StringVar(&q.channel, "channel", "", "the channel: email, sms, phone, post, … (required)")
	flags.StringVar(&q.content, "content", "", "service or promotional")
	flags.StringVar(&q.operation, "operation", "", "one of the operations of GDPR art. 4(2)")
	flags.StringVar(&q.recipient, "recipient", "", "who would receive the data")
	flags.StringArrayVar(&q.data, "uses", nil, "a kind of data that would be used, with how far back it goes: \"purchases=18 months\"; repeatable")
}

// question makes the question about an identifier.
func (q *asked) question(identifier string) (client.Question, error) {
	if q.purpose == "" || q.channel == "" {
		return client.Question{}, usage("name the purpose and the channel: --purpose P --channel C")
	}
	if q.language != "" && !slices.Contains(lawful.Languages(), q.language) {
		return client.Question{}, usage("--language is one of " + strings.Join(lawful.Languages(), ", "))
	}
	used, err := usedData(q.data)
	if err != nil {
		return client.Question{}, err
	}
	at, err := instant("at", q.at)
	if err != nil {
		return client.Question{}, err
	}
	knownAt, err := instant("known-at", q.knownAt)
	if err != nil {
		return client.Question{}, err
	}
	return client.Question{
		Subject: subjectOf(identifier, q.source), Source: q.source, Purpose: q.purpose, Channel: q.channel,
		Content: q.content, Operation: q.operation, Data: used, Recipient: q.recipient,
		At: at, KnownAt: knownAt, Explain: true, Language: q.language,
	}, nil
}

// usedData reads kinds of data: a name, or a name and an age ("purchases=18 months").
func usedData(words []string) ([]client.Used, error) {
	var data []client.Used
	for _, w := range words {
		name, age, aged := strings.Cut(w, "=")
		u := client.Used{Name: strings.TrimSpace(name), Age: strings.TrimSpace(age)}
		if u.Name == "" || aged && u.Age == "" || strings.Contains(u.Name, ",") {
			return nil, usage("--uses is one kind of data, with how far back it goes where that matters: --uses email --uses \"purchases=18 months\"")
		}
		data = append(data, u)
	}
	return data, nil
}

// subjectOf tells what kind of identifier a person typed: an address has an @, a
// number of a source comes with that source, anything else is a phone.
func subjectOf(identifier, source string) client.Subject {
	switch {
	case source != "":
		return client.Subject{ID: identifier}
	case strings.Contains(identifier, "@"):
		return client.Subject{Email: identifier}
	}
	return client.Subject{Phone: identifier}
}

func checkCommand(g *globals) *cobra.Command {
	q, explain := asked{}, false
	cmd := &cobra.Command{
		Use:   "check IDENTIFIER",
		Short: "may we use this person's data for this purpose on this channel, and why",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, identifiers []string) error {
			question, err := q.question(identifiers[0])
			if err != nil {
				return err
			}
			return g.check(cmd.Context(), question, explain)
		},
	}
	q.flags(cmd)
	cmd.Flags().BoolVar(&explain, "explain", false, "print every rule that was tried, with its text, its source and how sure it is")
	return cmd
}

func (g *globals) check(ctx context.Context, question client.Question, explain bool) error {
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		d, err := c.Check(ctx, question)
		if err != nil {
			return err
		}
		if err := g.tell(d); err != nil {
			return err
		}
		if explain && !g.json { // with --json the answer holds its trace
			if err := g.print("\n%s", traced(d.Trace, question.Language)); err != nil {
				return err
			}
		}
		if !d.Permitted {
			return exit(exitDenied)
		}
		return nil
	})
}

// tell prints a decision.
func (g *globals) tell(d lawful.Decision) error {
	if g.json {
		return g.encode(d)
	}
	word := "denied"
	if d.Permitted {
		word = "permitted"
	}
	lines := []string{word + ": " + string(d.Reason), d.Explanation}
	if d.Since != nil {
		lines = append(lines, "since: "+d.Since.Format(time.RFC3339))
	}
	if d.Until != nil {
		lines = append(lines, "until: "+d.Until.Format(time.RFC3339))
	}
	if step, ok := d.Step(); ok {
		lines = append(lines, "rule:  "+cmp.Or(step.Law, step.Rule)+" ("+step.Source+")")
	}
	for _, also := range d.Also {
		lines = append(lines, "also:  "+string(also))
	}
	return g.print("%s", strings.Join(lines, "\n"))
}

func proveCommand(g *globals) *cobra.Command {
	q := asked{}
	cmd := &cobra.Command{
		Use:   "prove IDENTIFIER",
		Short: "write a certificate of the answer, with its proof, to standard output",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, identifiers []string) error {
			question, err := q.question(identifiers[0])
			if err != nil {
				return err
			}
			return g.connect(cmd.Context(), func(ctx context.Context, c *client.Client) error {
				file, err := c.Certificate(ctx, question)
				if err != nil {
					return err
				}
				_, err = g.out.Write(file)
				return err
			})
		},
	}
	q.flags(cmd)
	return cmd
}
