// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/problem"
)

// maxPlaces is how many things wrong are told at once: more helps nobody.
const maxPlaces = 100

// reader walks the nodes of a file along its shape and collects what is wrong.
type reader struct {
	nodes  map[string]*yaml.Node // by path, for checks across places
	places []problem.Place
	more   bool // there are more, and reading stopped
}

func (r *reader) wrong(n *yaml.Node, path, detail string) {
	if len(r.places) == maxPlaces {
		r.more = true
		return
	}
	place := problem.Place{Field: path, Detail: detail}
	if n != nil {
		place.Line, place.Column = n.Line, n.Column
	}
	r.places = append(r.places, place)
}

// value reads one node: a map, list, text, whole number or boolean. It gives
// nil for what is wrong or left empty.
func (r *reader) value(n *yaml.Node, s *shape, path string) any {
	r.nodes[path] = n
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		r.wrong(n, path, "anchors and aliases are not taken: write it out")
		return nil
	}
	if s.or != nil && n.Kind == yaml.ScalarNode {
		if bare := r.value(n, s.or, path); bare != nil {
			return map[string]any{s.name: bare}
		}
		return nil
	}
	empty := n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
	group := s.is == "object" || s.is == "map" || s.is == "list"
	if group && empty {
		if !s.blank {
			r.wrong(n, path, "must not be empty")
		}
		return nil
	}
	switch s.is {
	case "object", "map":
		if n.Kind != yaml.MappingNode {
			r.wrong(n, path, "must be a group of keys and values")
			return nil
		}
		return r.pairs(n, s, path)
	case "list":
		if n.Kind != yaml.SequenceNode {
			r.wrong(n, path, "must be a list")
			return nil
		}
		return r.items(n, s, path)
	}
	if n.Kind != yaml.ScalarNode || empty {
		r.wrong(n, path, "must be "+s.scalar())
		return nil
	}
	return r.plain(n, s, path)
}

func (s *shape) scalar() string {
	switch {
	case s.is == "integer":
		return fmt.Sprintf("a whole number from %d to %d", s.min, s.max)
	case s.is == "boolean":
		return "true or false"
	case s.values != nil:
		return "one of " + strings.Join(s.values, ", ")
	case s.pattern != "":
		return strings.TrimPrefix(s.check(""), "must be ")
	}
	return "text"
}

func (r *reader) plain(n *yaml.Node, s *shape, path string) any {
	v, wrong := s.read(n)
	if wrong != "" {
		r.wrong(n, path, wrong)
		return nil
	}
	return v
}

// read gives the value of a scalar, or what is wrong with it.
func (s *shape) read(n *yaml.Node) (v any, wrong string) {
	tag := n.ShortTag()
	switch {
	case s.is == "integer":
		number, err := strconv.Atoi(n.Value)
		if tag != "!!int" || err != nil || number < s.min || number > s.max {
			return nil, "must be " + s.scalar()
		}
		return number, ""
	case s.is == "boolean":
		if tag != "!!bool" || n.Value != "true" && n.Value != "false" {
			return nil, "must be true or false"
		}
		return n.Value == "true", ""
	case s.values != nil:
		if tag != "!!str" || !slices.Contains(s.values, n.Value) {
			return nil, "must be " + s.scalar()
		}
		return n.Value, ""
	case tag == "!!int" || tag == "!!float" || tag == "!!bool":
		return nil, "must be text: put it in quotes"
	case tag != "!!str" && tag != "!!timestamp": // a day is read as the text it is
		return nil, "must be " + s.scalar()
	case s.free && strings.TrimSpace(n.Value) == "":
		if s.blank {
			return nil, ""
		}
		return nil, "must not be empty"
	}
	if wrong := s.check(n.Value); wrong != "" {
		return nil, wrong
	}
	return n.Value, ""
}

func (r *reader) items(n *yaml.Node, s *shape, path string) any {
	out, first := make([]any, 0, len(n.Content)), map[any]int{}
	for i, item := range n.Content {
		if r.more {
			break
		}
		at := fmt.Sprintf("%s[%d]", path, i)
		v := r.value(item, s.item, at)
		if s.unique && v != nil {
			if line, twice := first[v]; twice {
				r.wrong(item, at, fmt.Sprintf("is named twice, first on line %d", line))
			}
			first[v] = item.Line
		}
		out = append(out, v)
	}
	return out
}

func (r *reader) pairs(n *yaml.Node, s *shape, path string) any {
	out, first := map[string]any{}, map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content) && !r.more; i += 2 {
		key, item := n.Content[i], n.Content[i+1]
		of, ok := r.key(key, s, path)
		if !ok {
			continue
		}
		at := join(path, key.Value)
		if before := first[key.Value]; before != nil {
			r.wrong(key, at, fmt.Sprintf("is given twice, first on line %d", before.Line))
			continue
		}
		first[key.Value] = key
		if v := r.value(item, of, at); v != nil {
			out[key.Value] = v
		}
	}
	for _, f := range s.fields {
		switch {
		case !f.required || r.more:
		case first[f.name] == nil:
			r.wrong(n, join(path, f.name), "is missing")
		case emptyGroup(r.nodes[join(path, f.name)]):
			r.wrong(first[f.name], join(path, f.name), "must not be empty")
		}
	}
	return out
}

// emptyGroup says whether a node is a group that holds nothing.
func emptyGroup(n *yaml.Node) bool { return n.Kind == yaml.MappingNode && len(n.Content) == 0 }

// key checks a key and gives the shape of its value.
func (r *reader) key(key *yaml.Node, s *shape, path string) (*shape, bool) {
	if key.Kind != yaml.ScalarNode || key.Anchor != "" {
		r.wrong(key, path, "a key must be a plain word")
		return nil, false
	}
	if s.is == "map" {
		if _, wrong := s.key.read(key); wrong != "" {
			r.wrong(key, join(path, shown(key.Value)), "the key "+wrong)
			return nil, false
		}
		return s.item, true
	}
	f := s.field(key.Value)
	if f == nil {
		r.wrong(key, join(path, shown(key.Value)), "is not a known key; the keys here are "+s.names())
		return nil, false
	}
	return &f.shape, true
}

// shown is a key as it may stand in a message: short, and in plain letters.
func shown(key string) string {
	key = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, key)
	if short := []rune(key); len(short) > 40 {
		return string(short[:40]) + "…"
	}
	return key
}

func (s *shape) names() string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
