// SPDX-License-Identifier: Apache-2.0

package law

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/lawful"
)

// parse reads one file: a pack, and the countries that have no pack of their
// own but the file's. Whatever is wrong is an error with file and line.
func parse(name string, text []byte) ([]*Pack, error) {
	r := &reader{name: name}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a file holds one document", name)
	}
	packs := r.pack(doc.Content[0])
	return packs, r.err
}

// reader keeps the first thing that is wrong.
type reader struct {
	name string
	err  error
}

func (r *reader) wrong(n *yaml.Node, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%s:%d: %s", r.name, n.Line, fmt.Sprintf(format, args...))
	}
}

// Languages are those that texts are written in; English is always there.
func Languages() []string { return []string{"en", "it", "fr", "de", "es"} }

var (
	packID = regexp.MustCompile(`^(base|[A-Z]{2}(-[A-Z]{2})?)$`)
	topics = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*$`)
)

func (r *reader) pack(n *yaml.Node) []*Pack {
	f := r.fields(n, "id", "title", "base", "on", "why", "checked", "decisions", "rules", "countries")
	p := &Pack{ID: r.text(n, f, "id"), Checked: r.day(f["checked"])}
	if !packID.MatchString(p.ID) {
		r.wrong(n, "id %q is no jurisdiction", p.ID)
	}
	p.Title = r.texts(n, f["title"])
	if p.ID != lawful.Base {
		p.Base = r.text(n, f, "base")
	}
	switch on := r.text(n, f, "on"); on {
	case "true", "false":
		p.On = on == "true"
	default:
		r.wrong(n, "on is true or false")
	}
	if p.Checked == "" {
		r.wrong(n, "checked is missing")
	}
	if !p.On {
		p.Why = r.text(n, f, "why")
	}
	for _, d := range r.list(f["decisions"]) {
		p.Rules = append(p.Rules, r.rule(d, true))
	}
	for _, d := range r.list(f["rules"]) {
		p.Rules = append(p.Rules, r.rule(d, false))
	}
	if len(p.Rules) == 0 {
		r.wrong(n, "a pack has rules")
	}
	r.order(n, p)
	return append([]*Pack{p}, r.countries(f["countries"], p)...)
}

// countries are packs whose only own rules are listed in their base's file.
func (r *reader) countries(n *yaml.Node, base *Pack) []*Pack {
	var packs []*Pack
	for _, c := range r.list(n) {
		f := r.fields(c, "id", "title", "rules")
		p := &Pack{ID: r.text(c, f, "id"), Title: r.texts(c, f["title"]), Base: base.ID, On: base.On, Why: base.Why, Checked: base.Checked}
		if !packID.MatchString(p.ID) {
			r.wrong(c, "id %q is no jurisdiction", p.ID)
		}
		for _, d := range r.list(f["rules"]) {
			p.Rules = append(p.Rules, r.rule(d, false))
		}
		r.order(c, p)
		packs = append(packs, p)
	}
	return packs
}

func (r *reader) rule(n *yaml.Node, decision bool) Rule {
	known := []string{"topic", "text", "source", "assurance"}
	if !decision {
		known = append(known, "value", "from", "to", "pending")
	}
	f := r.fields(n, known...)
	rule := Rule{
		Topic: r.text(n, f, "topic"), Decision: decision, From: r.day(f["from"]), To: r.day(f["to"]), Text: r.texts(n, f["text"]),
		Source: r.text(n, f, "source"), Assurance: r.text(n, f, "assurance"),
	}
	if !topics.MatchString(rule.Topic) {
		r.wrong(n, "topic %q is no topic", rule.Topic)
	}
	if rule.From != "" && rule.To != "" && rule.To <= rule.From {
		r.wrong(n, "it ends before it begins")
	}
	switch rule.Assurance {
	case lawful.AssuranceVerified, lawful.AssuranceSecondary, lawful.AssuranceComputed, lawful.AssuranceMemory:
	default:
		r.wrong(n, "assurance %q is none of verified, secondary, computed, memory", rule.Assurance)
	}
	if pending := f["pending"]; pending != nil {
		rule.Pending = pending.Value == "true"
		if !rule.Pending {
			r.wrong(pending, "pending is true, or left out")
		}
	}
	if decision {
		return rule
	}
	kind := formOf(rule.Topic)
	if kind == nil {
		r.wrong(n, "no topic %q", rule.Topic)
		return rule
	}
	v, err := kind.parse(r.text(n, f, "value"))
	if err != nil {
		r.wrong(n, "value of %s: %v", rule.Topic, err)
	}
	rule.Value = v
	return rule
}

// order sorts the rules of a pack and refuses two of one topic on the same day.
func (r *reader) order(n *yaml.Node, p *Pack) {
	slices.SortStableFunc(p.Rules, func(a, b Rule) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), strings.Compare(a.From, b.From))
	})
	last := map[string]*Rule{}
	for i := range p.Rules {
		rule := &p.Rules[i]
		if rule.Pending {
			continue
		}
		if before := last[rule.Topic]; before != nil && (before.To == "" || before.To > rule.From) {
			r.wrong(n, "two versions of %s are in force on %s", rule.Topic, cmp.Or(rule.From, "the first day"))
		}
		last[rule.Topic] = rule
	}
}

// fields are the values of a mapping by key; keys that are not known are wrong.
func (r *reader) fields(n *yaml.Node, known ...string) map[string]*yaml.Node {
	f := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "this should be a mapping")
		return f
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(known, key.Value) {
			r.wrong(key, "unknown key %q", key.Value)
		}
		if f[key.Value] != nil {
			r.wrong(key, "key %q is there twice", key.Value)
		}
		f[key.Value] = n.Content[i+1]
	}
	return f
}

func (r *reader) list(n *yaml.Node) []*yaml.Node {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "this should be a list")
		return nil
	}
	return n.Content
}

func (r *reader) text(n *yaml.Node, f map[string]*yaml.Node, key string) string {
	v := f[key]
	if v == nil || v.Kind != yaml.ScalarNode || strings.TrimSpace(v.Value) == "" {
		r.wrong(n, "%s is missing", key)
		return ""
	}
	return v.Value
}

func (r *reader) texts(above, n *yaml.Node) map[string]string {
	out := map[string]string{}
	if n == nil {
		r.wrong(above, "its words are missing")
		return out
	}
	for language, v := range r.fields(n, Languages()...) {
		if v.Kind != yaml.ScalarNode || strings.TrimSpace(v.Value) == "" {
			r.wrong(v, "the words in %s are missing", language)
		}
		out[language] = v.Value
	}
	if out["en"] == "" {
		r.wrong(n, "the words in en are missing")
	}
	return out
}

func (r *reader) day(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
		r.wrong(n, "%q is no day, as 2026-08-11", n.Value)
	}
	return n.Value
}
