// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Find returns what matches the selectors, each below the one before: a tag, a
// class, an id, an attribute with its value, or a tag with one of them.
func Find(from *html.Node, selectors ...string) []*html.Node {
	found := []*html.Node{from}
	for _, selector := range selectors {
		var next []*html.Node
		for _, n := range found {
			for d := range n.Descendants() {
				if matches(d, selector) {
					next = append(next, d)
				}
			}
		}
		found = next
	}
	return found
}

func matches(n *html.Node, selector string) bool {
	if n.Type != html.ElementNode {
		return false
	}
	at := strings.IndexAny(selector, ".#[")
	if at < 0 {
		return n.Data == selector
	}
	if at > 0 && n.Data != selector[:at] {
		return false
	}
	switch rest := selector[at+1:]; selector[at] {
	case '.':
		return slices.Contains(strings.Fields(Attr(n, "class")), rest)
	case '#':
		return Attr(n, "id") == rest
	default:
		name, value, _ := strings.Cut(strings.TrimSuffix(rest, "]"), "=")
		return Attr(n, name) == value
	}
}

// Attr is the value of an attribute, "" where there is none.
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Words is the text of an element, its spaces evened out.
func Words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// All is the text of everything the selectors find.
func All(from *html.Node, selectors ...string) string {
	var out []string
	for _, n := range Find(from, selectors...) {
		out = append(out, Words(n))
	}
	return strings.Join(out, " | ")
}
