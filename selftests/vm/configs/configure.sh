#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Writes the configuration of one of our kernels, and insists that it came out as asked for: Kconfig
# drops an option without a word when something it depends on is missing. Builds nothing.
#
# usage: configure.sh NAME SOURCE OBJECTS
#   NAME     a kernel of kernels.list
#   SOURCE   its unpacked and patched source
#   OBJECTS  folder the configuration goes to, and where the kernel is built later

set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die()
{
	echo "configure.sh: $*" >&2
	exit 1
}

[ $# -eq 3 ] || die "usage: configure.sh NAME SOURCE OBJECTS"
name=$1 source=$2 objects=$3
[ -x "$source/scripts/kconfig/merge_config.sh" ] || die "$source: not a kernel source"
fragments=$(awk -v name="$name" '$1 == name { for (i = 7; i <= NF; i++) print $i }' "$here/kernels.list")
[ -n "$fragments" ] || die "$name: not in $here/kernels.list"

mkdir -p "$objects" || exit 1
make -s -C "$source" O="$objects" ARCH=x86_64 tinyconfig >"$objects/configure.log" 2>&1 ||
	die "tinyconfig failed, see $objects/configure.log"
files=()
for f in $fragments; do
	files+=("$here/$f.config")
done
merge()
{
	(cd "$objects" && "$source/scripts/kconfig/merge_config.sh" -m .config "${files[@]}") || return 1
	make -s -C "$source" O="$objects" ARCH=x86_64 olddefconfig
}
merge >>"$objects/configure.log" 2>&1 || die "merging failed, see $objects/configure.log"

# The last fragment to name an option has the word.
missing=$(cat "${files[@]}" | awk '
	/^CONFIG_[A-Z0-9_]+=/ { split($0, a, "="); want[a[1]] = $0 }
	/^# CONFIG_[A-Z0-9_]+ is not set$/ { want[$2] = $0 }
	END { for (o in want) print want[o] }' | sort | while read -r line; do
	case $line in
	'#'*)
		option=${line#\# }
		grep -q "^${option%% *}=[ym]" "$objects/.config" && echo "$line"
		;;
	*)
		grep -qxF "$line" "$objects/.config" || echo "$line"
		;;
	esac
done)
[ -z "$missing" ] || die "$name: Kconfig did not give:
$missing"
