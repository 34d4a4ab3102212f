// SPDX-License-Identifier: Apache-2.0

package register

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/problem"
)

// MaxSize is how large a file of declarations may be.
const MaxSize = 4 << 20

// Parse reads a file of declarations. Whatever is wrong with it comes back as
// one problem that names every place. The name of the file is for messages.
func Parse(file []byte, name string) (*Document, error) {
	if name == "" {
		name = "the file"
	}
	if len(file) > MaxSize {
		return nil, problem.Newf(problem.TooLarge, "declarations_too_large", "%s is larger than %d MiB, which no register needs to be", name, MaxSize>>20)
	}
	root, err := node(file, name)
	if err != nil {
		return nil, err
	}
	whole := table()
	r := &reader{nodes: map[string]*yaml.Node{}}
	tree := r.value(root, &whole, "")
	if r.more {
		return nil, r.problem(name)
	}
	doc := &Document{name: name, places: map[string]problem.Place{}, nodes: r.nodes}
	if err := decode(tree, doc); err != nil {
		return nil, fmt.Errorf("read declarations: %w", err)
	}
	c := &checker{reader: r, doc: doc}
	c.check()
	if len(r.places) > 0 {
		return nil, r.problem(name)
	}
	return doc, nil
}

// decode goes through JSON: the names of a declaration's fields are those of
// the file, and the tree holds nothing the shape does not know. What is wrong
// in the tree is missing from it, and stays at its zero value.
func decode(tree any, doc *Document) error {
	text, err := json.Marshal(tree)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, doc)
}

func (r *reader) problem(name string) error {
	slices.SortStableFunc(r.places, func(a, b problem.Place) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column)
	})
	if r.more {
		r.places = append(r.places, problem.Place{Detail: "and more, which are not listed"})
	}
	return notRight(name, r.places)
}

func notRight(name string, places []problem.Place) error {
	p := problem.Newf(problem.Invalid, "invalid_declarations", "%s is not right, and nothing of it was applied", name)
	p.Places = places
	return p
}

// node reads the YAML text and gives the root of its only document.
func node(file []byte, name string) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(file))
	var first, second yaml.Node
	err := dec.Decode(&first)
	if errors.Is(err, io.EOF) || err == nil && len(first.Content) == 0 {
		return nil, problem.Newf(problem.Invalid, "empty_declarations", "%s is empty: it must declare an organisation at least", name)
	}
	if err != nil {
		return nil, syntax(file, name, err)
	}
	if err := dec.Decode(&second); err == nil {
		return nil, problem.Newf(problem.Invalid, "invalid_declarations", "%s holds several documents, and one is taken", name).
			At(problem.Place{Line: second.Line, Column: second.Column, Detail: "a second document begins here"})
	} else if !errors.Is(err, io.EOF) {
		return nil, syntax(file, name, err)
	}
	return first.Content[0], nil
}

var (
	atLine   = regexp.MustCompile(`^line (\d+): (.*)$`)
	noAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
	// The YAML parser counts lines from 0 in these messages, and from 1 in all others.
	fromZero = regexp.MustCompile(`^(did not find expected (<document start>|node content|'-' indicator|key|',' or)|found (duplicate|undefined tag handle|incompatible))`)
)

// syntax turns an error of the YAML parser into a problem with its line.
func syntax(file []byte, name string, err error) error {
	detail := strings.TrimPrefix(err.Error(), "yaml: ")
	place := problem.Place{}
	if m := atLine.FindStringSubmatch(detail); m != nil {
		detail = m[2]
		place.Line, _ = strconv.Atoi(m[1])
		if fromZero.MatchString(detail) {
			place.Line++
		}
	} else if m := noAnchor.FindStringSubmatch(detail); m != nil {
		detail = "anchors and aliases are not taken: write it out"
		if i := bytes.Index(file, []byte("*"+m[1])); i >= 0 {
			place.Line = 1 + bytes.Count(file[:i], []byte("\n"))
			place.Column = i - bytes.LastIndexByte(file[:i], '\n')
		}
	} else if !strings.Contains(detail, "control characters") && !strings.Contains(detail, "UTF") {
		place.Line = 1 // the parser leaves out the line when it is the first
	}
	place.Detail = detail
	return problem.Newf(problem.Invalid, "invalid_yaml", "%s can't be read as YAML, and nothing of it was applied", name).At(place)
}
