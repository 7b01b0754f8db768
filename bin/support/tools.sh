# shellcheck shell=bash
# Programs that cargo builds: cargo-leptos and the wasm-bindgen that it runs.

CARGO_LEPTOS_VERSION=0.3.11

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
