#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Does each series of kernel-glue/patches go onto the kernel sources of bases.list the way its README
# says, with git am, and is every patch clean under checkpatch --strict? And, H29, is nobody forgotten who
# calls or implements what it changes, compiled here or not? Compiles nothing: kernel.sh does.
#
# usage: patches.sh [SERIES...]

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$NSG_VM/apt.sh"
set -uo pipefail

patches=$NSG_TREE/kernel-glue/patches
cache=$NSG_CACHE/patches
callers=$NSG_VM/callers.py
checkpatch=(scripts/checkpatch.pl scripts/spelling.txt scripts/const_structs.checkpatch)
out=$NSG_BUILD/patches
failed=0

fail()
{
	echo "patches: FAILED $*"
	failed=$((failed + 1))
}

# usage: touched SERIES ; the files of the kernel it changes or creates
touched()
{
	sed -n 's|^+++ b/||p' "$patches/$1"/*.patch | sort -u
}

# usage: newest SUITE PACKAGE ; the version there, or the one kept where nobody answers
newest()
{
	local conf version=
	conf=$(apt_config "$1" amd64)
	! apt_update "$conf" || version=$(apt_version "$conf" "$2")
	if [ -z "$version" ]; then
		version=$(cat "$cache/$1.$2" 2>/dev/null)
		[ -n "$version" ] || return 1
		warn "$2 of $1: package lists not to be had, $version is taken for the newest"
	fi
	echo "$version" >"$cache/$1.$2"
	echo "$version"
}

# usage: tarball SUITE PACKAGE VERSION ; kernel.sh may have left it, else it is fetched
tarball()
{
	local tar=$NSG_CACHE/kernel-build/$2_$3.tar.xz
	if [ ! -e "$tar" ]; then
		say "fetching $2 $3"
		rm -rf "$cache/deb"
		apt_unpack "$(apt_config "$1" amd64)" "$cache/deb" "$2=$3" || return 1
		tar=$cache/deb/usr/src/$2.tar.xz
	fi
	echo "$tar"
}

# usage: source_of SERIES SUITE PACKAGE VERSION ; a folder with what the series touches, and whatever else
# mentions the functions it changes, as Debian has it
source_of()
{
	local dir=$cache/$3_$4 tar wanted
	wanted=$(printf '%s\n' "$(touched "$1")" "${checkpatch[@]}" && cat "$callers")
	if [ "$(cat "$dir/files" 2>/dev/null)" != "$wanted" ]; then
		tar=$(tarball "$2" "$3" "$4") || return 1
		rm -rf "$dir"
		mkdir -p "$dir/source"
		# What a patch creates is not there, so tar complains; git am would about anything else.
		# shellcheck disable=SC2046,SC2059 # a list of names, and what comes before each
		printf "$3/%s\\n" $(touched "$1") "${checkpatch[@]}" | tar -C "$dir/source" --strip-components=1 -xf "$tar" -T - 2>"$dir/tar.log"
		/usr/bin/python3 -B "$callers" take "$tar" "$dir/source" || return 1
		rm -rf "$cache/deb"
		[ -e "$dir/source/scripts/checkpatch.pl" ] || return 1
		echo "$wanted" >"$dir/files"
	fi
	echo "$dir/source"
}

# usage: apply SERIES SOURCE LOG ; the README's way in, as somebody with no configuration of git
apply()
{
	local tree=$out/tree
	rm -rf "$tree"
	cp -r "$2" "$tree"
	(
		cd "$tree" || exit 1
		export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
		export GIT_AUTHOR_NAME=base GIT_AUTHOR_EMAIL=base GIT_COMMITTER_NAME=base GIT_COMMITTER_EMAIL=base
		git init -q && git add -f . && git commit -qm base && git tag base || exit 1
		unset GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL
		git am "$patches/$1"/*.patch && git diff --check base
	) >"$3" 2>&1
}

# usage: try SERIES SUITE PACKAGE
try()
{
	local version source log p n=0 what before=$failed
	version=$(newest "$2" "$3") || { fail "$1: $3 not found in $2"; return; }
	what="$1 on $3 $version of $2"
	source=$(source_of "$1" "$2" "$3" "$version") || { fail "$what: source not to be had"; return; }
	log=$out/$1-$version.log
	if ! apply "$1" "$source" "$log"; then
		grep -v '^hint:' "$log" | sed 's/^/    /'
		fail "$what: git am, see $log"
		return
	fi
	for p in "$patches/$1"/*.patch; do
		n=$((n + 1))
		(cd "$out/tree" && perl "$source/scripts/checkpatch.pl" --strict --no-tree --no-summary --terse "$p") \
			>"$log" 2>/dev/null && continue
		sed 's/^/    /' "$log"
		fail "$what: checkpatch on $(basename "$p")"
	done
	if ! /usr/bin/python3 -B "$callers" check "$out/tree" >"$log"; then
		sed 's/^/    /' "$log"
		fail "$what: a caller or an implementation is forgotten (H29)"
	fi
	[ $failed -ne "$before" ] || echo "patches: $what: git am and checkpatch --strict of $n patches, $(cat "$log")"
}

mkdir -p "$out" "$cache"
wanted=" $* "
known=$(awk '!/^#/ && NF { print $1 }' "$patches/bases.list" | sort -u | xargs)
for series in "$@"; do
	[[ " $known " == *" $series "* ]] || die "no series $series in kernel-glue/patches/bases.list, there are: $known"
done
while read -r series suite package; do
	[ $# -eq 0 ] || [[ "$wanted" == *" $series "* ]] || continue
	try "$series" "$suite" "$package"
done < <(grep -v '^#' "$patches/bases.list")
rm -rf "$out/tree"
[ $failed -eq 0 ] || die "$failed of the checks of kernel-glue/patches failed"
