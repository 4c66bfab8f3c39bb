#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs the test programs of /job/plan in the guest, one after the other, each between two marker lines
# that check.py looks for. A program that fails or hangs does not keep the next one from running.
# Before the first, where nsguard is loaded: does it guard each path of this kernel (H4)? Tests on a path
# that nobody guards would only say so in a hundred ways.
#
# A line of the plan: SECONDS PROGRAM [ARGUMENT...]

dir=/usr/lib/nsguard-test
cd /tmp || exit 1
export PATH=$PATH:$dir
# How slow this kernel is: programs do so many times less of what they do very often.
NSGUARD_SLOW=$(cat /job/slow)
export NSGUARD_SLOW

# A sandbox holds the module, also when nobody is in it any more.
unload()
{
	rmmod nsguard 2>/dev/null || timeout -k 5 $((30 * ${NSGUARD_SLOW:-1})) nsguardctl unload --force
}

# What a failed program left behind (rules, modes, sandboxes, processes) must not fail the next one.
clean_slate()
{
	local c
	for c in /sys/fs/cgroup/*/; do
		[ ! -e "$c/cgroup.kill" ] || echo 1 >"$c/cgroup.kill"
	done 2>/dev/null
	if [ "$loaded" = yes ]; then
		[ ! -e /sys/module/nsguard ] || unload
		modprobe nsguard 2>/dev/null
	elif [ -e /sys/module/nsguard ]; then
		unload
	fi
}

# usage: leaks ; where the kernel looks for them, it says in its log what it found: who reads that judges.
# What was left when the module went has nobody that points to it; it may stay where a sandbox keeps it.
leaks()
{
	local file=/sys/kernel/debug/kmemleak
	[ -e $file ] || return 0
	rmmod nsguard 2>/dev/null
	echo scan >$file
	# It takes nothing for lost that is younger than five seconds.
	sleep 6
	echo scan >$file
	while read -r line; do
		echo "<4>kmemleak: $line" >/dev/kmsg
	done <$file
}

loaded=no
[ ! -e /sys/module/nsguard ] || loaded=yes
failed=0
if [ "$loaded" = yes ]; then
	echo "<6>nsguard-guest: nsguardctl probe" >/dev/kmsg
	timeout -k 5 $((60 * ${NSGUARD_SLOW:-1})) nsguardctl probe >/tmp/probe 2>&1 || failed=$?
	if [ "$failed" -ne 0 ]; then
		cat /tmp/probe >&2
		echo "nsguard: nsguardctl probe ended with $failed: $(grep -m 1 -e 'NOT ' -e '^nsguardctl:' /tmp/probe)" >&2
	fi
	rm -f /tmp/probe
fi
while read -r seconds program args; do
	printf '\n@@nsguard begin %s\n' "$program"
	echo "<6>nsguard-guest: test program $program" >/dev/kmsg
	start=$EPOCHREALTIME
	# shellcheck disable=SC2086 # a list of arguments without blanks
	timeout -k 5 "$seconds" "$dir/$program" $args </dev/null 2>&1
	status=$?
	end=$EPOCHREALTIME
	printf '\n@@nsguard end %s %d %d\n' "$program" "$status" $(((${end/./} - ${start/./}) / 1000))
	[ $status -eq 0 ] || clean_slate
done </job/plan
echo "<6>nsguard-guest: test program none any more" >/dev/kmsg
leaks
exit "$failed"
