// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/client"
	"github.com/lecito/lecito/lawful"
)

func importCommand(g *globals) *cobra.Command {
	o := client.Import{}
	var exported string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "take in contacts and their earlier choices, from the exports of the usual tools",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			var err error
			if o.Exported, err = instant("exported", exported); err != nil {
				return err
			}
			o.Name = filepath.Base(files[0])
			return g.importFile(cmd.Context(), files[0], o)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Source, "source", "", "the declared source: it says for which purposes and on which notice a \"subscribed\" was given; default: the only one of kind import, or one that names no purpose")
	flags.StringVar(&o.Map, "map", "", "what the columns mean, where the file is not recognised: email=E-mail,given_at=Data iscrizione")
	flags.StringVar(&exported, "exported", "", "when the file was exported: what has no date of its own counts as of then; default now")
	flags.BoolVar(&o.DryRun, "dry-run", false, "show the sums, and record nothing")
	return cmd
}

func (g *globals) importFile(ctx context.Context, name string, o client.Import) error {
	file, err := openInput(g, name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		bar, rows := g.bar(size(file), "receive"), false
		result, err := c.Import(ctx, o, file, func(p client.Progress) {
			if p.Of > 0 && !rows { // the bytes are in; from here on it is about rows
				bar.end()
				bar, rows = g.bar(p.Of, "import"), true
			}
			if rows {
				bar.to(int(p.Rows), 0)
			} else {
				bar.to(int(p.Bytes), 0)
			}
		})
		bar.end()
		if err != nil {
			return err
		}
		if err := g.tellImport(result); err != nil {
			return err
		}
		if result.Sums.Rows > 0 && result.Sums.Unreadable == result.Sums.Rows {
			return exit(exitUsage) // not one row could be read
		}
		return nil
	})
}

// tellImport says what an import came to and what to do about it.
func (g *globals) tellImport(r client.ImportResult) error {
	if g.json {
		return g.encode(r)
	}
	switch {
	case !r.Unchanged:
	case r.Sums.Existing == 0:
		g.say("No row could be taken in: nothing changed.")
	case r.Sums.Existing == r.Sums.Rows:
		g.say("All of this was on record: nothing changed.")
	default:
		g.say("Every row that could be taken in was on record: nothing changed.")
	}
	if r.DryRun {
		g.say("Nothing was recorded: this is a dry run.")
	}
	for _, place := range r.Places {
		g.say("%s", place)
	}
	if hidden := r.Problems - int64(len(r.Places)); hidden > 0 {
		g.say("and %d more", hidden)
	}
	lines := []string{r.Tool + ": " + r.Sentence}
	for _, b := range r.Bulk {
		lines = append(lines, fmt.Sprintf("%d rows were confirmed from one address (%s): likely a bulk import, so their proof is graded weak.", b.Rows, b.Column))
	}
	for _, advice := range r.Advice {
		lines = append(lines, "- "+advice)
	}
	return g.print("%s", strings.Join(lines, "\n"))
}

func filterCommand(g *globals) *cobra.Command {
	q := asked{}
	var rejected, suppress, clearance, column string
	var valid time.Duration
	cmd := &cobra.Command{
		Use:   "filter FILE|-",
		Short: "write the rows that may be used, as they came in, to standard output",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			question, err := q.question("")
			if err != nil {
				return err
			}
			o := client.Clear{
				Purpose: question.Purpose, Channel: question.Channel, At: question.At, KnownAt: question.KnownAt,
				Content: question.Content, Operation: question.Operation, Data: q.data, Recipient: question.Recipient,
				Source: question.Source, Language: question.Language, Column: column, ValidFor: valid, Name: filepath.Base(files[0]),
			}
			return g.filter(cmd.Context(), files[0], o, outputs{rejected: rejected, suppress: suppress, clearance: clearance})
		},
	}
	q.flags(cmd)
	flags := cmd.Flags()
	flags.Lookup("source").Usage = "whose customer numbers the column holds, where it holds such"
	flags.StringVar(&rejected, "rejected", "", "file for the rows left out, with their reasons")
	flags.StringVar(&suppress, "suppress", "", "file for the addresses to stop in the tool the list came from")
	flags.StringVar(&clearance, "clearance", "", "file for the signed clearance")
	flags.StringVar(&column, "column", "", "the column that identifies people, where it can't be told")
	flags.DurationVar(&valid, "valid", 0, "how long the clearance is good for; default 48h")
	return cmd
}

// outputs are the files a list is parted into. They appear under their names
// only when the list was cleared to its end.
type outputs struct{ rejected, suppress, clearance string }

func (g *globals) filter(ctx context.Context, name string, o client.Clear, files outputs) (err error) {
	in, err := openInput(g, name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	var whole aside
	defer func() { err = errors.Join(err, whole.end(err == nil)) }()
	out := client.Outputs{Permitted: g.out}
	if out.Rejected, err = whole.create(files.rejected); err != nil {
		return err
	}
	if out.Suppress, err = whole.create(files.suppress); err != nil {
		return err
	}
	clearance, err := whole.create(files.clearance)
	if err != nil {
		return err
	}
	return g.connect(ctx, func(ctx context.Context, c *client.Client) error {
		bar := g.bar(size(in), "filter")
		out.Progress = func(p client.Progress) { bar.to(int(p.Bytes), 0) }
		result, err := c.ClearList(ctx, o, in, out)
		bar.end()
		if err != nil {
			return err
		}
		return g.cleared(result, clearance)
	})
}

// cleared says what clearing a list came to, and writes the signed clearance
// where it is wanted; to is nil where it is not.
func (g *globals) cleared(r client.Cleared, to io.Writer) error {
	g.tellCleared(r)
	if to == nil {
		return nil
	}
	_, err := to.Write(r.Clearance)
	return err
}

// tellCleared says what clearing a list came to. The rows have gone to standard
// output, so this is for people even with --json.
func (g *globals) tellCleared(r client.Cleared) {
	if g.json {
		if line, err := json.Marshal(r); err == nil {
			g.say("%s", line)
		}
		return
	}
	g.say("%d of %d rows may be used for %s by %s, until %s.", r.Permitted, r.Rows, r.Purpose, r.Channel, r.ValidUntil.Format(time.RFC3339))
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		if !lawful.Reason(reason).Permits() {
			g.say("  %8d  %s", r.Reasons[reason], reason)
		}
	}
	for _, place := range r.Unreadable {
		g.say("%s", place)
	}
}

// aside writes files under temporary names beside their own, and moves them
// into place together at the end, or removes them.
type aside struct{ files []part }

// part is a file that is being written, and the name it is to have.
type part struct {
	*os.File

	name string
}

func (a *aside) create(name string) (io.Writer, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // no name is no output
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".part-*")
	if err != nil {
		return nil, usage(fmt.Sprintf("write %s: %v", name, err))
	}
	a.files = append(a.files, part{f, name})
	return f, nil
}

func (a *aside) end(done bool) error {
	var errs []error
	for _, f := range a.files {
		if done {
			errs = append(errs, f.Sync()) // before the name: it never stands for less than the whole file
		}
		errs = append(errs, f.Close())
	}
	done = done && errors.Join(errs...) == nil
	for _, f := range a.files {
		if done {
			errs = append(errs, os.Rename(f.Name(), f.name))
		} else {
			errs = append(errs, os.Remove(f.Name()))
		}
	}
	return errors.Join(errs...)
}

// size is how long a file is, 0 where that is not known.
func size(r io.Reader) int64 {
	f, ok := r.(*os.File)
	if !ok {
		return 0
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}
