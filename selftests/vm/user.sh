#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# nsguardctl and the test programs for one architecture, into its A_BUILD; for another one than this
# machine's with a cross compiler, against libraries of its own Debian (fetched once). No modules here.
#
# usage: user.sh ARCH cli | user.sh ARCH tests

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$NSG_VM/apt.sh"
# shellcheck source=selftests/vm/arch.sh
. "$NSG_VM/arch.sh"
set -euo pipefail

# What programs are built with, and what the guest's image wants of another architecture.
root_packages="libnl-genl-3-dev libjson-c-dev libmnl-dev
	busybox-static bash util-linux iproute2 strace kmod coreutils"

usage="usage: user.sh ARCH cli|tests"
[ $# -eq 2 ] || die "$usage"
arch_set "$1"

root_fetch()
{
	local conf
	# The list above is part of what it is.
	[ "$(cat "$A_ROOT/complete" 2>/dev/null)" != "$root_packages" ] || return 0
	say "fetching programs and libraries of $A_TRIPLET"
	conf=$(apt_config bookworm,bookworm-updates,bookworm-security "$1")
	apt_update "$conf" || die "package lists of $1 not to be had"
	rm -rf "$A_ROOT"
	# shellcheck disable=SC2086 # a list of package names
	apt_root "$conf" "$A_ROOT" $root_packages || die "programs and libraries of $1: download failed"
	echo "$root_packages" >"$A_ROOT/complete"
}

vars=()
if [ -n "$A_ROOT" ]; then
	with_lock "root-$1" root_fetch "$1"
	export PKG_CONFIG_LIBDIR=$A_ROOT/usr/lib/$A_TRIPLET/pkgconfig:$A_ROOT/usr/share/pkgconfig
	export PKG_CONFIG_SYSROOT_DIR=$A_ROOT
	# What our libraries want themselves lies in the same folder.
	vars=("CC=${A_CROSS}gcc" "LDFLAGS=-Wl,-rpath-link=$A_ROOT/usr/lib/$A_TRIPLET")
fi
case $2 in
cli)
	logged "$A_BUILD/logs/cli.log" "building nsguardctl${A_ROOT:+ for $1}" \
		make -C "$NSG_TREE/cli" "O=$A_BUILD/cli" "${vars[@]}"
	;;
tests)
	harness=$("$NSG_VM/kernels.sh" source)/tools/testing/selftests
	logged "$A_BUILD/logs/tests.log" "building the test programs${A_ROOT:+ for $1}" \
		make -j"$(nproc)" -C "$NSG_TREE/selftests" "O=$A_BUILD/tests" "HARNESS=$harness" \
		"${vars[@]}" all
	;;
*)
	die "$usage"
	;;
esac
