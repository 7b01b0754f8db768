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

unquoted() {
	case $1 in
	\"*\") set -- "${1#\"}" && printf '%s' "${1%\"}" ;;
	\'*\') set -- "${1#\'}" && printf '%s' "${1%\'}" ;;
	*) printf '%s' "$1" ;;
	esac
}
