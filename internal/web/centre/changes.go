// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/lecito/lecito/internal/notice"
	"github.com/lecito/lecito/internal/register"
	"github.com/lecito/lecito/internal/web/ui"
)

// changed is what a notice says differently since an earlier version.
type changed struct {
	Since int       // the earlier version
	Why   []ui.Text // as the organisation declared, the latest first
	Parts []part    // its words, paragraph by paragraph
}

// part is a paragraph that stayed, came or went.
type part struct {
	Text       string
	Came, Went bool
}

// since says what changed from the version that the address asks for, nil where
// it asks for none. versions are all, the newest first.
func since(r *http.Request, c *register.Catalogue, versions []register.Published, shown register.Published, language string) (*changed, error) {
	asked := r.URL.Query().Get("since")
	if asked == "" {
		return nil, nil
	}
	version, err := strconv.Atoi(asked)
	i := slices.IndexFunc(versions, func(n register.Published) bool { return n.Version == version })
	if err != nil || i < 0 || version >= shown.Version {
		return nil, noNotice()
	}
	out := &changed{Since: version}
	for _, n := range versions[:i] {
		if n.Version <= shown.Version {
			out.Why = append(out.Why, effects(c, n, language)...)
		}
	}
	before, _ := versions[i].In(language, c.Organisation.Language)
	after, _ := shown.In(language, c.Organisation.Language)
	out.Parts = compare(paragraphs(before), paragraphs(after))
	return out, nil
}

// effects says what a version changed, for each purpose in a sentence.
func effects(c *register.Catalogue, n register.Published, language string) []ui.Text {
	var out []ui.Text
	for _, change := range n.Changes {
		purpose := change.Purpose
		if p, ok := c.Purpose(purpose); ok {
			purpose = p.Title.In(language, c.Organisation.Language)
		}
		said := ui.Say("notice.inform", purpose)
		if change.Effect == notice.Reconsent {
			said = ui.Say("notice.reconsent", purpose)
		}
		if change.Why != "" {
			said = ui.Say("notice.why", said, change.Why)
		}
		out = append(out, said)
	}
	return out
}

func paragraphs(t notice.Text) []string {
	return append(ui.Paragraphs(t.Short), ui.Paragraphs(t.Long)...)
}

// compare finds the paragraphs two texts share, in order (the longest common
// subsequence), and marks the others as gone or new.
func compare(before, after []string) []part {
	longest := make([][]int, len(before)+1) // longest[i][j]: shared by before[i:] and after[j:]
	for i := range longest {
		longest[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if before[i] == after[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	var out []part
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			out = append(out, part{Text: after[j]})
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && longest[i+1][j] >= longest[i][j+1]:
			out = append(out, part{Text: before[i], Went: true})
			i++
		default:
			out = append(out, part{Text: after[j], Came: true})
			j++
		}
	}
	return out
}
