#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Starts and stops a PostgreSQL of our own for the tests, from the
# distribution's binaries, as a user without privileges, on 127.0.0.1.
#
#   scripts/postgres.sh start   prints the URL, for LECITO_TEST_POSTGRES
#   scripts/postgres.sh stop    stops the server and removes its folder
#
# start prints the URL of the one that runs already, if one does. Durability is
# left as PostgreSQL has it: tests of commits mean something only then.
# The state file (folder and URL) is .build/postgres in the project, or
# $LECITO_POSTGRES_STATE.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
state=${LECITO_POSTGRES_STATE:-$root/.build/postgres}

die() {
	echo "postgres.sh: $*" >&2
	exit 1
}

# binaries prints the folder of the newest installed server.
binaries() {
	for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) /usr/local/bin /usr/bin; do
		if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
			echo "$folder"
			return
		fi
	done
	die "no PostgreSQL server binaries found. Install them: apt-get install -y --no-install-recommends postgresql"
}

# run_as runs a command as the server's user: PostgreSQL refuses root.
run_as() {
	user=$1
	shift
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif command -v runuser >/dev/null 2>&1; then
		(cd / && runuser -u "$user" -- "$@")
	elif command -v setpriv >/dev/null 2>&1; then
		(cd / && setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@")
	else
		die "root needs runuser or setpriv to start the server. Install them: apt-get install -y util-linux"
	fi
}

server_user() {
	if [ "$(id -u)" != 0 ]; then
		id -un
	elif id postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

start() {
	if [ -s "$state" ]; then
		folder=$(sed -n 1p "$state")
		url=$(sed -n 2p "$state")
		user=$(server_user)
		if [ -d "$folder/data" ] && run_as "$user" "$(binaries)/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then
			echo "$url"
			return
		fi
		stop
	fi
	bin=$(binaries)
	user=$(server_user)
	folder=$(mktemp -d "${TMPDIR:-/tmp}/lecito-postgres.XXXXXX")
	printf '%s\n' "$folder" >"$state"
	[ "$(id -u)" != 0 ] || chown "$user" "$folder"
	run_as "$user" test -w "$folder" || die "user $user cannot reach $folder. Set TMPDIR to a folder that everybody may enter, such as /tmp"
	run_as "$user" "$bin/initdb" -D "$folder/data" -U lecito -A trust -E UTF8 --locale=C >"$folder.log" 2>&1 ||
		die "initdb failed: $(tail -n 3 "$folder.log")"
	first=$((20000 + $$ % 20000)) # taken by somebody else: the next one
	port=$first
	until run_as "$user" "$bin/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/server.log" \
		-o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400" \
		start >"$folder.log" 2>&1 9>&-; do # the server must not keep the lock
		port=$((port + 1))
		[ "$port" -lt $((first + 10)) ] || die "the server does not start: $(tail -n 5 "$folder/server.log" 2>/dev/null)"
	done
	rm -f "$folder.log"
	url="postgres://lecito@127.0.0.1:$port/postgres?sslmode=disable"
	printf '%s\n%s\n' "$folder" "$url" >"$state"
	echo "$url"
}

stop() {
	[ -s "$state" ] || return 0
	folder=$(sed -n 1p "$state")
	case $folder in
	*/lecito-postgres.??????) ;;
	*) die "$state names $folder, which start did not make" ;;
	esac
	if [ -f "$folder/data/postmaster.pid" ]; then
		run_as "$(server_user)" "$(binaries)/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1 || true
	fi
	rm -rf "$folder" "$folder.log" "$state"
}

mkdir -p "$(dirname -- "$state")"
if command -v flock >/dev/null 2>&1; then # two at once would start two servers
	exec 9>"$state.lock"
	flock 9
fi
case ${1:-} in
start) start ;;
stop) stop ;;
*) die "say start or stop" ;;
esac
