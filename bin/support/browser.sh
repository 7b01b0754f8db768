# shellcheck shell=bash
# What the end-to-end tests need: Node, their npm packages and a Chromium.

E2E_DIR="$ROOT/end2end"

setup_browser() {
	setup_node
	setup_npm_packages
	setup_chromium
}

setup_node() {
	has node && has npm && return
	need_packages "Node and npm are missing" "Node 18 or newer with npm" nodejs npm
}

# npm keeps no record that outlives an interrupted install, hence the copy.
setup_npm_packages() {
	local lock="$E2E_DIR/package-lock.json" installed="$E2E_DIR/node_modules/.installed-lock.json"
	cmp -s "$lock" "$installed" && return
	patiently "Installing the npm packages of the end-to-end tests" "half a minute" \
		env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix "$E2E_DIR" ci ||
		die "the end-to-end tests cannot run without their npm packages."
	cp "$lock" "$installed"
}

setup_chromium() {
	local wanted=${CHROMIUM:-$(find_chromium)}
	if [ -z "$wanted" ]; then
		need_packages "No Chromium or Chrome was found" "Chromium or Chrome" chromium
		wanted=$(find_chromium)
	fi
	# Playwright wants a path where a person may give a name.
	CHROMIUM=$(command -v "$wanted") ||
		die "Chromium is not at '$wanted'. Set CHROMIUM to the path of a Chromium or Chrome."
	export CHROMIUM
}

find_chromium() {
	local candidate
	for candidate in chromium chromium-browser google-chrome google-chrome-stable \
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
		"/Applications/Chromium.app/Contents/MacOS/Chromium"; do
		if has "$candidate"; then
			command -v "$candidate"
			return
		fi
	done
}
