// SPDX-License-Identifier: Apache-2.0

// Command peers runs what the product is measured against and what is too large
// to compile into the measuring program: a policy engine and an analytical
// database. It is a module of its own, so that neither the product nor the
// program that measures it is built with versions a peer asks for.
//
// It prepares itself, says on standard output that it is ready, and then answers each line
// of standard input with one line of JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// result is what one run came to.
type result struct {
	Count   int64   `json:"count"` // of decisions
	Seconds float64 `json:"seconds"`
	Out     int64   `json:"out"` // permitted
}

// peer answers one line.
type peer interface {
	run(line string) (result, error)
	name() string // with the version
}

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("say opa SUBJECTS or duckdb DATABASE")
	}
	var p peer
	var err error
	switch args[0] {
	case "opa":
		p, err = newOPA(args[1:])
	case "duckdb":
		p, err = newDuckDB(args[1:])
	default:
		return fmt.Errorf("no such peer: %s", args[0])
	}
	if err != nil {
		return err
	}
	fmt.Println("ready: " + p.name())
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		r, err := p.run(in.Text())
		if err != nil {
			return err
		}
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return in.Err()
}
