# shellcheck shell=bash
# One Rust for server, browser and tools: the version rust-toolchain.toml names,
# able to build for the browser, with clippy and rustfmt. In this order: what
# rustup has, what is on PATH, what rustup can fetch, what Debian packages.

WASM_TARGET=wasm32-unknown-unknown
RUST_WANTED=$(toml_value "$ROOT/rust-toolchain.toml" channel)
LINKED_TOOLCHAIN=parlance # rustup's name for Debian's Rust

at_least() {
	local lowest
	lowest=$(printf '%s\n%s\n' "$1" "$2" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)
	[ "$lowest" = "$1" ]
}

rustc_is_new_enough() {
	local version
	version=$("$@" --version 2>/dev/null | cut -d ' ' -f 2 | cut -d - -f 1)
	[ -n "$version" ] && at_least "$RUST_WANTED" "$version"
}

# The only check that also notices libraries of another compiler.
builds_for_browser() {
	local probe status=0
	probe=$(mktemp -d)
	echo 'pub fn probe() { println!("std is there"); }' |
		"$@" --target "$WASM_TARGET" --crate-type rlib --crate-name probe --emit metadata \
			--out-dir "$probe" - >"$LOG_DIR/rustc-probe.log" 2>&1 || status=$?
	rm -rf "$probe"
	return "$status"
}

# is_complete RUSTC…: a compiler, everything it needs beside it.
is_complete() {
	local bin
	rustc_is_new_enough "$@" || return
	bin="$("$@" --print sysroot)/bin"
	[ -x "$bin/cargo" ] && [ -x "$bin/cargo-clippy" ] && [ -x "$bin/rustfmt" ] && builds_for_browser "$@"
}

setup_rust() {
	setup_c_compiler
	if has rustup; then
		rust_from_rustup
	else
		rust_without_rustup
	fi
}

# macOS has a cc that only asks for the real one, hence the call.
setup_c_compiler() {
	! cc --version >/dev/null 2>&1 || return 0
	[ "$(uname -s)" != Darwin ] || die "A C compiler is missing. Please run: xcode-select --install"
	need_packages "A C compiler is missing" "a C compiler and its headers" gcc libc6-dev
}

rust_from_rustup() {
	# Asked for by name, so that rustup does not fetch anything by itself.
	if is_complete rustup run "$RUST_WANTED" rustc; then
		export RUSTUP_TOOLCHAIN="$RUST_WANTED"
	elif is_complete rustup run "$LINKED_TOOLCHAIN" rustc; then
		use_linked_toolchain
	elif fetch_with_rustup; then
		export RUSTUP_TOOLCHAIN="$RUST_WANTED"
	else
		setup_debian_rust
		rustup toolchain link "$LINKED_TOOLCHAIN" "$(/usr/bin/rustc --print sysroot)" >&2
		use_linked_toolchain
	fi
}

rust_without_rustup() {
	! is_complete rustc || return 0
	setup_debian_rust
	# Debian's programs ahead of older ones of the same name, and nothing else of /usr/bin.
	local shims="$TOOLS_DIR/debian-rust/bin" program
	mkdir -p "$shims"
	for program in cargo cargo-clippy cargo-fmt clippy-driver rustc rustdoc rustfmt; do
		ln -sfn "/usr/bin/$program" "$shims/$program"
	done
	PATH="$shims:$PATH"
}

# The override makes plain `cargo …` in the checkout use the same Rust. CI has no
# use for it, and its clones come and go.
use_linked_toolchain() {
	export RUSTUP_TOOLCHAIN="$LINKED_TOOLCHAIN"
	[ -z "${CI:-}" ] || return 0
	rustup override list | awk -v line="$ROOT $LINKED_TOOLCHAIN" '{ $1 = $1 } $0 == line { found = 1 } END { exit !found }' ||
		env -u RUSTUP_TOOLCHAIN rustup override set "$LINKED_TOOLCHAIN" --path "$ROOT" >/dev/null 2>&1
}

fetch_with_rustup() {
	if [ "${RUSTUP_AUTO_INSTALL:-1}" = 0 ]; then
		say "Rust $RUST_WANTED is not complete here, and RUSTUP_AUTO_INSTALL=0 asks rustup to fetch nothing."
		return 1
	fi
	local log="$LOG_DIR/rustup.log"
	say "Asking rustup for Rust $RUST_WANTED (usually 1 to 2 minutes, given up after 20 s without an answer; log: $log)"
	RUSTUP_MAX_RETRIES=1 rustup toolchain install "$RUST_WANTED" --profile minimal --no-self-update \
		--component clippy,rustfmt --target "$WASM_TARGET" >"$log" 2>&1 </dev/null &
	if rustup_answers "$!" "$log" && wait "$!" && is_complete rustup run "$RUST_WANTED" rustc; then
		return 0
	fi
	say "  rustup could not fetch it: $(grep -m 1 '^error' "$log" || tail -n 1 "$log")"
	return 1
}

# rustup names the release's date as soon as its host has answered.
rustup_answers() {
	local pid=$1 log=$2 seconds=0
	trap 'kill "$!"; exit 130' INT TERM
	while kill -0 "$pid" 2>/dev/null && ! grep -q 'latest update on' "$log"; do
		if [ "$seconds" -ge 20 ]; then
			kill "$pid"
			wait "$pid" 2>/dev/null || true
			trap - INT TERM
			echo "error: no answer within 20 s" >>"$log"
			return 1
		fi
		sleep 1
		seconds=$((seconds + 1))
	done
	trap - INT TERM
}

# Debian keeps a current Rust for its browsers under names of its own. It sits in
# /usr beside rustup and does not disturb it.
setup_debian_rust() {
	has apt-get || die "Rust $RUST_WANTED with the target $WASM_TARGET, clippy and rustfmt is not here and could not be fetched. Please $(rustup_first)run: rustup toolchain install $RUST_WANTED --component clippy,rustfmt --target $WASM_TARGET"
	if ! is_debian_rust_installed; then
		install_debian_rust
	fi
	builds_for_browser /usr/bin/rustc || build_browser_std
}

rustup_first() { has rustup || printf 'install rustup from https://rustup.rs, then '; }

is_debian_rust_installed() {
	[ -x /usr/bin/rustc ] && rustc_is_new_enough /usr/bin/rustc && [ -x /usr/bin/cargo ] &&
		[ -x /usr/bin/cargo-clippy ] && [ -x /usr/bin/cargo-fmt ] && has rust-lld && [ -d "$(browser_std_source)" ]
}

browser_std_source() { echo "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library"; }

install_debian_rust() {
	local lld version why="Rust $RUST_WANTED or newer has to come from Debian's packages"
	can_install_packages ||
		die "$why. Please install Rust $RUST_WANTED with rustup (https://rustup.rs), or have these packages installed, then run this again: rustc-web cargo-web rust-web-src rust-web-llvm rust-web-clippy rustfmt-web and the lld that rust-web-llvm needs"
	update_package_lists || die "$why, and their lists could not be updated."
	version=$(apt-cache policy rustc-web | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p')
	at_least "$RUST_WANTED" "${version:-0}" ||
		die "$why, but this release's rustc-web is ${version:-missing}. Please install Rust $RUST_WANTED with rustup (https://rustup.rs)."
	lld=$(apt-cache depends rust-web-llvm | sed -n 's/^ *Depends: llvm-\([0-9]*\)$/lld-\1/p')
	# cargo only recommends the certificates without which it can fetch nothing.
	need_packages "$why" "Rust with its tools and the source of its library" \
		rustc-web cargo-web rust-web-src rust-web-llvm ${lld:+"$lld"} rust-web-clippy rustfmt-web ca-certificates
}

# Debian's package lacks the standard library for the browser, but has its source,
# of exactly this compiler.
build_browser_std() {
	local work="$CACHE_DIR/build/std" libraries
	patiently "Building Rust's standard library for the browser" "half a minute" compile_browser_std "$work" ||
		die "without it nothing can be built for the browser."
	libraries=$(/usr/bin/rustc --print target-libdir --target "$WASM_TARGET")
	replace_libraries "$work/ready" "$libraries" ||
		die "$libraries could not be written; root has to copy $work/ready/*.rlib there."
	rm -rf "$work"
	builds_for_browser /usr/bin/rustc || {
		show_failure "$LOG_DIR/rustc-probe.log"
		die "the standard library that was just built does not work."
	}
}

replace_libraries() {
	as_root install -d -m 755 "$2" &&
		as_root find "$2" -name '*.rlib' -delete &&
		as_root install -m 644 "$1"/*.rlib "$2"
}

compile_browser_std() {
	local work=$1
	rm -rf "$work" && mkdir -p "$work/src" "$work/ready" && : >"$work/src/lib.rs" &&
		printf '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2021"\n' >"$work/Cargo.toml" &&
		cd "$work" &&
		env -u RUSTUP_TOOLCHAIN -u RUSTFLAGS RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$work/target" \
			/usr/bin/cargo build -Zbuild-std=std,panic_abort --target "$WASM_TARGET" --release &&
		cp "target/$WASM_TARGET"/release/deps/lib*.rlib ready/ &&
		rm -f ready/libnothing-*
}
