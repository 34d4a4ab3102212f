# SPDX-License-Identifier: Apache-2.0
# Everything a person working on Lecito types. The work is in scripts/.

SHELL := /usr/bin/env bash

.PHONY: help run build test lint soak bench prepare test-postgres
help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

run: ## start Lecito with the sample organisation on 127.0.0.1:8400, its site on 8401
	go run ./cmd/lecito serve --sample

build: ## the program, one static file, in .build/
	CGO_ENABLED=0 go build -trimpath -o .build/lecito ./cmd/lecito

test: ## everything a change has to pass; gets what it needs by itself
	@scripts/test.sh

lint: ## formatting, vet and golangci-lint
	@scripts/lint.sh

soak: ## the long things: fuzzing, kills, everything under race
	@scripts/soak.sh

bench: ## the figures, against others in the same run: bench/RESULTS.md (ONLY=filter,check SIZE=300000 for a part)
	@bench/run.sh

prepare: ## install what tests need and this machine lacks
	@scripts/prepare.sh

test-postgres: ## start a PostgreSQL for tests, keep it running, print its URL
	@scripts/postgres.sh start
