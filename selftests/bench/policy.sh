#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: what it takes to load, list and extend a large policy, nsguardctl beside nft, and the
# kernel memory of both. One line a figure: name, who, value (instructions, or bytes), by how many.

n=${BENCH_RULES:-100000}
dir=/usr/lib/nsguard-bench
PATH=$dir:$PATH

# Kernel memory in bytes: slabs with large allocations, vmalloc and per CPU. Not what is free before and after:
# pages wait in lists of each CPU, megabytes of them, and slabs that are empty are kept.
memory()
{
	local now last=0 i cache
	for ((i = 0; i < 12; i++)); do
		sync
		echo 3 >/proc/sys/vm/drop_caches
		for cache in /sys/kernel/slab/*/shrink; do
			echo 1 >"$cache"
		done
		sleep 1
		now=$(awk '/^(Slab|VmallocUsed|Percpu):/ { sum += $2 } END { printf "%d", sum * 1024 }' /proc/meminfo)
		[ "$i" -lt 3 ] || [ $((now > last ? now - last : last - now)) -gt 16384 ] || break
		last=$now
	done
	echo "$now"
}

# usage: figure NAME WHO BY COMMAND... ; the cheapest of $times runs, % in the command being the run's number
figure()
{
	local name=$1 who=$2 by=$3 out least='' i
	shift 3
	for ((i = 0; i < ${times:-1}; i++)); do
		out=$(count x "${@//%/$i}") || { echo "bench: $*: failed" >&2; exit 1; }
		out=${out#x }
		if [ -z "$least" ] || [ "$out" -lt "$least" ]; then
			least=$out
		fi
		[ -z "${undo:-}" ] || $undo || exit 1
	done
	echo "bench: $name of $who: $least" >&2
	echo "$name $who $least $by"
}

# usage: addresses N ; so many different ones
addresses()
{
	awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "%s10.%d.%d.%d", i ? ",\n" : "", i / 65536 % 256, i / 256 % 256, i % 256 }'
}

nft_set()
{
	local who=$1 size=$2 before after
	{
		echo "table inet bench {"
		echo "set s { type ipv4_addr; $size"
		echo "elements = {"
		addresses "$n"
		printf '\n}\n}\n}\n'
	} >/tmp/set.nft
	nft delete table inet bench 2>/dev/null
	before=$(memory)
	figure load "$who" "$n" nft -f /tmp/set.nft
	after=$(memory)
	echo "memory $who $((after - before)) $n"
	figure list "$who" "$n" nft list set inet bench s
	times=5 undo="nft delete element inet bench s { 192.0.2.1 }" \
		figure add "$who" 1 nft add element inet bench s '{ 192.0.2.1 }'
	nft delete table inet bench
}

our_rules()
{
	local before after
	awk -v n="$n" 'BEGIN { for (i = 0; i < n; i++) print "rule add ns deny uid " 1000000 + i }' >/tmp/rules.nsg
	before=$(memory)
	figure load nsguard "$n" nsguardctl -f /tmp/rules.nsg
	after=$(memory)
	echo "memory nsguard $((after - before)) $n"
	figure list nsguard "$n" nsguardctl rule list ns
	times=5 figure add nsguard 1 nsguardctl rule add ns deny uid 77%
	nsguardctl rule flush
}

our_set()
{
	local before after
	nsguardctl set add many type uid || return
	nsguardctl rule add ns deny uid @many
	awk -v n="$n" 'BEGIN { for (i = 0; i < n; i++)
		printf "%s%d", i % 50 ? "," : "\nelement add many ", 1000000 + 2 * i
		print "" }' >/tmp/elements.nsg
	before=$(memory)
	figure load nsguard-set "$n" nsguardctl -f /tmp/elements.nsg
	after=$(memory)
	echo "memory nsguard-set $((after - before)) $n"
	times=5 undo="nsguardctl element del many 77" \
		figure add nsguard-set 1 nsguardctl element add many 77
	nsguardctl rule flush
	nsguardctl set del many
}

modprobe nf_tables && modprobe nsguard || exit 1
sleep 2
nft_set nft ""
nft_set nft-sized "size 131072;"
our_rules
if nsguardctl help commands | grep -q '^set '; then
	# What was counted so far is good in any case.
	(our_set) || echo "bench: named sets: not measured" >&2
fi
true
