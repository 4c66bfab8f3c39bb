#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything make check needs before a guest can boot: nsguardctl and the test programs, then for one
# kernel after the other the kernel, the module (DKMS) and the test modules. check.py boots and judges.
#
# usage: check.sh [KERNEL[,KERNEL...] | check | full | all]     (see suites.list)
#        check.sh --prepare KERNEL                              (called back by schedule.py)
# environment: TEST=, UPDATE=1, MUTATE=allow; NSGUARD_BUDGET=seconds, after which kernels that
# not every make check has are skipped

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/arch.sh
. "$NSG_VM/arch.sh"
set -euo pipefail

kernels=${1:-check}
case ${MUTATE:-} in ''|allow) ;; *) die "MUTATE=$MUTATE: only allow is known" ;; esac

# usage: test_modules KERNEL ; selftests/mod against that kernel's headers
test_modules()
{
	local out=$NSG_BUILD/testmod/$1
	mkdir -p "$out/src"
	rsync -a --delete --exclude='*.o' --exclude='*.ko' --exclude='*.cmd' --exclude='*.mod' --exclude='*.mod.c' \
		--exclude='.*' --exclude='Module.symvers' --exclude='modules.order' "$NSG_TREE/selftests/mod/" "$out/src/"
	logged "$out/build.log" "test modules for $1" \
		kernel_tools make -C "$K_HEADERS" "M=$out/src" modules || exit 1
}

# usage: prepare KERNEL ; everything its guests need. Prints the folder of the test programs on stdout.
prepare()
{
	local kernel=$1 info
	"$NSG_VM/kernels.sh" fetch "$kernel"
	info=$("$NSG_VM/kernels.sh" info "$kernel")
	eval "$info"
	arch_set "$K_ARCH"
	if [ "$A_BUILD" != "$NSG_BUILD" ]; then
		"$NSG_VM/user.sh" "$K_ARCH" cli
		"$NSG_VM/user.sh" "$K_ARCH" tests
	fi
	if [ -n "${MUTATE:-}" ]; then
		"$NSG_VM/module.sh" "$kernel"
	else
		"$NSG_VM/dkms.sh" "$kernel"
	fi
	if [ -e "$NSG_TREE/selftests/mod/Kbuild" ] || [ -e "$NSG_TREE/selftests/mod/Makefile" ]; then
		with_lock "build-$(echo "$NSG_BUILD" | tr / _)-testmod" test_modules "$kernel"
	fi
	echo "$A_BUILD/tests"
}

if [ "${1:-}" = --prepare ]; then
	prepare "$2"
	exit 0
fi

# Needed by nearly every kernel, and nobody's but this machine's own to build.
"$NSG_VM/user.sh" amd64 cli
"$NSG_VM/user.sh" amd64 tests

# By itself the oracle is asked a million questions.
if [ "${TEST:-}" = oracle ]; then
	export NSG_PAIRS=${NSG_PAIRS:-1000000} NSGUARD_TEST_SECONDS=${NSGUARD_TEST_SECONDS:-1500}
	export NSGUARD_GUEST_SECONDS=${NSGUARD_GUEST_SECONDS:-1800}
fi
args=(--kernels "$kernels" --build "$NSG_BUILD")
[ -z "${TEST:-}" ] || args+=(--test "$TEST")
[ -z "${UPDATE:-}" ] || args+=(--update)
[ -z "${MUTATE:-}" ] || args+=(--mutate)
[ -z "${NSGUARD_BUDGET:-}" ] || args+=(--budget "$NSGUARD_BUDGET")
exec /usr/bin/python3 -B "$NSG_VM/check.py" "${args[@]}"
