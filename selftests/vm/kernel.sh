#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels of our own: Debian's kernel source with a series of patches, configured by configs/, built
# small, and kept in the cache as what guests and module builds need of it. Which ones there are is data,
# configs/kernels.list. It boots nothing, and knows nothing of stock kernels.
#
# usage: kernel.sh build NAME[,NAME...]... | info NAME | cached NAME | list
#   build    what is in the cache already, and made of the same things, is not built again
#   info     the environment of a cached one, as kernels.sh info prints it
#   cached   true if there is nothing to build

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$NSG_VM/apt.sh"
set -euo pipefail

configs=$NSG_VM/configs
# One unpacked source and the objects of one kernel: the only large things, and only one of each.
work=$NSG_CACHE/kernel-build
# To be raised when what is kept of a kernel, or how it is built, changes in this file.
layout=2
usage="usage: kernel.sh build NAME[,NAME...]... | info NAME | cached NAME | list"

names()
{
	awk '!/^#/ && NF { print $1 }' "$configs/kernels.list"
}

# usage: row NAME ; sets suite package series objects memory fragments
row()
{
	local line
	line=$(awk -v n="$1" '$1 == n { $1 = ""; print }' "$configs/kernels.list")
	[ -n "$line" ] || die "KERNEL=$1: not a kernel of ours, these are: $(names | xargs)"
	read -r suite package series objects memory fragments <<<"$line"
}

# usage: key_of VERSION ; what the kernel of row() is made of
key_of()
{
	local f
	{
		echo "layout $layout $package $1"
		gcc --version | head -n 1
		pahole --version 2>/dev/null || echo "no pahole"
		# Remarks are no configuration, and changelogs no change.
		for f in $fragments; do
			grep -E '^(CONFIG_|# CONFIG_[A-Z0-9_]+ is not set)' "$configs/$f.config"
		done
		cat "$configs/configure.sh"
		for f in "$NSG_TREE/$series"/*.patch; do
			sed -n '/^diff --git /,$p' "$f"
		done
	} | sha256sum | cut -c1-16
}

# usage: newest NAME ; sets version, of the suite as it is, or of the cached kernel where nobody answers
newest()
{
	local conf
	conf=$(apt_config "$suite" amd64)
	if apt_update "$conf"; then
		version=$(apt_version "$conf" "$package")
	else
		version=
	fi
	[ -z "$version" ] || return 0
	[ -e "$NSG_CACHE/kernels/$1/source-version" ] || die "kernel $1: $package not found in $suite"
	version=$(cat "$NSG_CACHE/kernels/$1/source-version")
	warn "kernel $1: $package not found in $suite, version $version is taken for the newest"
}

# usage: source_ready ; the patched source of row() and version in $work/source
source_ready()
{
	local tar=$work/${package}_$version.tar.xz stamp log=$work/source.log p
	stamp="$package $version $(cat "$NSG_TREE/$series"/*.patch | sha256sum)"
	[ "$(cat "$work/source.stamp" 2>/dev/null)" != "$stamp" ] || return 0
	rm -rf "$work/source" "$work/source.stamp"
	if [ ! -e "$tar" ]; then
		say "fetching $package $version"
		rm -rf "$work/deb"
		apt_unpack "$(apt_config "$suite" amd64)" "$work/deb" "$package=$version" ||
			die "download of $package $version failed"
		rm -f "$work/${package}"_*.tar.xz
		mv "$work/deb/usr/src/$package.tar.xz" "$tar" || die "$package contains no $package.tar.xz"
		rm -rf "$work/deb"
	fi
	say "unpacking $package $version"
	mkdir "$work/source"
	logged "$log" "unpacking $package" tar -C "$work/source" --strip-components=1 -xf "$tar" || exit 1
	for p in "$NSG_TREE/$series"/*.patch; do
		logged "$log" "$(basename "$p") on $package $version" \
			patch -p1 -f --no-backup-if-mismatch -d "$work/source" -i "$p" || exit 1
	done
	echo "$stamp" >"$work/source.stamp"
}

kmake()
{
	make -C "$work/source" "O=$1" ARCH=x86_64 "${@:2}"
}

# usage: compile NAME OBJECTS ; says how far it is: nobody waits ten minutes for a silent machine
compile()
{
	local name=$1 dir=$2 log=$2/build.log rc=0 pid i done_ started=$SECONDS
	say "building kernel $name: about $objects objects, on $(nproc) CPUs; log $log"
	# Dies with us, whatever we die of.
	setpriv --pdeathsig TERM make -C "$work/source" "O=$dir" ARCH=x86_64 -j"$(nproc)" bzImage modules \
		>"$log" 2>&1 &
	pid=$!
	trap 'kill $pid 2>/dev/null; wait $pid; exit 130' INT TERM
	while kill -0 $pid 2>/dev/null; do
		for ((i = 0; i < 15; i++)); do
			sleep 1
			kill -0 $pid 2>/dev/null || break 2
		done
		done_=$(find "$dir" -name '*.o' | wc -l)
		say "kernel $name: $done_ of about $objects objects, $(minutes $((SECONDS - started)))"
	done
	wait $pid || rc=$?
	trap - INT TERM
	if [ $rc -ne 0 ]; then
		printf 'nsguard: error: building kernel %s failed (exit %d), log %s\n' "$name" $rc "$log" >&2
		grep -nE 'error:|\*\*\*' "$log" | head -n 20 >&2 || tail -n 15 "$log" | sed 's/^/    /' >&2
		exit 1
	fi
	say "kernel $name: $(find "$dir" -name '*.o' | wc -l) objects built in $(minutes $((SECONDS - started)))"
}

minutes()
{
	printf '%d min %02d s' $(($1 / 60)) $(($1 % 60))
}

# usage: keep NAME OBJECTS DIR KEY ; what guests and module builds need, into DIR, env last of all
keep()
{
	local name=$1 dir=$2 to=$3 key=$4 release headers=$3/headers log=$2/keep.log
	release=$(cat "$dir/include/config/kernel.release")
	rm -rf "$to"
	mkdir -p "$to/boot"
	cp "$dir/arch/x86/boot/bzImage" "$to/boot/vmlinuz-$release"
	cp "$dir/System.map" "$to/boot/System.map-$release"
	# The kernel knows itself what building a module takes; the sources it sees are the patched ones.
	logged "$log" "collecting the headers of $name" make -C "$dir" ARCH=x86_64 run-command \
		KBUILD_RUN_COMMAND="\$(srctree)/scripts/package/install-extmod-build $headers" || exit 1
	cp "$dir/.config" "$headers/"
	# Private headers tell argument layouts to the probes where there is no BTF to ask (H6).
	(cd "$dir/source" && find kernel/sched kernel/workqueue_internal.h -name '*.h' -exec cp --parents {} "$headers" \;)
	# BTF for the modules', and symbols for people; without what only a debugger reads.
	logged "$log" "stripping vmlinux of $name" strip -g -o "$headers/vmlinux" "$dir/vmlinux" || exit 1
	logged "$log" "installing the modules of $name" make -C "$dir" ARCH=x86_64 modules_install \
		"INSTALL_MOD_PATH=$to" INSTALL_MOD_STRIP=1 DEPMOD=true || exit 1
	rm -f "$to/lib/modules/$release/build" "$to/lib/modules/$release/source"
	echo "$version" >"$to/source-version"
	echo "$key" >"$to/key"
	# Last, so that an interrupted build is not taken for a whole one.
	cat >"$to/env.new" <<-EOT
		K_RELEASE='$release'
		K_VERSION='$version-$key'
		K_ARCH='amd64'
		K_VMLINUZ='$to/boot/vmlinuz-$release'
		K_HEADERS='$headers'
		K_MODULES='$to/lib/modules/$release'
		K_MEMORY='$memory'
	EOT
	mv "$to/env.new" "$to/env"
}

# usage: make_current NAME DIR ; and what it replaces is removed
make_current()
{
	local old
	ln -sfn "$(basename "$2")" "$NSG_CACHE/kernels/$1"
	for old in "$NSG_CACHE/kernels/$1"_*; do
		[ "$old" = "$2" ] || rm -rf "$old"
	done
}

# usage: build NAME [OBJECTS] ; OBJECTS: a folder where make has been already
build()
{
	local name=$1 ready=${2:-} key dir
	row "$name"
	newest "$name"
	key=$(key_of "$version")
	dir=$NSG_CACHE/kernels/${name}_${version}_$key
	if [ -e "$dir/env" ]; then
		make_current "$name" "$dir"
		return 0
	fi
	mkdir -p "$work"
	exec 9>"$NSG_CACHE/locks/kernel-build"
	if ! flock -n 9; then
		say "kernel $name: another one is being built, waiting for it"
		flock 9
	fi
	if [ ! -e "$dir/env" ] && [ -n "$ready" ]; then
		keep "$name" "$ready" "$dir" "$key"
	elif [ ! -e "$dir/env" ]; then
		[ "$(df -Pk "$work" | awk 'NR == 2 { print $4 }')" -gt 6000000 ] ||
			die "kernel $name: 6 GB are needed in $work to build it"
		source_ready
		# Objects of the same kernel are built on, make knows what is missing.
		if [ "$(cat "$work/objects.key" 2>/dev/null)" != "$key" ]; then
			rm -rf "$work/objects" "$work/objects.key"
			mkdir "$work/objects"
			"$configs/configure.sh" "$name" "$work/source" "$work/objects" || exit 1
			echo "$key" >"$work/objects.key"
		fi
		compile "$name" "$work/objects"
		keep "$name" "$work/objects" "$dir" "$key"
		rm -rf "$work/objects" "$work/objects.key"
	fi
	exec 9>&-
	make_current "$name" "$dir"
}

# usage: is_current NAME VERSION
is_current()
{
	[ "$(cat "$NSG_CACHE/kernels/$1/key" 2>/dev/null)" = "$(key_of "$2")" ]
}

mkdir -p "$NSG_CACHE/locks" "$NSG_CACHE/kernels"
case ${1:-} in
build)
	shift
	[ $# -gt 0 ] || die "which kernel? make kernel KERNEL=a,b of: $(names | xargs)"
	read -ra wanted <<<"${*//,/ }"
	for name in "${wanted[@]}"; do
		row "$name"
	done
	for name in "${wanted[@]}"; do
		build "$name"
	done
	;;
keep)
	[ $# -eq 3 ] || die "$usage"
	build "$2" "$(realpath "$3")"
	;;
info)
	[ $# -eq 2 ] || die "$usage"
	row "$2"
	[ -e "$NSG_CACHE/kernels/$2/env" ] || die "kernel $2 is not in the cache: make kernel KERNEL=$2"
	is_current "$2" "$(cat "$NSG_CACHE/kernels/$2/source-version")" ||
		warn "kernel $2 in the cache is of other patches, options or tools than these: make kernel KERNEL=$2"
	cat "$NSG_CACHE/kernels/$2/env"
	;;
cached)
	[ $# -eq 2 ] || die "$usage"
	row "$2"
	newest "$2"
	is_current "$2" "$version"
	;;
list)
	names
	;;
*)
	die "$usage"
	;;
esac
