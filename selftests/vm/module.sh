#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds nsguard.ko and nsguard_stub.ko against one kernel's headers, quickly and without DKMS, into
# build/KERNEL/. The sources are copied first: the tree itself stays clean. Installing is not done here.
#
# usage: module.sh KERNEL | module.sh --kdir DIR     MUTATE=allow, SPARSE=1 in the environment

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/arch.sh
. "$NSG_VM/arch.sh"
set -euo pipefail

usage="usage: module.sh KERNEL | module.sh --kdir DIR"

# usage: build NAME KDIR
build()
{
	local name=$1 kdir=$2 out src list makeargs=()
	out=$NSG_BUILD/$name${MUTATE:+-mutate-$MUTATE}${SPARSE:+-sparse}
	src=$out/src
	list=$(module_sources)
	[ -n "$list" ] || die "no module sources yet (Kbuild, module/, kernel-glue/, uapi/)"
	mkdir -p "$src"
	# A file that is gone from the tree must not be built any longer.
	if [ "$(cat "$out/sources" 2>/dev/null)" != "$list $kdir" ]; then
		rm -rf "$src" "$out"/*.ko
		mkdir -p "$src"
		echo "$list $kdir" >"$out/sources"
	fi
	rsync -a --files-from=<(echo "$list") "$NSG_TREE/" "$src/"
	[ -z "${MUTATE:-}" ] || makeargs+=("MUTATE=$MUTATE")
	[ -z "${SPARSE:-}" ] || makeargs+=("C=2" "CF=-Wno-unknown-attribute")
	rm -f "$out"/*.ko
	say "building the module for $name"
	if ! logged "$out/build.log" "module build for $name" \
		kernel_tools make -j"$(nproc)" -C "$kdir" "M=$src" "${makeargs[@]}" modules; then
		# Warnings are errors to us: shown even where make went on.
		exit 1
	fi
	grep -E 'warning:' "$out/build.log" | grep -v 'the compiler differs' >&2 || true
	cp "$src"/*.ko "$out/" || die "the build for $name left no .ko, log $out/build.log"
}

case ${1:-} in
--kdir)
	[ $# -eq 2 ] || die "$usage"
	[ -e "$2/Makefile" ] || die "KDIR=$2: no kernel headers there"
	arch_set amd64
	with_lock "build-$(echo "$NSG_BUILD" | tr / _)-kdir" build "kdir-$(basename "$2")" "$(realpath "$2")"
	;;
''|-*)
	die "$usage"
	;;
*)
	[ -e "$NSG_CACHE/kernels/$1/env" ] || "$NSG_VM/kernels.sh" fetch "$1"
	info=$("$NSG_VM/kernels.sh" info "$1")
	eval "$info"
	arch_set "$K_ARCH"
	with_lock "build-$(echo "$NSG_BUILD" | tr / _)-$1" build "$1" "$K_HEADERS"
	;;
esac
