# shellcheck shell=bash
# The steps of bin/test, in the order they run. Each is NAME|WHAT|SETUP PARTS and
# a function step_NAME, which gets the arguments after `--`.

STEPS='format|rustfmt has nothing to change|rust
clippy|clippy has nothing to say, for the server and for the browser|rust
unit|Rust tests: units and the server as a whole|rust
build|server and browser build, as the end-to-end tests use them|rust tools
e2e|end-to-end tests in a browser|rust tools browser'

step_runs_tests() { [ "$1" = unit ] || [ "$1" = e2e ]; }

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

# shellcheck disable=SC2046 # the options are words
step_clippy() {
	cargo_like_leptos clippy $(server_options) --all-targets -- -D warnings "$@" &&
		cargo_like_leptos clippy $(browser_options) -- -D warnings "$@"
}

# shellcheck disable=SC2046
step_unit() {
	if has cargo-nextest; then
		cargo_like_leptos nextest run $(server_options) --no-fail-fast "$@"
	else
		cargo_like_leptos test $(server_options) --lib --bins --tests --no-fail-fast "$@"
	fi
}

# A site directory of its own, so that a running bin/dev keeps its files.
step_build() { LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" cargo leptos build; }

# Not `cargo leptos end-to-end`: that also starts a server on the usual port, with
# the developer's database, while the tests start their own.
step_e2e() {
	cd "$E2E_DIR" &&
		LEPTOS_SITE_ROOT="$CARGO_TARGET_DIR/site" PARLANCE_BIN="$CARGO_TARGET_DIR/debug/$(package_name)" \
			npx playwright test "$@"
}
