#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Tries nsguardctl's parser, printer and exit codes on this machine: no kernel module is needed. Talks
# KTAP. What needs a kernel is tested in guests (selftests).
#
# usage: test.sh BINARY (or the folder it is in)
set -u
export LC_ALL=C

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
	echo "usage: test.sh BINARY" >&2
	exit 2
fi
bin=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ ! -d "$bin" ] || bin=$bin/nsguardctl
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/nsguardctl-test.XXXXXX") || exit 2
trap 'rm -rf -- "$dir"' EXIT
cd "$dir" || exit 2
number=0
failed=0

result() { # result NAME: with the status of the last command
	status=$?
	number=$((number + 1))
	name=$(printf '%.100s' "$1" | tr '\n\033' '??')
	if [ $status -eq 0 ]; then
		echo "ok $number $name"
	else
		failed=$((failed + 1))
		echo "not ok $number $name"
		echo "# want exit $want_code, got $code"
		sed 's/^/# got: /' out
	fi
}

run() { # run WORDS...: output of both kinds in out, exit status in code
	timeout 20 "$bin" "$@" >out 2>&1 </dev/null
	code=$?
}

# fine WANT WORDS...: the command is understood, and shown as WANT (- for as it was said)
fine() {
	want=$1
	shift
	[ "$want" != - ] || want=$*
	want_code=0
	run --check --echo "$@"
	[ $code -eq 0 ] && [ "$(cat out)" = "$want" ]
	result "understood: $*"
}

# bad SENTENCE WORDS...: exit 2 and a complaint with that sentence in it
bad() {
	sentence=$1
	shift
	want_code=2
	run --check "$@"
	[ $code -eq 2 ] && grep -qF -- "$sentence" out && [ "$(wc -l <out)" -eq 1 ]
	result "refused: $*"
}

# file NAME CODE < TEXT: -c -f of the text ends with CODE, its output in out
file() {
	cat >policy.nsg
	want_code=$2
	timeout 20 "$bin" --check --echo -f policy.nsg >out 2>&1
	code=$?
	[ $code -eq "$2" ] && grep -qxF -- "$3" out
	result "file: $1"
}

echo "KTAP version 1"
# shellcheck source=/dev/null
. "$here/test-words.sh"
# shellcheck source=/dev/null
. "$here/test-files.sh"
if command -v systemd-analyze >/dev/null; then
	# It looks for the program, too.
	sed "s|/usr/sbin/nsguardctl|$bin|" "$here/nsguard.service" >nsguard.service
	want_code=0
	systemd-analyze verify --man=no "$dir/nsguard.service" >out 2>&1
	code=$?
	[ $code -eq 0 ] && [ ! -s out ]
	result "the systemd unit"
fi
echo "1..$number"
echo "# $((number - failed)) passed, $failed failed"
[ $failed -eq 0 ]
