#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One command, one script or a shell in a guest with nsguard loaded. Output and errors pass through
# unchanged and live, the exit status is the command's. For tests see check.sh.
#
# usage: run.sh KERNEL --cmd COMMAND | --script FILE | --shell
# environment: LOAD=no (nsguard not loaded), CMDLINE=..., TIMEOUT=seconds, MODULES=dir (take *.ko there),
# FILES=dir (copied over the guest's root; programs in usr/lib/nsguard-* get their libraries), WORK=name (folder under build/run, kept),
# COUNTED=yes (instructions are counted, see guest.sh), MEMORY=MiB, GUEST_MODULES='...' (more of the kernel's own)

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/arch.sh
. "$NSG_VM/arch.sh"
# shellcheck source=selftests/vm/image.sh
. "$NSG_VM/image.sh"
# shellcheck source=selftests/vm/guest.sh
. "$NSG_VM/guest.sh"
set -uo pipefail

usage="usage: run.sh KERNEL --cmd COMMAND | --script FILE | --shell"
[ $# -ge 2 ] || die "$usage"
kernel=$1
kind=$2
case ${LOAD:-yes} in yes|no) ;; *) die "LOAD=$LOAD: it is yes or no" ;; esac
[ -e "$NSG_CACHE/kernels/$kernel/env" ] || "$NSG_VM/kernels.sh" fetch "$kernel" || exit 1
info=$("$NSG_VM/kernels.sh" info "$kernel") || exit 1
eval "$info"
arch_set "$K_ARCH"

modules=()
dir=${MODULES:-$NSG_BUILD/$kernel}
for ko in "$dir"/*.ko; do
	[ ! -e "$ko" ] || modules+=("$ko")
done
if [ "${LOAD:-yes}" = yes ] && [ ${#modules[@]} -eq 0 ]; then
	die "no module in $dir: make module KERNEL=$kernel (or LOAD=no)"
fi

mkdir -p "$NSG_BUILD/run"
if [ -n "${WORK:-}" ]; then
	work=$NSG_BUILD/run/$WORK
	rm -rf "$work"
	mkdir -p "$work"
else
	work=$(mktemp -d "$NSG_BUILD/run/$kernel.XXXXXX")
fi
# The folder stays when something went wrong: it holds the log.
# shellcheck disable=SC2317 # called by the trap
cleanup()
{
	local rc=$?
	rm -rf "$work/root" "$work/initrd" "$work/out" "$work/err"
	[ -e "$work/trouble" ] || [ -n "${WORK:-}" ] || rm -rf "$work"
	exit "$rc"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

job_root "$work/root" "${modules[@]}"
if [ -n "${FILES:-}" ]; then
	cp -a "$FILES/." "$work/root/"
	for f in "$work"/root/usr/lib/nsguard-*/*; do
		[ ! -f "$f" ] || [ ! -x "$f" ] || copy_libs "$work/root" "$f"
	done
fi
case $kind in
--cmd)
	[ -n "${3:-}" ] || die "CMD= is empty"
	printf '%s\n' "$3" >"$work/root/job/command"
	;;
--script)
	[ -r "${3:-}" ] || die "SCRIPT=${3:-}: cannot be read"
	cp "$3" "$work/root/job/script"
	chmod 755 "$work/root/job/script"
	if head -c 2 "$3" | grep -q '#!'; then
		echo 'exec /job/script' >"$work/root/job/command"
	else
		echo '. /job/script' >"$work/root/job/command"
	fi
	;;
--shell)
	[ -t 0 ] || die "make shell wants a terminal; without one: make run CMD=..."
	: >"$work/root/job/command"
	;;
*)
	die "$usage"
	;;
esac
read -r rows cols <<<"$(stty size 2>/dev/null || echo 24 80)"
cat >"$work/root/job/env" <<EOF
JOB_LOAD=${LOAD:-yes}
JOB_OUT=/dev/$A_OUT
JOB_ERR=/dev/$A_ERR
JOB_KIND=${kind#--}
JOB_ROWS=$rows
JOB_COLS=$cols
JOB_TERM=${TERM:-linux}
EOF
archive "$work/root" "$work/job.cpio"
base=$(image_base) || exit 1
cat "$base" "$work/job.cpio" >"$work/initrd"
rm -f "$work/job.cpio"

say "booting $kernel ($K_RELEASE)"
if [ "$kind" = --shell ]; then
	saved=$(stty -g)
	stty raw -echo
	guest_machine
	"${machine[@]}" -initrd "$work/initrd" \
		-append "console=$A_LOG panic=-1 ${CMDLINE:-}" \
		-chardev "file,id=log,path=$work/console.log" -chardev stdio,id=out,signal=off \
		-chardev null,id=err "${A_LINES[@]}"
	rc=$?
	stty "$saved"
	echo
	[ "$rc" -eq 0 ] || exit "$rc"
	guest_verdict "$work" 0 0
	exit $?
fi

mkfifo "$work/out" "$work/err"
# A write end of our own each: the readers see the end when we close it, even if QEMU never opened it.
exec 7<>"$work/out" 8<>"$work/err"
cat "$work/out" 7>&- 8>&- &
cat_out=$!
cat "$work/err" >&2 7>&- 8>&- &
cat_err=$!
guest_boot "$work" "$work/initrd" "${CMDLINE:-}" "${TIMEOUT:-120}" "$work/out" "$work/err" 7>&- 8>&-
rc=$?
exec 7>&- 8>&-
wait $cat_out $cat_err
exit $rc
