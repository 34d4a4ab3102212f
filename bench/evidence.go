// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func evidenceLines() []Line {
	return []Line{{
		Name: "evidence", What: "recording with evidence (an import of 1 row for 10 subjects of the run)", Against: "the same path with hashing off",
		Target: "<= 1.25 x in time", Unit: "s", Goal: Goal{AtMost: 1.25}, Prepare: evidenceCost,
	}}
}

// hashless says what takes the place of the bodies of the functions that hash,
// in a second build of the product: the product itself has no such switch. The
// results still differ from one another, so that everything around goes on.
var hashless = []struct{ module, file, function, body string }{
	{"github.com/lecito/lecito", "evidence/payload.go", "Commitment", "{ return salt }"},
	{"golang.org/x/mod", "sumdb/tlog/tlog.go", "RecordHash", "{ var h Hash; copy(h[:], data[max(0, len(data)-HashSize):]); return h }"},
	{"golang.org/x/mod", "sumdb/tlog/tlog.go", "NodeHash", "{ for i := range left { left[i] ^= right[i] }; return left }"},
}

// evidenceCost measures an import of the same rows with the product as it is and
// with the product built without hashing.
func evidenceCost(ctx context.Context, e *Env, p *Pair) error {
	dir, err := e.temporary(p)
	if err != nil {
		return err
	}
	without, err := e.buildHashless(ctx, dir)
	if err != nil {
		return err
	}
	rows := e.Size / 10
	file, err := oneForm(dir, rows)
	if err != nil {
		return err
	}
	side := func(program string) Side {
		return func(ctx context.Context) (float64, error) {
			rate, err := e.importOnce(ctx, program, file, rows)
			return float64(rows) / rate, err
		}
	}
	p.Product, p.Peer = side("lecito"), side(without)
	p.Notes = append(p.Notes, "hashing off: a second build of the product in which salted commitments, leaves and nodes of the tree are not hashed")
	return nil
}

// buildHashless builds the product with other bodies for some functions and
// returns the program's name: from a copy of each module they are in.
func (e *Env) buildHashless(ctx context.Context, dir string) (string, error) {
	copies := map[string]string{}
	for _, h := range hashless {
		if copies[h.module] == "" {
			from, err := output(inProduct(exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", h.module)))
			if err != nil {
				return "", err
			}
			copies[h.module] = filepath.Join(dir, filepath.Base(h.module))
			if err := copySources(string(bytes.TrimSpace(from)), copies[h.module]); err != nil {
				return "", err
			}
		}
		if err := changeBody(filepath.Join(copies[h.module], h.file), h.function, h.body); err != nil {
			return "", err
		}
	}
	product, other := copies[hashless[0].module], hashless[1].module
	const program = "lecito-hashless"
	path, err := filepath.Abs(e.program(program))
	if err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"mod", "edit", "-replace", other + "=" + copies[other]},
		{"build", "-buildvcs=false", "-o", path, "./cmd/lecito"},
	} {
		cmd := exec.CommandContext(ctx, "go", args...)
		cmd.Dir = product
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod")
		if _, err := output(cmd); err != nil {
			return "", err
		}
	}
	return program, nil
}

// copySources copies what a module is built from. Folders whose name begins with
// a dot are none of it, and other modules below are not needed.
func copySources(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			_, other := os.Stat(filepath.Join(name, "go.mod"))
			if name != from && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || other == nil) {
				return fs.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, strings.TrimPrefix(name, from)), 0o700)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		return copyFile(name, filepath.Join(to, strings.TrimPrefix(name, from)), 0o600)
	})
}

// inProduct runs a command in the product's module, one folder up from this one.
func inProduct(cmd *exec.Cmd) *exec.Cmd {
	cmd.Dir = ".."
	return cmd
}

// changeBody gives a function of a file of Go another body.
func changeBody(name, function, body string) error {
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, source, 0)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Recv != nil || f.Name.Name != function {
			continue
		}
		begin, end := set.Position(f.Body.Pos()).Offset, set.Position(f.Body.End()).Offset
		changed := bytes.Join([][]byte{source[:begin], []byte(body), source[end:]}, nil)
		if used := []byte("\nvar _ = sha256.New\n"); !bytes.HasSuffix(changed, used) {
			changed = append(changed, used...) // the import may have lost its last use
		}
		return os.WriteFile(name, changed, 0o600)
	}
	return errors.New(name + " has no function " + function)
}
