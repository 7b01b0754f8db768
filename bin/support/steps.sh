# shellcheck shell=bash
# The steps of bin/test, in the order they run. Each is NAME|WHAT|SETUP PARTS and
# a function step_NAME, which gets the arguments after `--`.

STEPS='format|rustfmt has nothing to change|rust
deploy|deployment files are what their programs expect|linters
deny|dependencies are what deny.toml allows: licences, bans, sources, nothing yanked|rust deny
advisory|no advisory is open on a dependency, where the database of advisories can be reached|rust deny
clippy|clippy has nothing to say, for the server and for the browser|rust
unit|Rust tests: units and the server as a whole, on SQLite|rust node
postgres|Rust tests: the server as a whole, on PostgreSQL, and many nodes|rust node postgres
build|server and browser build, as the end-to-end tests use them|rust tools
e2e|end-to-end tests in a browser|rust tools browser'

step_runs_tests() { [ "$1" = unit ] || [ "$1" = postgres ] || [ "$1" = e2e ]; }

step_names() { cut -d '|' -f 1 <<<"$STEPS"; }

step_field() { awk -F '|' -v name="$1" -v field="$2" '$1 == name { print $field }' <<<"$STEPS"; }

# cargo-leptos compiles with this flag in development; with the same one here,
# dependencies are compiled once.
cargo_like_leptos() { RUSTFLAGS="${RUSTFLAGS:+$RUSTFLAGS }--cfg erase_components" cargo "$@"; }

# In CI a lock file that does not fit is an error, elsewhere it is being edited.
server_options() { echo --no-default-features --features ssr ${CI:+--locked}; }

browser_options() {
	local profile
	profile=$(toml_value "$ROOT/Cargo.toml" lib-profile-dev)
	echo --no-default-features --features hydrate --lib --target wasm32-unknown-unknown \
		--profile "${profile:-dev}" --target-dir "$CARGO_TARGET_DIR/front" ${CI:+--locked}
}

step_format() { cargo fmt --all --check "$@"; }

step_deploy() { "$ROOT/deploy/lint" "$@"; }

step_deny() { cargo deny ${CI:+--locked} check "$@" bans licenses sources && nothing_is_yanked; }

step_advisory() {
	local database
	database=$(advisory_database)
	if answers_git "$database"; then
		within 300 cargo deny ${CI:+--locked} check "$@" advisories
	else
		say "not checked: advisories on dependencies (wants git and $database, which does not answer here)"
	fi
}

# shellcheck disable=SC2046 # the options are words
step_clippy() {
	cargo_like_leptos clippy $(server_options) --all-targets -- -D warnings "$@" &&
		cargo_like_leptos clippy $(browser_options) -- -D warnings "$@"
}

# What needs PostgreSQL is left to the step after this one.
# shellcheck disable=SC2046
step_unit() {
	local status=0
	if has cargo-nextest; then
		nextest_but 'binary(it) & test(/(^|::)(postgres|cluster)::/)' "$@"
	else
		cargo_like_leptos test $(server_options) --lib --bins --no-fail-fast "$@" || status=$?
		integration_tests_but "postgres:: cluster::" "$@" || status=$?
		return "$status"
	fi
}

step_postgres() {
	export PARLANCE_TEST_DATABASE=postgres
	export_postgres
	if has cargo-nextest; then
		nextest_but 'test(/(^|::)sqlite::/)' --test it "$@"
	else
		integration_tests_but "sqlite::" "$@"
	fi
}

# nextest_but EXPRESSION ARGUMENT…: runs all tests but those. Expressions add up, so
# that one among the arguments has to take the place of this one.
# shellcheck disable=SC2046
nextest_but() {
	local but=(-E "not ($1)") argument
	shift
	for argument in "$@"; do
		case $argument in
		-E* | --filterset* | --filter-expr*) but=() ;;
		esac
	done
	cargo_like_leptos nextest run $(server_options) --no-fail-fast ${but[@]+"${but[@]}"} "$@"
}

# integration_tests_but PATHS ARGUMENT…: with cargo's own runner, which knows no
# more than parts of paths.
# shellcheck disable=SC2046
integration_tests_but() {
	local path argument but=() separator=--
	for path in $1; do
		but+=(--skip "$path")
	done
	shift
	for argument in "$@"; do
		[ "$argument" != -- ] || separator=
	done
	cargo_like_leptos test $(server_options) --test it --no-fail-fast "$@" ${separator:+"$separator"} "${but[@]}"
}

# A site directory of its own, so that a running bin/dev keeps its files.
# shellcheck disable=SC2046
step_build() {
	LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" cargo leptos build &&
		cargo_like_leptos build $(server_options) --example mcp
}

# Not `cargo leptos end-to-end`: that also starts a server on the usual port, with
# the developer's database, while the tests start their own.
step_e2e() {
	cd "$E2E_DIR" &&
		LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" PARLANCE_BIN="$CARGO_TARGET_DIR/debug/$(package_name)" \
			PARLANCE_MCP="$CARGO_TARGET_DIR/debug/examples/mcp" \
			npx playwright test "$@"
}
