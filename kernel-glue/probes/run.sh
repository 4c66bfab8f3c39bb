#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Asks the kernel's headers every question of this folder and writes the answers to a header: a probe
# that compiles defines NSGUARD_HAVE_<ITS NAME>. Called by Kbuild. It knows no version number.
#
# usage: run.sh OUTPUT PROBES COMPILER FLAGS...

set -u

out=$1
dir=$2
shift 2

object=$out.o
log=$out.log
# The Makefile's own flags for a dependency file would leave one beside the sources.
unset DEPENDENCIES_OUTPUT SUNPRO_DEPENDENCIES

# usage: compiles FILE COMPILER FLAGS...
compiles()
{
	file=$1
	shift
	echo "=== $file" >>"$log"
	"$@" -Werror=implicit-function-declaration -Werror=incompatible-pointer-types \
		-c -o "$object" "$file" >>"$log" 2>&1
}

: >"$log"

# A broken toolchain, or headers that are not there, must not read as "feature absent"; nor a
# compiler that takes everything as "present".
if ! compiles "$dir/sanity.c" "$@"; then
	echo "nsguard: probes/sanity.c does not compile, the kernel headers or the compiler are broken:" >&2
	tail -n 20 "$log" >&2
	exit 1
fi
if compiles "$dir/insanity.c" "$@"; then
	echo "nsguard: probes/insanity.c compiles, which it must not: no probe can be believed" >&2
	exit 1
fi

{
	echo "/* Written by kernel-glue/probes/run.sh: what this kernel has. */"
	for probe in "$dir"/*.c; do
		name=$(basename "$probe" .c)
		case $name in
		sanity | insanity) continue ;;
		esac
		if compiles "$probe" "$@"; then
			echo "#define NSGUARD_HAVE_$(echo "$name" | tr 'a-z-' 'A-Z_') 1"
		fi
	done
} >"$out.new"
rm -f "$object"
mv "$out.new" "$out"
