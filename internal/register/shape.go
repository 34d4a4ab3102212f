// SPDX-License-Identifier: Apache-2.0

package register

import (
	"maps"
	"slices"
)

// shape is what one place of the file may hold. The table in format.go is
// built from shapes; the reader and the JSON Schema both follow it, so that
// they can't say different things.
type shape struct {
	is     string // object, list, map, string, boolean, integer
	fields []field
	item   *shape // of a list or map
	key    *shape // of a map
	values []string
	// pattern is the regular expression of the schema; check says in a sentence
	// what is wrong with a text, or nothing. check is never more permissive.
	pattern string
	check   func(string) string
	min     int
	max     int
	unique  bool   // a list names nothing twice
	free    bool   // a text for people
	blank   bool   // a text or group may be left blank, which is as good as left out
	or      *shape // the other form: a bare name where an object may stand
	name    string // field of the object that the bare name stands for
}

// field is one key of an object.
type field struct {
	name     string
	shape    shape
	required bool
	doc      string
}

func need(name string, s shape, doc string) field { return field{name, s, true, doc} }

func may(name string, s shape, doc string) field {
	s.blank = s.free || s.is == "object" || s.is == "list" || s.is == "map"
	return field{name, s, false, doc}
}

func object(fields ...field) shape { return shape{is: "object", fields: fields} }
func list(item shape) shape        { return shape{is: "list", item: &item} }
func set(item shape) shape         { return shape{is: "list", item: &item, unique: true} }
func oneOf(values ...string) shape { return shape{is: "string", values: values} }
func boolean() shape               { return shape{is: "boolean"} }

func byKey(key, item shape) shape { return shape{is: "map", key: &key, item: &item} }

func number(from, to int) shape { return shape{is: "integer", min: from, max: to} }

func (s shape) field(name string) *field {
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &s.fields[i]
}

// schema is the shape in the words of JSON Schema 2020-12.
func (s shape) schema() map[string]any {
	if s.or != nil {
		one := s
		one.or = nil
		return map[string]any{"oneOf": []any{s.or.schema(), one.schema()}}
	}
	switch s.is {
	case "object":
		return s.objectSchema()
	case "list":
		out := map[string]any{"type": s.group("array"), "items": s.item.schema()}
		if s.unique {
			out["uniqueItems"] = true
		}
		return out
	case "map":
		out := map[string]any{"type": s.group("object"), "propertyNames": s.key.schema(), "additionalProperties": s.item.schema()}
		if !s.blank {
			out["minProperties"] = 1
		}
		return out
	case "integer":
		return map[string]any{"type": "integer", "minimum": s.min, "maximum": s.max}
	case "boolean":
		return map[string]any{"type": "boolean"}
	}
	out := map[string]any{"type": "string"}
	if s.values != nil {
		out["enum"] = s.values
	}
	switch {
	case s.pattern != "":
		out["pattern"] = s.pattern
	case s.free && !s.blank:
		out["pattern"] = `[^\x00-\x20\x7f]`
	}
	if s.max > 0 {
		out["maxLength"] = s.max
	}
	return out
}

// group is the type of a group; one that may be left blank may be null.
func (s shape) group(name string) any {
	if s.blank {
		return []string{name, "null"}
	}
	return name
}

func (s shape) objectSchema() map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range s.fields {
		one := f.shape.schema()
		if f.doc != "" {
			one["description"] = f.doc
		}
		properties[f.name] = one
		if f.required {
			required = append(required, f.name)
		}
	}
	out := map[string]any{"type": s.group("object"), "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
