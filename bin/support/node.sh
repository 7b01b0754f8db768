# shellcheck shell=bash
# Node and the npm packages of the tests: the browser's, and the OpenID provider's at which the server's tests sign in.

E2E_DIR="$ROOT/end2end"

setup_node() {
	has node && has npm || need_packages "Node and npm are missing" "Node 18 or newer with npm" nodejs npm
	setup_npm_packages
}

# npm keeps no record that outlives an interrupted install, hence the copy.
setup_npm_packages() {
	local lock="$E2E_DIR/package-lock.json" installed="$E2E_DIR/node_modules/.installed-lock.json"
	cmp -s "$lock" "$installed" && return
	patiently "Installing the npm packages of the tests" "half a minute" \
		env PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm --prefix "$E2E_DIR" ci ||
		die "the tests cannot run without their npm packages."
	cp "$lock" "$installed"
}
