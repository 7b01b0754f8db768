# shellcheck shell=bash
# Debian's packages, where the machine has apt.

APT_UPDATED=

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

can_install_packages() {
	has apt-get && { [ "$(id -u)" -eq 0 ] || has sudo; }
}

update_package_lists() {
	[ -z "$APT_UPDATED" ] || return 0
	patiently "Updating the package lists" "a few seconds" as_root apt-get -q update || return
	APT_UPDATED=yes
}

# Never removes a package to make room for another: that is for a person to decide.
install_packages() {
	update_package_lists || return
	patiently "Installing $*" "under a minute" as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get -q -o DPkg::Lock::Timeout=300 install --yes --no-remove --no-install-recommends "$@"
}

# need_packages WHY WHAT PACKAGE…: installs them or ends with a sentence that says
# what is needed in words too, since other systems have other packages.
need_packages() {
	local why=$1 what=$2
	shift 2
	can_install_packages || die "$why. Please install $what (Debian: $*), then run this again."
	install_packages "$@" || die "$why, and installing it failed. What is needed is $what (Debian: $*)."
}
