# shellcheck shell=bash
# Sourced by the scripts in bin/ after they have set ROOT.

for part in say cache packages toolchain tools node browser postgres linters deny dotenv; do
	# shellcheck source=/dev/null
	. "$ROOT/bin/support/$part.sh"
done
unset part

# setup PART…: whatever is missing, one script at a time.
setup() {
	local part
	begin_setup
	for part in "$@"; do
		"setup_$part"
	done
	use_target_dir
	end_setup
	# Compiled into leptos: without it the pages ask for a wasm file of another name.
	export LEPTOS_OUTPUT_NAME
	LEPTOS_OUTPUT_NAME=$(toml_value "$ROOT/Cargo.toml" output-name)
}
