# shellcheck shell=bash
# What a person sees while a script works: short lines on standard error, the
# output of long commands in a log.

say() { printf '%s\n' "$*" >&2; }

die() {
	say "Stopped: $*"
	exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

duration() {
	if [ "$1" -lt 60 ]; then
		printf '%d s' "$1"
	else
		printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
	fi
}

# Says once a minute that the work goes on. It looks for its script every second
# so that it never outlives it.
heartbeat() {
	local what=$1 started=$SECONDS
	while sleep 1 && kill -0 "$$" 2>/dev/null; do
		[ $(((SECONDS - started) % 60)) -ne 0 ] || say "  … $what: $(duration $((SECONDS - started))) so far"
	done
}

show_failure() {
	local log=$1
	say "The last lines of $log:"
	tail -n 20 "$log" | sed 's/^/  | /' >&2
}

# patiently WHAT USUALLY COMMAND…: runs COMMAND into a log file and says what is
# being waited for.
patiently() {
	local what=$1 usually=$2 log started=$SECONDS beat status=0
	shift 2
	log="$LOG_DIR/$(printf '%s' "$what" | tr -cs '[:alnum:].\n' '-').log"
	say "$what (usually $usually; log: $log)"
	heartbeat "$what" 8>&- 9>&- &
	beat=$!
	("$@") >"$log" 2>&1 </dev/null || status=$?
	kill "$beat" 2>/dev/null || true
	wait "$beat" 2>/dev/null || true
	if [ "$status" -eq 0 ]; then
		say "  done in $(duration $((SECONDS - started)))"
	else
		show_failure "$log"
		say "$what failed after $(duration $((SECONDS - started)))."
	fi
	return "$status"
}
