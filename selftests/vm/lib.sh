# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script of selftests/vm shares: where things are, how to speak, how to fail, how to
# lock the cache. It is sourced and does nothing by itself.

NSG_TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
NSG_VM=$NSG_TREE/selftests/vm
NSG_BUILD=${NSGUARD_BUILD:-$NSG_TREE/build}
NSG_CACHE=${NSGUARD_CACHE:-${HOME:-/root}/.cache/nsguard}
if ! mkdir -p "$NSG_CACHE" 2>/dev/null || [ ! -w "$NSG_CACHE" ]; then
	NSG_CACHE=$NSG_BUILD/cache
	mkdir -p "$NSG_CACHE"
fi
NSG_KERNELS_DEFAULT=$(awk '$2 == "check" { print $1 }' "$NSG_VM/suites.list" | xargs)
PATH=$PATH:/usr/sbin:/sbin
export NSG_TREE NSG_VM NSG_BUILD NSG_CACHE NSG_KERNELS_DEFAULT PATH
# What was said to our make is not meant for the makes below: CHECK= has another meaning to the kernel's.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
# A translated tool would break what is parsed from it.
export LC_ALL=C

# Progress goes to stderr: stdout belongs to the guest's job.
say()
{
	if [ -z "${NSG_QUIET:-}" ]; then
		printf 'nsguard: %s\n' "$*" >&2
	fi
}

warn()
{
	printf 'nsguard: warning: %s\n' "$*" >&2
}

die()
{
	printf 'nsguard: error: %s\n' "$*" >&2
	exit 1
}

# usage: with_lock NAME command...
# One holder per name and cache, so that two makes on one machine do not download the same twice.
with_lock()
{
	local name=$1 rc=0
	shift
	mkdir -p "$NSG_CACHE/locks"
	exec {lock_fd}>"$NSG_CACHE/locks/$name"
	flock -w 900 "$lock_fd" || die "lock $name is held for 15 minutes: $NSG_CACHE/locks/$name"
	"$@" || rc=$?
	exec {lock_fd}>&-
	return $rc
}

# usage: logged FILE what command...
# Runs quietly; on failure shows what failed, where the whole log is, and its tail.
logged()
{
	local log=$1 what=$2 rc=0
	shift 2
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 || rc=$?
	if [ $rc -ne 0 ]; then
		printf 'nsguard: error: %s failed (exit %d), log %s\n' "$what" "$rc" "$log" >&2
		grep -nE '(error|ERROR)[: ]|\*\*\*' "$log" | head -20 >&2 || tail -n 15 "$log" | sed 's/^/    /' >&2
	fi
	return $rc
}

# usage: hash_of file... ; the content of files and nothing else (names relative to the tree)
hash_of()
{
	sha256sum "$@" | sed "s|$NSG_TREE/||" | sha256sum | cut -c1-16
}

# Sources a kernel module is made of, relative to the tree, sorted.
module_sources()
{
	(
		cd "$NSG_TREE" || exit 1
		for d in Kbuild dkms.conf module kernel-glue uapi; do
			[ -e "$d" ] && find "$d" -type f ! -name '*.o' ! -name '*.ko' ! -name '*.cmd' \
				! -name '*.mod' ! -name '*.mod.c' ! -path 'kernel-glue/patches/*'
		done
	) | sort
}

# usage: cached_value FILE MAX_AGE_SECONDS ; true if FILE is younger
is_fresh()
{
	[ -e "$1" ] && [ $(($(date +%s) - $(stat -c %Y "$1"))) -lt "$2" ]
}
