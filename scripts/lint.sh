#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Formatting, vet and golangci-lint, the last one built from tools/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  printf 'gofmt -w these files:\n%s\n' "$unformatted" >&2
  exit 1
fi
go vet ./...
mkdir -p .build
go -C tools build -o ../.build/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
.build/golangci-lint run --allow-parallel-runners ./...
# The benchmarks are a module of their own; their large peers are not compiled here.
cd bench
go vet ./...
../.build/golangci-lint run --allow-parallel-runners ./...
