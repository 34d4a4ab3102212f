# SPDX-License-Identifier: Apache-2.0
# Sourced by test.sh and soak.sh: prepares the machine, gives the tests a
# PostgreSQL and tells them that nothing may be skipped.
scripts/prepare.sh
if [ -z "${LECITO_TEST_POSTGRES:-}" ]; then
  # One of our own, beside the one that make test-postgres keeps running.
  export LECITO_POSTGRES_STATE="$PWD/.build/postgres-$$"
  trap 'scripts/postgres.sh stop; rm -f "$LECITO_POSTGRES_STATE.lock"' EXIT
  LECITO_TEST_POSTGRES=$(scripts/postgres.sh start)
  export LECITO_TEST_POSTGRES
fi
export LECITO_TEST=make

# step says what is done and, at the next step, how long the last one took.
step() { printf '\n== %s (%ds so far)\n' "$*" "$SECONDS" >&2; }

# goroutines lists the packages that start goroutines, in code or in tests:
# those the race detector can say something about.
goroutines() {
  go list -f '{{.Dir}}' ./... | while read -r folder; do
    if grep -Eq '^[[:space:]]*go (func|[a-zA-Z_.]+\()|\.Go\(|\.Parallel\(\)|httptest\.NewServer' "$folder"/*.go; then
      echo "$folder"
    fi
  done
}
