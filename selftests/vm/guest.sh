# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# One guest from power-on to verdict: start QEMU, pass the job's output on, bound its life, read its exit
# status, search the kernel log for trouble. Sourced after lib.sh and arch.sh, used after arch_set with a kernel's
# K_* set; what the job is, the caller knows.

# What a healthy kernel never says. Lines of our own family and the boot's own chatter are no exception.
guest_bad='\bBUG\b|WARNING:|Oops|general protection|\bstall|lockdep|KASAN|kmemleak|UBSAN|sleeping function|scheduling while atomic|Call Trace|Kernel panic|soft lockup|hung_task|blocked for more than'
# The boot of a stock kernel prints these words without meaning them, and audit quotes what tasks are called.
guest_harmless='audit: type=|rcu_cpu_stall|stall_timeout|lockdep is turned off|RCU lockdep checking is enabled|Spectre|MDS CPU bug|CPU bug present|RETBleed|Retbleed|kmemleak: (Kernel memory leak detector|Automatic memory scanning)'

# usage: guest_machine ; sets machine: QEMU's arguments that are the same for every architecture.
# Always emulated: a nested KVM may hang an ordinary guest. COUNTED=yes: one CPU, whose clock advances a
# nanosecond an instruction. MEMORY: MiB, else the kernel's own.
guest_machine()
{
	# shellcheck disable=SC2054 # the commas are QEMU's
	local speed=(-accel tcg,thread=multi -smp 2)
	if [ "${COUNTED:-no}" = yes ]; then
		# shellcheck disable=SC2054
		speed=(-accel tcg,thread=single -icount shift=0,sleep=off -smp 1)
	fi
	machine=("${A_QEMU[@]}" "${speed[@]}" -m "${MEMORY:-${K_MEMORY:-1024}}"
		-nodefaults -no-user-config -display none -no-reboot -nic none -kernel "$K_VMLINUZ")
}

# usage: guest_boot DIR INITRD CMDLINE SECONDS OUT ERR
# DIR receives console.log and qemu.log. OUT and ERR: files or FIFOs that get the job's output.
# Returns the job's status; 124: time limit; 125: no end token; 126: trouble in the kernel log.
guest_boot()
{
	local dir=$1 initrd=$2 cmdline=$3 seconds=$4 out=$5 err=$6 rc=0 machine
	mkdir -p "$dir"
	guest_machine
	rm -f "$dir/console.log" "$dir/qemu.log"
	# In the foreground: who ends the caller's process group ends the guest with it.
	timeout --foreground -k 5 "$seconds" "${machine[@]}" -initrd "$initrd" \
		-append "console=$A_LOG panic=-1 oops=panic loglevel=7 printk.time=1 $cmdline" \
		-chardev "file,id=log,path=$dir/console.log" -chardev "file,id=out,path=$out" \
		-chardev "file,id=err,path=$err" "${A_LINES[@]}" \
		</dev/null >"$dir/qemu.log" 2>&1 || rc=$?
	guest_verdict "$dir" "$seconds" $rc
}

# usage: guest_verdict DIR SECONDS QEMU_STATUS
guest_verdict()
{
	local dir=$1 seconds=$2 rc=$3 log=$1/console.log status bad during
	bad=$(tr -d '\r' <"$log" 2>/dev/null | grep -anE "$guest_bad" | grep -avE "$guest_harmless" | head -n 1)
	if [ -n "$bad" ]; then
		during=$(head -n "${bad%%:*}" "$log" | tr -d '\r' | sed -n 's/.*nsguard-guest: test program //p' | tail -n 1)
		guest_failed "$dir" "kernel trouble${during:+ during $during}: ${bad#*:}"
		return 126
	fi
	if [ "$rc" -eq 124 ] || [ "$rc" -eq 137 ]; then
		guest_failed "$dir" "not finished after $seconds seconds"
		return 124
	fi
	status=$(tr -d '\r' <"$log" 2>/dev/null | sed -n 's/.*nsguard-guest: exit \([0-9]*\)$/\1/p' | tail -n 1)
	if [ -z "$status" ]; then
		guest_failed "$dir" "ended without saying so (QEMU exit $rc, $(tail -n 1 "$dir/qemu.log"))"
		return 125
	fi
	if grep -aq 'nsguard-guest: load failed' "$log"; then
		bad=$(tr -d '\r' <"$log" | sed -n 's/^\[[ 0-9.]*\] \(nsguard: .*\)/\1/p' | tail -n 1)
		guest_failed "$dir" "nsguard did not load (${bad:-the kernel says nothing about it})"
	fi
	return "$status"
}

guest_failed()
{
	echo "$2" >"$1/trouble"
	printf 'nsguard: guest %s: %s, log %s\n' "$(basename "$1")" "$2" "$1/console.log" >&2
}
