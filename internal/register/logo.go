// SPDX-License-Identifier: Apache-2.0

package register

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lecito/lecito/internal/problem"
	"github.com/lecito/lecito/internal/register/brand"
)

// WithLogo puts the picture that a file of declarations names into it, so that
// the file stands for itself wherever it is sent: organisation.brand.logo becomes
// a data: URL on the same line. read gives at most one byte more than a logo may
// have. A file that names none, or can't be read, is given back as it is: Parse
// tells what is wrong with it.
func WithLogo(file []byte, name string, read func(picture string) ([]byte, error)) ([]byte, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(file, &root); err != nil || len(root.Content) == 0 {
		return file, nil //nolint:nilerr // Parse says it, with its line
	}
	at := root.Content[0]
	for _, key := range []string{"organisation", "brand", "logo"} {
		if at = under(at, key); at == nil {
			return file, nil
		}
	}
	if at.Kind != yaml.ScalarNode || at.ShortTag() != "!!str" || at.Value == "" || strings.HasPrefix(at.Value, "data:") {
		return file, nil
	}
	wrong := func(detail string) error {
		return notRight(name, []problem.Place{{Field: "organisation.brand.logo", Line: at.Line, Column: at.Column, Detail: detail}})
	}
	if !filepath.IsLocal(at.Value) {
		return nil, wrong("must be the name of a file beside this one, or below")
	}
	picture, err := read(at.Value)
	if err != nil {
		return nil, wrong("this picture can't be read: " + err.Error())
	}
	if len(picture) > brand.MaxLogo {
		return nil, wrong(fmt.Sprintf("must be a picture of at most %d KiB", brand.MaxLogo>>10))
	}
	lines := strings.SplitAfter(string(file), "\n")
	line := lines[at.Line-1]
	begin := len(string([]rune(line)[:at.Column-1]))
	for _, written := range []string{at.Value, `"` + at.Value + `"`, "'" + at.Value + "'"} {
		if rest, ok := strings.CutPrefix(line[begin:], written); ok {
			lines[at.Line-1] = line[:begin] + `"` + brand.DataURL(picture) + `"` + rest
			return []byte(strings.Join(lines, "")), nil
		}
	}
	return nil, wrong("write the name of the picture plainly, on one line")
}

// under is the value of a key of a group, nil where there is none.
func under(n *yaml.Node, key string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	i := slices.IndexFunc(n.Content, func(k *yaml.Node) bool { return k.Value == key })
	if i < 0 || i%2 != 0 || i+1 >= len(n.Content) {
		return nil
	}
	return n.Content[i+1]
}
