#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The long things, run before an issue is closed: every test under the race
# detector with LECITO_SOAK=1 (twenty kills, longer lists), then a minute of
# fuzzing for every fuzz target.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/services.sh
export LECITO_SOAK=1

step "everything under the race detector"
go test -race -timeout 60m ./...

while IFS=: read -r file target; do
  target=${target#func }
  step "fuzz $target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 20x "./$(dirname "$file")"
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' .)
step "done"
