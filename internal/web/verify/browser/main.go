// SPDX-License-Identifier: Apache-2.0

//go:build wasip1

// Command browser is package evidence for the page /verify: a WebAssembly module
// that reads a file in the reader's own browser, so that nothing is uploaded.
// The page asks for room for the file, the keys, the language and the list, in
// this order, fills each, and calls verify; the answer is JSON, of as many bytes
// as length says.
package main

import (
	"bytes"
	"encoding/json"
	"unsafe"

	"github.com/lecito/lecito/internal/web/verify/verdict"
)

// held is what the page wrote, or reads: nothing else keeps it from being
// collected.
var held [][]byte

func main() {}

// room gives the page n bytes to write into.
//
//go:wasmexport room
func room(n uint32) unsafe.Pointer {
	b := make([]byte, n, n+1) // an empty one has an address too
	held = append(held, b)
	return unsafe.Pointer(unsafe.SliceData(b))
}

//go:wasmexport verify
func verify() unsafe.Pointer {
	asked := verdict.Asked{File: held[0], Keys: string(held[1]), Language: string(held[2])}
	if len(held) > 3 {
		asked.List = bytes.NewReader(held[3])
	}
	told, err := verdict.Of(asked)
	if err != nil { // only reading the list fails, and memory does not
		panic(err)
	}
	answer, err := json.Marshal(told)
	if err != nil {
		panic(err) // texts always encode
	}
	held = [][]byte{answer}
	return unsafe.Pointer(unsafe.SliceData(answer))
}

// length tells how long the answer is, and lets go of it: the page reads it
// before it asks for room again.
//
//go:wasmexport length
func length() uint32 {
	n := len(held[0])
	held = nil
	return uint32(n)
}
