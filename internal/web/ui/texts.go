// SPDX-License-Identifier: Apache-2.0

package ui

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed texts/*.json
var textFiles embed.FS

// Text is something to say, not yet in any language.
type Text struct {
	Key      string
	Args     []any
	Verbatim string // said as it is, when there is no key
	list     []Text // said one after the other, when there is neither
}

// Say returns the text of the catalogue with this key and arguments.
func Say(key string, args ...any) Text { return Text{Key: key, Args: args} }

// Verbatim returns words that are not ours to translate: a name, a text the
// organisation wrote.
func Verbatim(s string) Text { return Text{Verbatim: s} }

// List returns texts said one after the other.
func List(texts ...Text) Text { return Text{list: texts} }

// Empty tells whether there is nothing to say.
func (t Text) Empty() bool { return t.Key == "" && t.Verbatim == "" && len(t.list) == 0 }

// Datum names a kind of data; one the organisation made up stands for itself.
func Datum(name string) Text {
	switch name {
	case "email", "phone", "given_name", "family_name", "postal_address", "purchases", "pages_seen", "tax_code":
		return Say("ui.data." + name)
	}
	return Verbatim(strings.ReplaceAll(name, "_", " "))
}

// Paragraphs cuts a text at its empty lines.
func Paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(text, "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Texts is the catalogue: every text of every language.
type Texts struct {
	messages map[string]map[string]message // language, key
}

// message is one text. When one is not empty, the text counts its first
// argument: one is for a single thing, other for all else.
type message struct{ one, other string }

func (m *message) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &m.other)
	}
	var forms struct {
		One   *string `json:"one"`
		Other *string `json:"other"`
	}
	if err := json.Unmarshal(b, &forms); err != nil {
		return err
	}
	if forms.One == nil || forms.Other == nil {
		return fmt.Errorf("a text that counts needs the forms one and other")
	}
	m.one, m.other = *forms.One, *forms.Other
	return nil
}

// loadTexts reads texts/<part>.<language>.json. A key stands in one file only.
func loadTexts(fsys fs.FS) (*Texts, error) {
	c := &Texts{messages: map[string]map[string]message{}}
	for _, l := range Languages {
		c.messages[l] = map[string]message{}
		files, err := fs.Glob(fsys, "texts/*."+l+".json")
		if err != nil {
			return nil, fmt.Errorf("find texts: %w", err)
		}
		for _, file := range files {
			if err := c.load(fsys, file, l); err != nil {
				return nil, fmt.Errorf("read %s: %w", path.Base(file), err)
			}
		}
	}
	return c, nil
}

func (c *Texts) load(fsys fs.FS, file, language string) error {
	b, err := fs.ReadFile(fsys, file)
	if err != nil {
		return err
	}
	var found map[string]message
	if err := json.Unmarshal(b, &found); err != nil {
		return err
	}
	for key, m := range found {
		if _, twice := c.messages[language][key]; twice {
			return fmt.Errorf("the text %s is in another file too", key)
		}
		c.messages[language][key] = m
	}
	return nil
}

// T returns a text in the locale's language. A key nobody wrote shows in
// brackets; a test finds it first.
func (l *Locale) T(key string, args ...any) string {
	m, ok := l.texts.messages[l.language][key]
	if !ok {
		return "[" + key + "]"
	}
	form := m.other
	if m.one != "" && len(args) > 0 && l.single(args[0]) {
		form = m.one
	}
	return l.fill(form, args)
}

// Say returns a Text in the locale's language.
func (l *Locale) Say(t Text) string {
	switch {
	case t.Key != "":
		return l.T(t.Key, t.Args...)
	case t.list != nil:
		said := make([]string, len(t.list))
		for i, one := range t.list {
			said[i] = l.Say(one)
		}
		return strings.Join(said, ", ")
	}
	return t.Verbatim
}

// single says whether a language uses its singular for a number: French does
// for nought as well.
func (l *Locale) single(n any) bool {
	count, ok := whole(n)
	return ok && (count == 1 || count == 0 && l.language == "fr")
}

// fill puts the arguments where {0}, {1} stand.
func (l *Locale) fill(form string, args []any) string {
	if len(args) == 0 {
		return form
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(form, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		number, after, closed := strings.Cut(rest, "}")
		n, err := strconv.Atoi(number)
		if !closed || err != nil || n < 0 || n >= len(args) {
			b.WriteString("{")
			form = rest
			continue
		}
		b.WriteString(l.value(args[n]))
		form = after
	}
}
