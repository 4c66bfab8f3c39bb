#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install: nsguardctl, its man page, completion and systemd unit, and the module's source for DKMS. The module
# itself is built and installed by DKMS: the two commands for that are printed, not run.
#
# usage: install.sh DESTDIR PREFIX

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
set -euo pipefail

[ $# -eq 2 ] || die "usage: install.sh DESTDIR PREFIX"
dest=$1
prefix=$2
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$NSG_TREE/dkms.conf")

# usage: put MODE SOURCE TARGET
put()
{
	install -D -m "$1" "$2" "$dest$3" || die "cannot install $dest$3"
	echo "$dest$3"
}

put 755 "$NSG_BUILD/cli/nsguardctl" "$prefix/sbin/nsguardctl"
put 644 "$NSG_TREE/cli/nsguardctl.8" "$prefix/share/man/man8/nsguardctl.8"
put 644 "$NSG_TREE/cli/nsguardctl.bash" "$prefix/share/bash-completion/completions/nsguardctl"
install -d "$dest$prefix/lib/systemd/system" || die "cannot make $dest$prefix/lib/systemd/system"
sed "s|/usr/sbin/nsguardctl|$prefix/sbin/nsguardctl|" "$NSG_TREE/cli/nsguard.service" \
	>"$dest$prefix/lib/systemd/system/nsguard.service"
echo "$dest$prefix/lib/systemd/system/nsguard.service"
# DKMS looks there and nowhere else, whatever the prefix is.
"$NSG_VM/dkms.sh" --source "$dest/usr/src/nsguard-$version"
echo "$dest/usr/src/nsguard-$version"
if [ -z "$dest" ]; then
	echo "now: dkms install nsguard/$version && modprobe nsguard (at every boot: systemctl enable nsguard)"
fi
