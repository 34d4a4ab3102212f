#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prepares the product and its peers, measures, and writes RESULTS.md. From
# make bench: ONLY=filter,check takes some lines, SIZE=300000 fewer subjects.
set -euo pipefail
cd "$(dirname "$0")"
if ! { command -v initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'; } >/dev/null || ! command -v g++ >/dev/null; then
  echo "Measuring needs PostgreSQL and g++ (for DuckDB). As root: apt-get install -y --no-install-recommends postgresql g++" >&2
  exit 1
fi
mkdir -p .data/bin
rm -rf .data/scratch-* # of a run that was killed
echo "Building the product and its peers; the peers take minutes the first time." >&2
(cd .. && CGO_ENABLED=0 go build -trimpath -o bench/.data/bin/lecito ./cmd/lecito)
(cd peers && go build -o ../.data/bin/peers . && go build -o ../.data/bin/openfga github.com/openfga/openfga/cmd/openfga)
go build -o .data/bin/bench .

# A server of our own; nobody else's work is in it.
export LECITO_POSTGRES_STATE="$PWD/.data/postgres"
trap '../scripts/postgres.sh stop; rm -f "$LECITO_POSTGRES_STATE.lock"' EXIT
postgres=$(../scripts/postgres.sh start | tail -n 1)

echo "Going through every line once, small, so that a long run does not end on a mistake." >&2
LECITO_BENCH_BIN="$PWD/.data/bin" LECITO_TEST_POSTGRES=$postgres go test -timeout 20m .

.data/bin/bench -postgres "$postgres" -only "${ONLY:-}" -size "${SIZE:-3000000}" -rows "${ROWS:-5000000}" -pairs "${PAIRS:-5}" -load "${LOAD:-10s}"
