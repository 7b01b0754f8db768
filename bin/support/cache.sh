# shellcheck shell=bash
# Where things are kept between runs, outside the checkout.

CACHE_DIR="${XDG_CACHE_HOME:-$HOME/.cache}/parlance"
LOG_DIR="$CACHE_DIR/log"
TOOLS_DIR="$CACHE_DIR/tools"
mkdir -p "$LOG_DIR" "$TOOLS_DIR"

# The first `KEY = "value"` of a TOML file.
toml_value() {
	sed -n "s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$1" | head -n 1
}

package_name() { toml_value "$ROOT/Cargo.toml" name; }

# lock_fd -x|-xn|-s DESCRIPTOR. macOS has no flock command, but it has Perl.
lock_fd() {
	if has flock; then
		flock "$1" "$2"
	else
		perl -MFcntl=:flock -e '
			my %mode = ("-x" => LOCK_EX, "-xn" => LOCK_EX | LOCK_NB, "-s" => LOCK_SH);
			open(my $file, ">>&=", $ARGV[1]) or die "$!";
			exit(flock($file, $mode{$ARGV[0]}) ? 0 : 1);
		' -- "$1" "$2"
	fi
}

# Two scripts started at once take turns while they install things.
begin_setup() {
	exec 9>>"$CACHE_DIR/setup.lock"
	lock_fd -xn 9 || {
		say "Another script is setting up; waiting until it has finished."
		lock_fd -x 9
	}
}

end_setup() { exec 9>&-; }

# cargo judges the project's own crate by file times and keeps it under the same
# name for every checkout. One target directory therefore serves one checkout at
# a time, and loses that crate, but not its dependencies, when it changes hands.
# Descriptor 8 stays open, and locked, for as long as anything may build there.
use_target_dir() {
	if [ -n "${CARGO_TARGET_DIR:-}" ]; then
		# Some steps change the folder.
		[[ $CARGO_TARGET_DIR == /* ]] || CARGO_TARGET_DIR="$ROOT/$CARGO_TARGET_DIR"
		return
	fi
	local slot
	slot=$(own_slot)
	if [ -n "$slot" ]; then
		exec 8>>"$slot/in-use"
	else
		take_idle_slot
		slot=$TAKEN_SLOT
	fi
	lock_fd -s 8
	export CARGO_TARGET_DIR="$slot"
}

own_slot() {
	local owner
	for owner in "$CACHE_DIR"/target/*/checkout; do
		if [ -f "$owner" ] && [ "$(cat "$owner")" = "$ROOT" ]; then
			dirname "$owner"
			return
		fi
	done
}

take_idle_slot() {
	local number=1
	while :; do
		TAKEN_SLOT="$CACHE_DIR/target/$number"
		mkdir -p "$TAKEN_SLOT"
		exec 8>>"$TAKEN_SLOT/in-use"
		lock_fd -xn 8 && break
		number=$((number + 1))
	done
	find "$TAKEN_SLOT" -type d -path "*/.fingerprint/$(package_name)-*" -prune -exec rm -rf {} +
	printf '%s\n' "$ROOT" >"$TAKEN_SLOT/checkout"
}
