// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lecito/lecito/evidence"
	"github.com/lecito/lecito/lawful"
)

func verifyCommand(g *globals) *cobra.Command {
	var keyFile, listFile, language string
	cmd := &cobra.Command{
		Use:   "verify FILE...",
		Short: "check certificates, clearances and receipts offline",
		Args:  args(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, files []string) error {
			options := evidence.Options{}
			if keyFile != "" {
				raw, err := os.ReadFile(keyFile)
				if err != nil {
					return usage(fmt.Sprintf("read the keys to pin: %v", err))
				}
				if options.Keys, err = evidence.ParseKeys(raw); err != nil {
					return usage(fmt.Sprintf("%s: %v", keyFile, err))
				}
			}
			bad := false
			for _, file := range files {
				ok, err := g.verify(file, listFile, language, options)
				if err != nil {
					return err
				}
				bad = bad || !ok
			}
			if bad {
				return exit(exitFailed)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&keyFile, "key", "", "file with the organisation's verifier keys: pins them (lecito keys prints it)")
	cmd.Flags().StringVar(&listFile, "list", "", "for a clearance: the list that went in or the one that came out")
	cmd.Flags().StringVar(&language, "language", "en", "language of the verdict: "+strings.Join(lawful.Languages(), ", "))
	return cmd
}

// verify checks one file and prints the verdict; it needs no store, no server and no network.
func (g *globals) verify(file, list, language string, options evidence.Options) (bool, error) {
	raw, err := readFile(file)
	if err != nil {
		return false, err
	}
	if list != "" {
		f, err := os.Open(list)
		if err != nil {
			return false, usage(fmt.Sprintf("open the list: %v", err))
		}
		defer func() { _ = f.Close() }()
		options.List = f
	}
	verdict, err := evidence.Verify(raw, options)
	if err != nil {
		return false, usage(err.Error())
	}
	if g.json {
		return verdict.OK(), g.encode(verdict)
	}
	return verdict.OK(), verdict.Text(g.out, language)
}

// maxProof is how large a file verify reads.
const maxProof = 64 << 20

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, usage(err.Error())
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, maxProof+1))
	if err != nil {
		return nil, usage(err.Error())
	}
	if len(raw) > maxProof {
		return nil, usage(fmt.Sprintf("%s is larger than %d MiB: it is no proof", name, maxProof>>20))
	}
	return raw, nil
}
