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

mapfile -t concurrent < <(goroutines)
mapfile -t others < <(go list -f '{{.Dir}}' ./... | grep -vxF -f <(printf '%s\n' "${concurrent[@]}"))

step "tests of ${#others[@]} packages"
go test -timeout 15m "${others[@]}"

step "tests of the ${#concurrent[@]} packages that start goroutines, under the race detector"
go test -race -timeout 20m "${concurrent[@]}"
step "every benchmark once, small and without thresholds"
go -C bench test -timeout 10m ./...
step "done"
