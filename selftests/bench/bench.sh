#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: what nsguard costs, counted in instructions in guests, beside peers in the same guests. One
# guest for decisions, on the kernel that is named (a patched one, where peers have hooks for all
# operations), and one with Debian's 6.12 for policies, since nf_tables is there. A table, a plot and
# build/bench.json are made of their figures. A missed bar is no failure: the exit status is about measuring.
#
# usage: bench.sh [KERNEL]
# environment: BENCH_MOST=1000000 (rules), BENCH_BY=uid (only rules by that), BENCH_NAMESPACES=100000 (rules that name one each),
# BENCH_RULES=100000 (of the policies that are loaded and listed), BENCH_SECONDS=3600 (of a guest)

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
set -uo pipefail

kernel=${1:-glue-7.3}
policy_kernel=debian-6.12
here=$NSG_TREE/selftests/bench
out=$NSG_BUILD/bench
most=${BENCH_MOST:-1000000}
mkdir -p "$out"

# usage: guest KERNEL NAME MODULES ; runs $out/NAME.job, what it prints goes to $out/NAME
guest()
{
	local rc=0
	say "counting in a guest: $2 on $1 (no more than ${BENCH_SECONDS:-3600} s)"
	"$NSG_VM/module.sh" "$1" || return 1
	LOAD=no COUNTED=yes MEMORY=${BENCH_MEMORY:-4096} TIMEOUT=${BENCH_SECONDS:-3600} GUEST_MODULES=$3 \
		FILES=$out/files "$NSG_VM/run.sh" "$1" --script "$out/$2.job" >"$out/$2.new" || rc=$?
	# Figures that there are are good, whatever there was no time for.
	if [ $rc -eq 124 ] && [ -s "$out/$2.new" ]; then
		warn "$2: the time was up, what is missing is missing in the table"
		rc=0
	fi
	[ $rc -ne 0 ] || mv "$out/$2.new" "$out/$2"
	return $rc
}

logged "$NSG_BUILD/logs/bench.log" "building the programs" \
	make -s -C "$here" "O=$out" || exit 1
"$NSG_VM/user.sh" amd64 cli || exit 1
rm -rf "$out/files"
mkdir -p "$out/files/usr/lib/nsguard-bench"
cp "$out/decide" "$out/count" "$(command -v nft)" "$here/policy.sh" "$out/files/usr/lib/nsguard-bench/" || exit 1

echo "exec /usr/lib/nsguard-bench/decide $most ${BENCH_NAMESPACES:-100000} ${BENCH_BY:-}" >"$out/decide.$kernel.job"
echo "BENCH_RULES=${BENCH_RULES:-100000} exec bash /usr/lib/nsguard-bench/policy.sh" >"$out/policy.$policy_kernel.job"
rc=0
case ${BENCH_ONLY:-all} in
all|decide) guest "$kernel" "decide.$kernel" "" || rc=1 ;;&
all|policy) guest "$policy_kernel" "policy.$policy_kernel" "nfnetlink libcrc32c nf_tables" || rc=1 ;;
esac
[ $rc -eq 0 ] || die "not everything could be measured"
exec /usr/bin/python3 -B "$here/report.py" "$out/decide.$kernel" "$out/policy.$policy_kernel" \
	"$NSG_BUILD/bench.json" "$out/cost.svg" "$kernel" "$policy_kernel"
