#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The module as users get it: dkms add and dkms build for one kernel of the cache, in private trees,
# into build/dkms/KERNEL/. Nothing is built again while sources and headers are the same ones.
#
# usage: dkms.sh KERNEL | dkms.sh --source DIR (only the source tree, as dkms and make install want it)

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/arch.sh
. "$NSG_VM/arch.sh"
set -euo pipefail

version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' "$NSG_TREE/dkms.conf")

# usage: source_tree DIR
source_tree()
{
	local list
	list=$(module_sources)
	[ -n "$list" ] || die "no module sources"
	rm -rf "$1"
	mkdir -p "$1"
	rsync -a --files-from=<(echo "$list") "$NSG_TREE/" "$1/"
	cp "$NSG_TREE/LICENSE" "$1/"
}

build()
{
	local name=$1 out=$NSG_BUILD/dkms/$1 key log ko
	local opts=(-m nsguard -v "$version")
	# shellcheck disable=SC2046 # a list of file names without blanks
	key="$(cd "$NSG_TREE" && sha256sum $(module_sources) | sha256sum | cut -c1-16) $K_RELEASE $K_VERSION $version"
	if [ "$(cat "$out/key" 2>/dev/null)" = "$key" ] && [ -e "$out/nsguard.ko" ]; then
		return 0
	fi
	say "DKMS builds nsguard $version for $name ($K_RELEASE)"
	rm -rf "$out"
	mkdir -p "$out/tree"
	source_tree "$out/usr-src/nsguard-$version"
	opts+=(--dkmstree "$out/tree" --sourcetree "$out/usr-src")
	logged "$out/add.log" "dkms add" kernel_tools dkms add "${opts[@]}" || exit 1
	if ! logged "$out/build.log" "dkms build for $name" \
		kernel_tools dkms build "${opts[@]}" -k "$K_RELEASE" -a "$A_DKMS" --kernelsourcedir "$K_HEADERS"; then
		log=$out/tree/nsguard/$version/build/make.log
		if [ -e "$log" ]; then
			echo "nsguard: the compiler's part of it, $log:" >&2
			grep -E 'error|warning' "$log" | head -20 >&2 || tail -n 20 "$log" >&2
		fi
		exit 1
	fi
	for ko in nsguard nsguard_stub; do
		cp "$out/tree/nsguard/$version/$K_RELEASE/$A_DKMS/module/$ko.ko" "$out/" ||
			die "DKMS left no $ko.ko for $name"
	done
	echo "$key" >"$out/key"
}

case ${1:-} in
--source)
	[ $# -eq 2 ] || die "usage: dkms.sh --source DIR"
	source_tree "$2"
	;;
''|-*)
	die "usage: dkms.sh KERNEL | --source DIR"
	;;
*)
	[ -e "$NSG_CACHE/kernels/$1/env" ] || "$NSG_VM/kernels.sh" fetch "$1"
	info=$("$NSG_VM/kernels.sh" info "$1")
	eval "$info"
	arch_set "$K_ARCH"
	with_lock "build-$(echo "$NSG_BUILD" | tr / _)-dkms-$1" build "$1"
	;;
esac
