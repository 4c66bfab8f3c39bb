#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs what building and testing need on Debian 12. Root: what is missing is installed. Anybody
# else: the one apt line is printed and nothing is done (exit 2). It fetches no kernel.
#
# usage: deps.sh [cli | bench | ARCH] ; cli: only what nsguardctl is built with. bench: what make bench wants
# beside the usual. ARCH: guests of that architecture, too

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$NSG_VM/apt.sh"
set -euo pipefail

which=${1:-amd64}
packages="build-essential pkg-config rsync libnl-genl-3-dev libjson-c-dev"
if [ "$which" != cli ]; then
	packages+=" bc bison flex libelf-dev libssl-dev pahole dkms kmod cpio xz-utils zstd libmnl-dev"
	packages+=" python3-yaml python3-jsonschema busybox-static util-linux iproute2 strace bash"
	packages+=" sparse shellcheck cppcheck man-db git ca-certificates clang libbpf-dev libclang-rt-dev"
fi
# Bookworm's 7.2 crashes stock 6.12 kernels at random under software emulation; 10 does not.
qemu_packages="qemu-system-x86 ipxe-qemu seabios"
qemu_names=qemu-system-x86_64
qemu_major=10
case $which in
cli) qemu_names= ;;
amd64) ;;
bench) packages+=" nftables python3-matplotlib" ;;
arm64)
	packages+=" gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
	qemu_packages+=" qemu-system-arm"
	qemu_names+=" qemu-system-aarch64"
	;;
*) die "usage: deps.sh [cli | bench | amd64 | arm64]" ;;
esac

missing()
{
	local p have
	# shellcheck disable=SC2086 # a list of package names
	have=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' $packages 2>/dev/null || true)"
	for p in $packages; do
		case $have in *" $p=installed "*) ;; *) printf '%s ' "$p" ;; esac
	done
}

qemu_is_new()
{
	local v name
	for name in $qemu_names; do
		v=$("$name" --version 2>/dev/null | sed -nE '1s/.*version ([0-9]+).*/\1/p')
		[ "${v:-0}" -ge $qemu_major ] || return 1
	done
}

# QEMU's packages in the words of an apt line that names the suite of each.
backported()
{
	local p
	for p in $qemu_packages qemu-system-common qemu-system-data; do
		case $p in qemu-*) printf '%s/bookworm-backports ' "$p" ;; esac
	done
}

# Other package work on the machine may hold dpkg's lock: wait for it, and try again after a failure.
install_packages()
{
	local conf=$1 try
	shift
	for try in 1 2 3; do
		APT_CONFIG=$conf apt_update "$conf" || return 1
		if DEBIAN_FRONTEND=noninteractive APT_CONFIG=$conf timeout 900 apt-get -q -y \
			-o DPkg::Lock::Timeout=300 --no-install-recommends "$@"; then
			return 0
		fi
		[ "$try" = 3 ] || { sleep 5; export NSGUARD_REFRESH=1; }
	done
	return 1
}

main()
{
	local need conf backports="deb $NSG_MIRROR bookworm-backports main"
	need=$(missing)
	if [ -z "$need" ] && qemu_is_new; then
		return 0
	fi
	if [ "$(id -u)" -ne 0 ]; then
		need=${need% }
		{
			echo "nsguard: packages are missing and only root can install them. As root:"
			if qemu_is_new; then
				echo "apt-get install -y --no-install-recommends $need"
			else
				echo "echo '$backports' > /etc/apt/sources.list.d/nsguard-backports.list &&" \
					"apt-get update && apt-get install -y --no-install-recommends" \
					"${need:+$need }$(backported)"
			fi
		} >&2
		exit 2
	fi
	if [ -n "$need" ]; then
		say "installing $need"
		conf=$(apt_config bookworm,bookworm-updates,bookworm-security amd64)
		# shellcheck disable=SC2086 # a list of package names
		logged "$NSG_BUILD/logs/deps.log" "installing packages" install_packages "$conf" install $need || exit 1
	fi
	if ! qemu_is_new; then
		say "installing QEMU from bookworm-backports"
		conf=$(apt_config bookworm,bookworm-updates,bookworm-security,bookworm-backports amd64)
		# shellcheck disable=SC2086 # a list of package names
		logged "$NSG_BUILD/logs/deps-qemu.log" "installing QEMU" \
			install_packages "$conf" install -t bookworm-backports $qemu_packages || exit 1
		qemu_is_new || die "QEMU is still older than $qemu_major: $NSG_BUILD/logs/deps-qemu.log"
	fi
}

with_lock deps main
