// SPDX-License-Identifier: Apache-2.0

// Package verdict says what a file proves, in parts that a page can show: the
// server puts them into its page /verify, and the page asks for them in the
// reader's own browser, as WebAssembly.
package verdict

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/lecito/lecito/evidence"
)

// Verdict is what verifying showed.
type Verdict struct {
	Intact   bool      `json:"intact"`
	Pinned   bool      `json:"pinned"`             // signed with a key the reader named
	Head     []string  `json:"head"`               // what kind of file, of whom
	Sections []Section `json:"sections,omitempty"` // what is proved, attested, stated or wrong
	List     string    `json:"list,omitempty"`     // what the list is to a clearance: input, output, both, neither
	Wrong    string    `json:"wrong,omitempty"`    // file or key: what can't be read; all else is empty then
}

// Section is one part of a verdict.
type Section struct {
	Title string   `json:"title"`
	Lines []string `json:"lines"`
}

// Asked is what is to be verified.
type Asked struct {
	File     []byte
	Keys     string // verifier keys, one a line; may be empty
	Language string
	List     io.Reader // of a clearance; may be nil
}

// MaxFile is the most bytes a file has: larger ones are for the command line.
const MaxFile = 8 << 20

// Of says what a file proves. Its error is that of reading the list.
func Of(a Asked) (Verdict, error) {
	if len(a.File) == 0 || len(a.File) > MaxFile {
		return Verdict{Wrong: "file"}, nil
	}
	var keys []string
	if strings.TrimSpace(a.Keys) != "" {
		var err error
		if keys, err = evidence.ParseKeys([]byte(a.Keys)); err != nil {
			return Verdict{Wrong: "key"}, nil //nolint:nilerr // it says so
		}
	}
	found, err := evidence.Verify(a.File, evidence.Options{Keys: keys, List: a.List})
	if err != nil {
		return Verdict{}, fmt.Errorf("verify what was sent: %w", err)
	}
	var text bytes.Buffer
	if err := found.Text(&text, a.Language); err != nil {
		panic(err) // a buffer takes everything
	}
	v := Verdict{Intact: found.OK(), Pinned: found.OK() && found.KeyPinned, List: found.List}
	for i, block := range strings.Split(strings.TrimSpace(text.String()), "\n\n") {
		lines := strings.Split(block, "\n")
		if i == 0 {
			v.Head = lines
			continue
		}
		s := Section{Title: strings.TrimSuffix(strings.TrimSpace(lines[0]), ":")}
		for _, l := range lines[1:] {
			s.Lines = append(s.Lines, strings.TrimPrefix(l, "- "))
		}
		v.Sections = append(v.Sections, s)
	}
	return v, nil
}
