# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What differs from one architecture to another: the emulated machine and its three serial lines, the
# compilers, where the guest's programs lie. Here and nowhere else, keyed by K_ARCH of a kernel's
# environment. Sourced after lib.sh; it fetches and runs nothing.

# usage: arch_set K_ARCH ; sets A_*
#   A_DKMS, A_TRIPLET   the architecture's names elsewhere
#   A_ENV               environment of a kernel's make and of dkms
#   A_QEMU              the emulator, its machine and CPU
#   A_LINES             devices of the chardevs log (kernel log), out and err (the job's output)
#   A_LOG A_OUT A_ERR   what the guest calls them
#   A_BUILD             where nsguardctl and the test programs of the architecture are built
#   A_ROOT              where its programs and libraries lie: "" is this machine (user.sh fills others)
#   A_CROSS             prefix of its compiler
# shellcheck disable=SC2034,SC2054 # for those who source this; commas are QEMU's
arch_set()
{
	case $1 in
	amd64)
		A_DKMS=x86_64 A_TRIPLET=x86_64-linux-gnu
		A_ENV=()
		# Four levels of page tables: while identify_cpu() of 7.3 forgets the CPU's features for a moment,
		# an interrupt on a machine of five makes KASAN report a wild access that is none.
		A_QEMU=(qemu-system-x86_64 -M pc -cpu max,la57=off)
		# The third port has the first one's interrupt, as on the first PCs: a kernel without ACPI's
		# word takes it so.
		A_LINES=(-device isa-serial,chardev=log -device isa-serial,chardev=out
			-device isa-serial,chardev=err,iobase=0x3e8,irq=4)
		A_LOG=ttyS0 A_OUT=ttyS1 A_ERR=ttyS2
		A_BUILD=$NSG_BUILD A_ROOT='' A_CROSS=''
		;;
	arm64)
		A_DKMS=aarch64 A_TRIPLET=aarch64-linux-gnu
		A_ENV=(ARCH=arm64 "CROSS_COMPILE=$A_TRIPLET-")
		# The machine has one line of its own; those on PCI are numbered by their place.
		A_QEMU=(qemu-system-aarch64 -M virt -cpu max)
		A_LINES=(-serial chardev:log -device pci-serial,chardev=out,addr=4
			-device pci-serial,chardev=err,addr=5)
		A_LOG=ttyAMA0 A_OUT=ttyS0 A_ERR=ttyS1
		A_BUILD=$NSG_BUILD/$1 A_ROOT=$NSG_CACHE/root-bookworm-$1
		A_CROSS=$A_TRIPLET-
		;;
	*)
		die "architecture $1: not one we know to build for and to run"
		;;
	esac
}

# usage: kernel_tools COMMAND... ; runs it with the compilers of the kernel K_* (arch_set before): this
# machine's, a cross compiler, or those of another suite in its root (K_ROOT)
kernel_tools()
{
	local d how=(--mount) dirs=(/proc /dev "$NSG_BUILD" "$NSG_CACHE" "$NSG_TREE")
	if [ -z "${K_ROOT:-}" ]; then
		env "${A_ENV[@]}" "$@"
		return
	fi
	for d in "${dirs[@]}"; do
		mkdir -p "$K_ROOT$d"
	done
	mkdir -p "$K_ROOT/tmp"
	[ "$(id -u)" -eq 0 ] || how+=(--map-root-user)
	# The same paths inside as outside; gone with the command.
	# shellcheck disable=SC2016 # the inner shell's variables
	unshare "${how[@]}" bash -c '
		root=$1 n=$2
		shift 2
		for ((; n > 0; n--)); do
			mount --rbind "$1" "$root$1" || exit 1
			shift
		done
		PATH=/usr/sbin:/usr/bin exec chroot "$root" "$@"' \
		kernel_tools "$K_ROOT" ${#dirs[@]} "${dirs[@]}" env "${A_ENV[@]}" "$@"
}

