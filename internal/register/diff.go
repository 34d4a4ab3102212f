// SPDX-License-Identifier: Apache-2.0

package register

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lecito/lecito/internal/problem"
)

// Record is a declaration as it is on record.
type Record struct {
	Declaration

	Entry    string // of the ledger
	Recorded time.Time
	Retired  *time.Time
}

// Effects of a change.
const (
	Added    = "added"
	Changed  = "changed"
	Retired  = "retired"
	Returned = "returned" // declared again after it was retired
)

// Change is one difference between what is on record and a file.
type Change struct {
	Kind    string   `json:"kind"`
	ID      string   `json:"id"`
	Version int      `json:"version"` // that this change makes or retires
	Effect  string   `json:"effect"`
	Fields  []Field  `json:"fields,omitempty"` // what changed
	About   []string `json:"about,omitempty"`  // what was added, for people
	body    string
}

// Field is one value that changed; empty is none.
type Field struct {
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Changes are all differences, in the order they are recorded.
type Changes []Change

// Diff compares what is on record (every version) with a file. It refuses a
// published notice version that differs, a version that comes too late, and a
// reference to what neither the file nor the record has.
func Diff(record []Record, next *Document) (Changes, error) {
	d := differ{latest: map[string]Record{}, versions: map[string]Record{}, next: next, seen: map[string]bool{}, changes: Changes{}}
	for _, r := range record {
		key := r.Kind + "/" + r.ID
		if last, ok := d.latest[key]; !ok || r.Version > last.Version {
			d.latest[key] = r
		}
		d.versions[fmt.Sprintf("%s/%d", key, r.Version)] = r
	}
	d.references()
	for _, declared := range next.Declarations() {
		d.compare(declared)
	}
	d.retire()
	if len(d.places) > 0 {
		return nil, notRight(next.name, d.places)
	}
	return d.changes, nil
}

type differ struct {
	latest   map[string]Record // by kind and id
	versions map[string]Record // by kind, id and version
	next     *Document
	seen     map[string]bool
	places   []problem.Place
	changes  Changes
}

func (d *differ) wrong(key, detail string) {
	place := d.next.places[key]
	place.Detail = detail
	d.places = append(d.places, place)
}

// references looks for what the file names and does not declare.
func (d *differ) references() {
	for _, ref := range d.next.late {
		key := ref.kind + "/" + ref.id
		if _, here := d.next.places[key]; here {
			continue
		}
		if _, recorded := d.latest[key]; recorded && ref.kind != KindNotice {
			continue
		}
		if ref.kind == KindNotice && d.published(ref.id) {
			continue
		}
		ref.place.Detail = "no such " + ref.kind + " is declared, in the file or before"
		d.places = append(d.places, ref.place)
	}
}

func (d *differ) published(version string) bool {
	for _, r := range d.versions {
		if r.Kind == KindNotice && noticeVersion(r.ID, r.Version) == version {
			return true
		}
	}
	return false
}

func (d *differ) compare(declared Declaration) {
	if declared.Kind == KindNotice {
		d.compareNotice(declared)
		return
	}
	key := declared.Kind + "/" + declared.ID
	d.seen[key] = true
	last, known := d.latest[key]
	change := Change{Kind: declared.Kind, ID: declared.ID, Version: last.Version + 1, body: declared.Body}
	switch {
	case !known:
		change.Effect, change.About = Added, about(declared)
	case last.Retired != nil:
		change.Effect, change.Fields = Returned, fields(last.Body, declared.Body)
	case last.Body != declared.Body:
		change.Effect, change.Fields = Changed, fields(last.Body, declared.Body)
	default:
		return
	}
	d.changes = append(d.changes, change)
}

func (d *differ) compareNotice(declared Declaration) {
	key := KindNotice + "/" + declared.ID
	place := KindNotice + "/" + noticeVersion(declared.ID, declared.Version)
	if same, ok := d.versions[fmt.Sprintf("%s/%d", key, declared.Version)]; ok {
		if same.Body == declared.Body {
			return
		}
		var names []string
		for _, f := range fields(same.Body, declared.Body) {
			names = append(names, f.Name)
		}
		d.wrong(place, fmt.Sprintf("version %d is published and can't be changed (what differs: %s): publish version %d, or declare it invalid",
			declared.Version, strings.Join(names, ", "), d.latest[key].Version+1))
		return
	}
	if last, known := d.latest[key]; known && last.Version > declared.Version {
		d.wrong(place, fmt.Sprintf("version %d comes too late: version %d is published, so the next is %d", declared.Version, last.Version, last.Version+1))
		return
	}
	d.changes = append(d.changes, Change{
		Kind: KindNotice, ID: declared.ID, Version: declared.Version, Effect: Added, About: about(declared), body: declared.Body,
	})
}

// retire ends what left the file. Notices stay published and what was
// declared invalid stays so: neither can be undone by leaving a line out.
func (d *differ) retire() {
	order := []string{KindSystem, KindRecipient, KindPurpose, KindSource, KindOverride, KindPack, KindMessage}
	var gone Changes
	for key, last := range d.latest {
		if slices.Contains(order, last.Kind) && !d.seen[key] && last.Retired == nil {
			gone = append(gone, Change{Kind: last.Kind, ID: last.ID, Version: last.Version, Effect: Retired})
		}
	}
	slices.SortFunc(gone, func(a, b Change) int {
		return cmp.Or(slices.Index(order, a.Kind)-slices.Index(order, b.Kind), cmp.Compare(a.ID, b.ID))
	})
	d.changes = append(d.changes, gone...)
}

// fields compares two bodies value by value.
func fields(before, after string) []Field {
	was, is := flat(before), flat(after)
	names := map[string]bool{}
	for name := range was {
		names[name] = true
	}
	for name := range is {
		names[name] = true
	}
	var out []Field
	for _, name := range sortedKeys(names) {
		if was[name] != is[name] {
			out = append(out, Field{Name: name, Old: was[name], New: is[name]})
		}
	}
	return out
}

// flat writes a body as its values by path; a list of plain values is one value.
func flat(body string) map[string]string {
	var tree any
	if err := json.Unmarshal([]byte(body), &tree); err != nil { // a body is what canonical wrote
		panic(err)
	}
	out := map[string]string{}
	flatten(tree, "", out)
	return out
}

func flatten(tree any, path string, out map[string]string) {
	switch t := tree.(type) {
	case map[string]any:
		for key, v := range t {
			flatten(v, join(path, key), out)
		}
	case []any:
		items := make([]string, len(t))
		for i, v := range t {
			items[i] = oneLine(v)
		}
		out[path] = cmp.Or(strings.Join(items, ", "), "none")
	default:
		out[path] = fmt.Sprint(t)
	}
}

// oneLine writes an item of a list: {"name": "purchases", "max_age": "12 months"} as "purchases (max_age 12 months)".
func oneLine(v any) string {
	group, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	values := map[string]string{}
	flatten(group, "", values)
	lead, rest := "", []string{}
	for _, key := range sortedKeys(values) {
		if lead == "" && (key == "name" || key == "purpose") {
			lead = values[key]
			continue
		}
		rest = append(rest, key+" "+values[key])
	}
	if len(rest) == 0 {
		return lead
	}
	return lead + " (" + strings.Join(rest, ", ") + ")"
}
