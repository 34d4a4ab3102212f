// SPDX-License-Identifier: Apache-2.0

package centre

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/lecito/lecito/internal/lists/sheet"
	"github.com/lecito/lecito/internal/web"
	"github.com/lecito/lecito/internal/web/ui"
)

// dataCSV is the copy as a table for spreadsheets: a line for each identifier
// and each fact, whole, with its first columns in the reader's words.
func (s *Centre) dataCSV(w http.ResponseWriter, r *http.Request) error {
	v, err := s.openData(r)
	if err != nil {
		return err
	}
	file, err := v.table(s.UI.Locale(v.language, v.register.Zone))
	if err != nil {
		return fmt.Errorf("write a copy: %w", err)
	}
	return web.SendFile(w, "text/csv; charset=utf-8", v.link.Org+"-data.csv", file)
}

// first are the columns that say the most; the others follow in the order of
// their names, which are those of the copy in JSON.
func first() []string {
	return []string{"record", "description", "purpose_title", "channel_name", "happened", "recorded"}
}

func (v *visit) table(l *ui.Locale) ([]byte, error) {
	var rows []map[string]string
	copied := v.copy()
	for i, h := range v.held {
		row, err := flat(copied.Identifiers[i])
		if err != nil {
			return nil, err
		}
		row["record"], row["description"] = "identifier", l.Say(v.contact(h))
		rows = append(rows, row)
	}
	for _, f := range copied.Facts {
		row, err := flat(f)
		if err != nil {
			return nil, err
		}
		row["record"] = "fact"
		if f.Choice == nil {
			row["description"] = l.T("console.fact." + f.Kind)
		} else {
			row["description"] = l.Say(did(*f.Choice))
			if p, ok := v.register.Purpose(f.Choice.Purpose); ok {
				row["purpose_title"] = v.in(p.Title, p.ID)
			}
			if f.Choice.Channel != "" {
				row["channel_name"] = l.T("channel." + f.Choice.Channel)
			}
		}
		rows = append(rows, row)
	}
	return written(rows)
}

// written writes rows under every column that one of them has. Excel reads UTF-8
// where a mark says so, and a cell that it would take for a formula is disarmed.
func written(rows []map[string]string) ([]byte, error) {
	names := map[string]bool{}
	for _, row := range rows {
		for name := range row {
			names[name] = true
		}
	}
	head := first()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !slices.Contains(head, name) {
			head = append(head, name)
		}
	}
	var out bytes.Buffer
	out.WriteString("\ufeff")
	lines := csv.NewWriter(&out)
	lines.UseCRLF = true // RFC 4180
	if err := lines.Write(head); err != nil {
		return nil, err
	}
	for _, row := range rows {
		cells := make([]string, len(head))
		for i, name := range head {
			cells[i] = sheet.Disarm(row[name])
		}
		if err := lines.Write(cells); err != nil {
			return nil, err
		}
	}
	lines.Flush()
	return out.Bytes(), lines.Error()
}

// flat writes a part of the copy as its values by path; a list is one value.
func flat(part any) (map[string]string, error) {
	raw, err := json.Marshal(part)
	if err != nil {
		return nil, err
	}
	numbers := json.NewDecoder(bytes.NewReader(raw))
	numbers.UseNumber()
	var tree map[string]any
	if err := numbers.Decode(&tree); err != nil {
		return nil, err
	}
	out := map[string]string{}
	flatten(tree, "", out)
	return out, nil
}

func flatten(tree any, path string, out map[string]string) {
	switch t := tree.(type) {
	case map[string]any:
		for name, value := range t {
			flatten(value, strings.TrimPrefix(path+"."+name, "."), out)
		}
	case []any:
		var items []string
		for _, item := range t {
			items = append(items, oneLine(item))
		}
		out[path] = strings.Join(items, "; ")
	default:
		out[path] = fmt.Sprint(t)
	}
}

// oneLine writes an item of a list: {"kind": "email", "value": "a@b.example"} as
// "kind=email value=a@b.example".
func oneLine(item any) string {
	group, ok := item.(map[string]any)
	if !ok {
		return fmt.Sprint(item)
	}
	values := map[string]string{}
	flatten(group, "", values)
	var words []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		words = append(words, name+"="+values[name])
	}
	return strings.Join(words, " ")
}
