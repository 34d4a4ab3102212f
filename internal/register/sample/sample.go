// SPDX-License-Identifier: Apache-2.0

// Package sample holds the declarations of a fictional Italian shop, Bottega
// Esempio: what serve --sample begins with, and what tests read. Nobody in it
// exists.
package sample

import _ "embed"

// Bottega is the file as lecito apply reads it.
//
//go:embed bottega.yaml
var Bottega []byte
