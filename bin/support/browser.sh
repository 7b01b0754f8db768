# shellcheck shell=bash
# What the end-to-end tests need: Node, their npm packages and a Chromium.

setup_browser() {
	setup_node
	setup_chromium
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
