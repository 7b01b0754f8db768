# shellcheck shell=bash
# Settings from .env, for the developer's own server.

setup_dotenv() {
	[ -f "$ROOT/.env" ] || {
		cp "$ROOT/.env.example" "$ROOT/.env"
		say "Made .env from .env.example; settings go there."
	}
	load_dotenv "$ROOT/.env"
}

# What is set already wins.
load_dotenv() {
	local line key value
	while IFS= read -r line || [ -n "$line" ]; do
		line=${line%$'\r'}
		line=${line#export }
		[[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] || continue
		key=${BASH_REMATCH[1]}
		value=$(unquoted "${BASH_REMATCH[2]}")
		[ -n "${!key+set}" ] || export "$key=$value"
	done <"$1"
}

# As the server reads it: after a blank, a # outside of quotes begins a comment.
unquoted() {
	local comment='[[:space:]]+(#.*)?$'
	local double='^("(\\.|[^"\])*")'$comment single="^('[^']*')"$comment bare="^([^\"'[:space:]]*)"$comment
	if [[ $1 =~ $double || $1 =~ $single || $1 =~ $bare ]]; then
		set -- "${BASH_REMATCH[1]}"
	fi
	case $1 in
	\"*\") set -- "${1#\"}" && printf '%s' "${1%\"}" ;;
	\'*\') set -- "${1#\'}" && printf '%s' "${1%\'}" ;;
	*) printf '%s' "$1" ;;
	esac
}
