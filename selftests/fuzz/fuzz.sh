#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzes nsguardctl's parser for a while, from the corpus that is kept here and what earlier runs found
# (build/fuzz/found). Needs no kernel module and no guest.
#
# usage: fuzz.sh SECONDS | fuzz.sh FILE ; FILE: one input, a crash of an earlier run

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
set -uo pipefail

out=$NSG_BUILD/fuzz
corpus=$NSG_TREE/selftests/fuzz/corpus
[ $# -eq 1 ] || die "usage: fuzz.sh SECONDS|FILE"
logged "$NSG_BUILD/logs/fuzz.log" "building the fuzzer" \
	make -s -j"$(nproc)" -C "$NSG_TREE/selftests/fuzz" "O=$out" || exit 1
# What it leaks it leaks once, in static buffers; what it leaks per file is found.
export ASAN_OPTIONS=abort_on_error=0:allocator_may_return_null=1
export UBSAN_OPTIONS=print_stacktrace=1

# The sentences of the parser are not the fuzzer's: stderr of the parser is thrown away (-close_fd_mask).
case $1 in
*[!0-9]*|'')
	[ -r "$1" ] || die "$1: cannot be read"
	exec "$out/parser" -rss_limit_mb=1024 "$1"
	;;
esac

mkdir -p "$out/found"
rm -f "$out"/crash-* "$out"/leak-* "$out"/timeout-* "$out"/oom-*
"$out/dictionary" >"$out/words.dict" || die "no dictionary"
say "fuzzing the parser for $1 s, log $out/fuzz.log"
rc=0
"$out/parser" -max_total_time="$1" -dict="$out/words.dict" -close_fd_mask=2 -timeout=10 \
	-rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 -artifact_prefix="$out/" \
	"$out/found" "$corpus" >"$out/fuzz.out" 2>"$out/fuzz.log" || rc=$?

runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/fuzz.log")
last=$(grep -aoE 'cov: [0-9]+ ft: [0-9]+ corp: [0-9]+' "$out/fuzz.log" | tail -n 1)
echo "fuzz: ${runs:-no} files tried in $1 s, ${last:-nothing covered}"
crashes=("$out"/crash-* "$out"/leak-* "$out"/timeout-* "$out"/oom-*)
for f in "${crashes[@]}"; do
	[ -e "$f" ] || continue
	rc=1
	echo "fuzz: FOUND ${f##*/}, $(wc -c <"$f") bytes:"
	head -c 2000 "$f" | cat -A | sed 's/^/    /'
	echo "fuzz: again with: make fuzz FUZZ_FILE=$f"
	"$out/parser" -rss_limit_mb=1024 "$f" 2>&1 |
		grep -aE -A 4 'ERROR: |runtime error|^said:|^and again:|^ +#[0-9]+ .*/cli/' |
		head -n 30 | cat -v | sed 's/^/    /'
done
if [ "$rc" -eq 0 ] && [ -z "$runs" ]; then
	rc=1
fi
[ "$rc" -eq 0 ] || echo "fuzz: failed, all of it in $out/fuzz.log"
exit "$rc"
