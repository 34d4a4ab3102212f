#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything a change has to pass, on a machine that may have nothing but Go.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh

step "lint"
scripts/lint.sh

step "the parts that must build anywhere"
go mod verify
GOOS=js GOARCH=wasm go build -o /dev/null ./evidence
CGO_ENABLED=0 go build -trimpath -o .build/lecito ./cmd/lecito

step "tests"
go test -timeout 15m ./...

step "tests under the race detector"
mapfile -t folders < <(goroutines)
go test -race -timeout 15m "${folders[@]}"
step "done"
