#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The table of kernels we run on, and how each comes into the cache: image, headers, and (once) the
# parts of the kernel source used as tools. It builds and boots nothing; kernels of our own are kernel.sh's.
#
# usage: kernels.sh fetch [NAME...] | source | info NAME | arch NAME | list

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$NSG_VM/apt.sh"
set -euo pipefail

# name            suites                      arch   flavour      series  compiler
#   flavour: of the linux-image-* metapackage, which names the newest; series: not that, but the newest
#   of these; compiler: that of another suite's root ("-": this machine's own)
kernel_table()
{
	cat <<-'EOF'
		debian-6.1        bookworm,bookworm-security  amd64  cloud-amd64  -    -
		debian-6.12       bookworm-backports          amd64  cloud-amd64  -    -
		debian-6.1-rt     bookworm,bookworm-security  amd64  rt-amd64     -    -
		debian-6.12-arm64 bookworm-backports          arm64  cloud-arm64  -    -
		debian-7.2        trixie-backports            amd64  cloud-amd64  7.2  trixie
		debian-7.3        trixie-backports            amd64  cloud-amd64  7.3  trixie
	EOF
}

# usage: kernel_row NAME ; sets K_SUITES K_ARCH K_FLAVOUR K_SERIES K_COMPILER
kernel_row()
{
	local row
	row=$(kernel_table | awk -v n="$1" '$1 == n { print $2, $3, $4, $5, $6 }')
	if [ -z "$row" ]; then
		die "KERNEL=$1: no such kernel, known are: $("$0" list | xargs)"
	fi
	read -r K_SUITES K_ARCH K_FLAVOUR K_SERIES K_COMPILER <<<"$row"
}

# usage: is_ours NAME ; a kernel we build ourselves
is_ours()
{
	"$NSG_VM/kernel.sh" list | grep -qx -- "$1"
}

# The headers name /usr/src for their -common part: make it a path of the cache.
headers_relocate()
{
	local root=$1 file
	grep -rlE '(^|[ =])/usr/(src|lib)/linux-' --include=Makefile --include='*.mk' --include='.kernelvariables' \
		"$root/usr/src" 2>/dev/null | while read -r file; do
		sed -i -E "s#(^|[ =])/usr/(src|lib)/linux-#\1$root/usr/\2/linux-#g" "$file"
	done
}

# usage: newest_image CONF ; of kernel_row, the package's name
newest_image()
{
	if [ "$K_SERIES" = - ]; then
		apt_depends "$1" "linux-image-$K_FLAVOUR" '^linux-image-[0-9]'
	else
		APT_CONFIG=$1 apt-cache pkgnames "linux-image-$K_SERIES" |
			grep -E "^linux-image-[0-9.]+\+deb[0-9.]+-$K_FLAVOUR\$" | sort -V | tail -n 1
	fi
}

# usage: fetch_root SUITE DIR ; the compiler of another suite and what a module's build calls
fetch_root()
{
	local conf packages="gcc-14 gcc make binutils libelf1t64 pahole kmod xz-utils dkms mawk"
	packages+=" bash dash coreutils findutils sed grep diffutils gzip patch perl-base util-linux"
	[ "$(cat "$2/complete" 2>/dev/null)" != "$packages" ] || return 0
	say "fetching the compiler of $1"
	conf=$(apt_config "$1" amd64)
	apt_update "$conf" || die "package lists of $1 not to be had"
	rm -rf "$2"
	# shellcheck disable=SC2086 # a list of package names
	apt_root "$conf" "$2" $packages || die "compiler of $1: download failed"
	# The packages' scripts would have made this link.
	ln -sfn mawk "$2/usr/bin/awk"
	echo "$packages" >"$2/complete"
}

fetch_one()
{
	local name=$1 conf image release version dir deps vmlinuz tools modules root=
	kernel_row "$name"
	"$NSG_VM/deps.sh" "$K_ARCH"
	conf=$(apt_config "$K_SUITES" "$K_ARCH")
	if ! apt_update "$conf"; then
		[ -e "$NSG_CACHE/kernels/$name/env" ] || die "kernel $name: package lists of $K_SUITES not to be had"
		warn "kernel $name: package lists not to be had, the cached kernel is used"
		return 0
	fi
	image=$(newest_image "$conf")
	if [ -z "$image" ]; then
		# Another apt process at work on the same lists shows them empty for a moment.
		[ -e "$NSG_CACHE/kernels/$name/env" ] ||
			die "kernel $name: linux-image-$K_FLAVOUR not found in $K_SUITES"
		warn "kernel $name: linux-image-$K_FLAVOUR not found in $K_SUITES, the cached kernel is used"
		return 0
	fi
	if [ "$K_COMPILER" != - ]; then
		root=$NSG_CACHE/root-$K_COMPILER-amd64
		fetch_root "$K_COMPILER" "$root"
	fi
	release=${image#linux-image-}
	version=$(apt_version "$conf" "$image")
	dir=$NSG_CACHE/kernels/${image}_$version
	if [ ! -e "$dir/env" ]; then
		say "fetching kernel $name: $image $version and its headers"
		# An image may be one package, or several.
		deps=$(apt_depends "$conf" "linux-headers-$release" '^linux-headers-'
			apt_depends "$conf" "$image" '^linux-(base|binary|modules)-')
		# The headers' programs run here, whatever the kernel runs on.
		tools=$(apt_depends "$conf" "linux-headers-$release" '^linux-kbuild-')
		rm -rf "$dir"
		mkdir -p "$dir"
		# shellcheck disable=SC2086 # a list of package names
		apt_unpack "$conf" "$dir" "$image" "linux-headers-$release" $deps ||
			die "kernel $name: download of $image $version failed"
		conf=$(apt_config "$K_SUITES" amd64)
		{ apt_update "$conf" && apt_unpack "$conf" "$dir" "$tools"; } ||
			die "kernel $name: download of $tools failed"
		headers_relocate "$dir"
		vmlinuz=$dir/boot/vmlinuz-$release
		[ -e "$vmlinuz" ] || vmlinuz=$dir/usr/lib/modules/$release/vmlinuz
		[ -e "$vmlinuz" ] || die "kernel $name: $image contains no vmlinuz"
		modules=$dir/lib/modules/$release
		[ -e "$modules" ] || modules=$dir/usr/lib/modules/$release
		# Last, so that an interrupted unpacking is not taken for a whole one.
		cat >"$dir/env" <<-EOF
			K_RELEASE='$release'
			K_VERSION='$version'
			K_ARCH='$K_ARCH'
			K_VMLINUZ='$vmlinuz'
			K_HEADERS='$dir/usr/src/linux-headers-$release'
			K_MODULES='$modules'
			K_ROOT='$root'
		EOF
	fi
	ln -sfn "$(basename "$dir")" "$NSG_CACHE/kernels/$name"
}

# Tools of the kernel source: checkpatch, the kselftest harness, the netlink generator.
fetch_source()
{
	local conf version dir tar top=linux-source-6.12
	conf=$(apt_config bookworm-backports amd64)
	if ! apt_update "$conf"; then
		[ -e "$NSG_CACHE/source/complete" ] || die "package lists of bookworm-backports not to be had"
		return 0
	fi
	version=$(apt_version "$conf" $top)
	[ -n "$version" ] || die "$top not found in bookworm-backports"
	dir=$NSG_CACHE/source-$version
	if [ ! -e "$dir/complete" ]; then
		say "fetching $top $version (checkpatch, kselftest harness, netlink generator)"
		rm -rf "$dir"
		mkdir -p "$dir"
		apt_unpack "$conf" "$dir/deb" "$top=$version" || die "download of $top failed"
		tar=$(find "$dir/deb/usr/src" -name "$top.tar.*" | head -n 1)
		tar -C "$dir" --strip-components=1 -xf "$tar" \
			$top/scripts/checkpatch.pl $top/scripts/spelling.txt \
			$top/scripts/const_structs.checkpatch $top/tools/net/ynl \
			$top/tools/testing/selftests/kselftest.h \
			$top/tools/testing/selftests/kselftest_harness.h \
			$top/Documentation/netlink
		rm -rf "$dir/deb"
		touch "$dir/complete"
	fi
	ln -sfn "$(basename "$dir")" "$NSG_CACHE/source"
}

case ${1:-} in
fetch)
	shift
	[ $# -gt 0 ] || read -ra names <<<"$NSG_KERNELS_DEFAULT"
	[ $# -eq 0 ] || names=("$@")
	for name in "${names[@]}"; do
		if is_ours "$name"; then
			"$NSG_VM/kernel.sh" build "$name"
		else
			with_lock kernels fetch_one "$name"
		fi
	done
	;;
source)
	with_lock source fetch_source
	echo "$NSG_CACHE/source"
	;;
info)
	[ $# -eq 2 ] || die "usage: kernels.sh info NAME"
	if is_ours "$2"; then
		exec "$NSG_VM/kernel.sh" info "$2"
	fi
	kernel_row "$2"
	[ -e "$NSG_CACHE/kernels/$2/env" ] || die "kernel $2 is not in the cache: make kernels"
	cat "$NSG_CACHE/kernels/$2/env"
	;;
arch)
	[ $# -eq 2 ] || die "usage: kernels.sh arch NAME"
	# Ours are all for this machine.
	is_ours "$2" && { echo amd64; exit 0; }
	kernel_row "$2"
	echo "$K_ARCH"
	;;
list)
	kernel_table | awk '{ print $1 }'
	"$NSG_VM/kernel.sh" list
	;;
*)
	die "usage: kernels.sh fetch [NAME...] | source | info NAME | arch NAME | list"
	;;
esac
