# shellcheck shell=bash
# Programs that cargo builds: cargo-leptos and the wasm-bindgen that it runs; and
# the wasm-opt that it runs for a release, from npm.

CARGO_LEPTOS_VERSION=0.3.11
BINARYEN_VERSION=132.0.0
WASM_OPT_OLDEST=120

# cargo-leptos takes any wasm-bindgen on PATH, but only the locked version fits.
wasm_bindgen_version() {
	awk -F '"' '$2 == "wasm-bindgen" && /^name/ { getline; print $2; exit }' "$ROOT/Cargo.lock"
}

setup_tools() {
	local bindgen
	[ -f "$ROOT/Cargo.lock" ] || cargo generate-lockfile --manifest-path "$ROOT/Cargo.toml"
	bindgen=$(wasm_bindgen_version)
	# Its own lock file may name a crate that has been yanked since.
	need_tool wasm-bindgen wasm-bindgen-cli "$bindgen" "2 to 5 minutes"
	need_tool cargo-leptos cargo-leptos "$CARGO_LEPTOS_VERSION" "5 to 10 minutes" --locked
	rm -rf "$CACHE_DIR/build"
	# No check builds a release.
	[ -n "${CI:-}" ] || offer_wasm_opt
}

# Without one on PATH cargo-leptos downloads one. Only a release build needs it, so
# that nothing here may stop what does without.
offer_wasm_opt() {
	local home="$TOOLS_DIR/binaryen-$BINARYEN_VERSION"
	if [ ! -x "$home/bin/wasm-opt" ]; then
		! wasm_opt_is_new_enough wasm-opt || return 0
		install_wasm_opt "$home" || {
			say "wasm-opt is not here and npm could not fetch it: \`cargo leptos build --release\` needs version $WASM_OPT_OLDEST or newer on PATH, nothing else does."
			return 0
		}
	fi
	PATH="$home/bin:$PATH"
	offer_by_hand wasm-opt "$home/bin/wasm-opt" || true
}

wasm_opt_is_new_enough() {
	local version
	version=$("$1" --version 2>/dev/null | awk 'NR == 1 { print $3 + 0 }')
	[ "${version:-0}" -ge "$WASM_OPT_OLDEST" ]
}

# Not patiently, whose last lines of a log would look like a reason to stop.
install_wasm_opt() {
	local home=$1 log="$LOG_DIR/wasm-opt.log"
	has npm || return
	# Once a day, so that a host that does not answer holds up one start and not all.
	[ -z "$(find "$log" -mtime -1 2>/dev/null)" ] || return
	say "Fetching wasm-opt for release builds (usually half a minute; log: $log)"
	rm -rf "$home.new"
	# From a folder without settings of a project.
	(cd "$CACHE_DIR" && npm install --global --prefix "$home.new" --ignore-scripts --no-audit --no-fund \
		--fetch-retries=0 --fetch-timeout=60000 "binaryen@$BINARYEN_VERSION") >"$log" 2>&1 </dev/null &&
		wasm_opt_is_new_enough "$home.new/bin/wasm-opt" &&
		mv "$home.new" "$home"
}

# need_tool PROGRAM CRATE VERSION USUALLY [OPTION…]
need_tool() {
	local program=$1 crate=$2 version=$3 home="$TOOLS_DIR/$2-$3"
	if [ -x "$home/bin/$program" ]; then
		PATH="$home/bin:$PATH"
	elif [ "$("$program" --version 2>/dev/null | awk 'NR == 1 { print $NF }')" != "$version" ]; then
		shift 3
		install_tool "$crate" "$version" "$@" || die "$crate $version could not be built."
		PATH="$home/bin:$PATH"
	fi
	offer_by_hand "$program" "$home/bin/$program"
}

# The folder gets its final name only when everything is in it.
install_tool() {
	local crate=$1 version=$2 usually=$3 home="$TOOLS_DIR/$1-$2"
	shift 3
	rm -rf "$home.new"
	patiently "Building $crate $version" "$usually, once" build_tool "$crate" "$version" "$home.new" "$@" || return
	mv "$home.new" "$home"
}

# Quick to build matters more than quick to run, but for what rewrites the whole
# wasm file at every build.
build_tool() {
	local crate=$1 version=$2 into=$3 busy settings=()
	shift 3
	for busy in walrus wasmparser wasm-encoder wasm-bindgen-cli-support; do
		settings+=(--config "profile.release.package.$busy.opt-level=2")
	done
	# Away from the checkout, whose cargo settings are meant for the project.
	cd "$CACHE_DIR" &&
		env -u RUSTFLAGS -u CARGO_BUILD_TARGET CARGO_TARGET_DIR="$CACHE_DIR/build/tools" \
			CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_LTO=off \
			CARGO_PROFILE_RELEASE_CODEGEN_UNITS=64 CARGO_PROFILE_RELEASE_DEBUG=0 \
			cargo install "$crate" --version "=$version" --root "$into" --no-track "${settings[@]}" "$@"
}

# For `cargo leptos …` typed by hand, unless the person has a program of that name.
offer_by_hand() {
	local program=$1 built=$2 link="${CARGO_HOME:-$HOME/.cargo}/bin/$1"
	[ -x "$built" ] || return 0
	case "$(readlink "$link" 2>/dev/null)" in
	"$built") ;;
	"$TOOLS_DIR"/*) ln -sfn "$built" "$link" ;;
	*)
		[ -e "$link" ] || { mkdir -p "$(dirname "$link")" && ln -sfn "$built" "$link"; }
		;;
	esac
}
