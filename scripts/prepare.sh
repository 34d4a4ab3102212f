#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Gets what the tests need and this machine lacks: gcc, PostgreSQL, Postfix,
# Chromium and Node from the distribution, axe-core (and for make soak Lighthouse) from npm. What is there already is
# left alone; what cannot be had is named with the exact command.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

have_postgres() {
  have initdb && have postgres && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

have_chromium() {
  [ -n "${LECITO_CHROMIUM:-}" ] && return
  have chromium || have chromium-browser || have google-chrome
}

# A mail server that somebody uses on their machine is not replaced: the tests
# of mail are skipped there.
have_mail() {
  [ -x /usr/sbin/postfix ] && return
  [ -z "${CI:-}" ] && [ -e /usr/sbin/sendmail ]
}

# Debian has a package chromium; Ubuntu calls its own chromium-browser.
chromium_package() {
  if [ -r /etc/os-release ] && grep -q '^ID=ubuntu' /etc/os-release; then
    echo chromium-browser
  else
    echo chromium
  fi
}

install() { # install PACKAGE...
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  local as=()
  if [ "$(id -u)" -ne 0 ]; then
    as=(sudo)
    [ -t 0 ] || as=(sudo -n)
  fi
  local command="apt-get update && apt-get install -y --no-install-recommends $*"
  if ! have apt-get || { [ "$(id -u)" -ne 0 ] && ! have sudo; }; then
    say "The tests need: $*. As root, run:"
    say "  $command"
    exit 1
  fi
  say "Installing what the tests need: $*"
  if ! "${as[@]}" "${apt[@]}" update -q >&2 ||
    ! "${as[@]}" "${apt[@]}" install -qy --no-install-recommends "$@" >&2; then
    say "The tests need: $*. It could not be installed; as root, run:"
    say "  $command"
    exit 1
  fi
}

missing=()
have gcc || missing+=(gcc libc6-dev)
have_postgres || missing+=(postgresql)
have_chromium || missing+=("$(chromium_package)" fonts-dejavu-core)
have npm || missing+=(npm)
[ ${#missing[@]} -eq 0 ] || install "${missing[@]}"
have_mail || (install postfix) || say "The tests of a real mail server are skipped."

# fetch gets what a folder beside this file names. Its lock file holds the exact
# versions and their hashes.
fetch() { # fetch FOLDER WHAT
  local folder=scripts/$1
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.fetched" && return
  say "Fetching $2, which the tests of pages use"
  if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
    say "$2 could not be fetched; run:"
    say "  npm ci --prefix $folder --ignore-scripts"
    exit 1
  fi
  cp "$folder/package-lock.json" "$folder/node_modules/.fetched"
}

# axe-core finds what a page gets wrong for people with a disability; Lighthouse,
# which is large, is for make soak alone.
fetch axe axe-core
[ -z "${LECITO_SOAK:-}" ] || fetch lighthouse Lighthouse
