#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The long things, run before an issue is closed: every test under the race
# detector with LECITO_SOAK=1 (twenty kills, longer lists, Lighthouse), then a minute of
# fuzzing for every fuzz target, then the code of decisions with one thing
# changed at a time, each of which a test has to notice.
set -euo pipefail
cd "$(dirname "$0")/.."
export LECITO_SOAK=1 # before services.sh, which gets what is needed
. scripts/services.sh

step "everything under the race detector"
go test -race -timeout 60m ./...

while IFS=: read -r file target; do
  target=${target#func }
  step "fuzz $target"
  go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-60s}" -fuzzminimizetime 20x "./$(dirname "$file")"
done < <(grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9_]+' .)

step "changes of the code of decisions"
if [ -d /dev/shm ]; then export TMPDIR=/dev/shm; fi # each run opens databases
go run ./scripts/mutants -equivalents scripts/mutants/lawful.txt lawful \
  decide.go question.go person.go no.go datum.go yes.go basis.go channellaw.go scope.go grade.go period.go law.go for.go explain.go standing.go telling.go
step "done"
