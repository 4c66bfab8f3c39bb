#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo: builds what the stories need and plays them in a guest with a stock kernel. The stories
# themselves are in story.sh; nothing is installed on this machine's kernel.
#
# environment: KERNEL (default debian-6.12)

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/../vm/lib.sh"
set -euo pipefail

kernel=${KERNEL:-debian-6.12}
started=$SECONDS
files=$NSG_BUILD/demo/files

"$NSG_VM/module.sh" "$kernel"
logged "$NSG_BUILD/logs/demo-cli.log" "building nsguardctl" \
	make -C "$NSG_TREE/cli" "O=$NSG_BUILD/cli"
logged "$NSG_BUILD/logs/demo.log" "building the demo's helper" \
	make -C "$NSG_TREE/selftests" "O=$NSG_BUILD/tests" HARNESS=none demo

rm -rf "$files"
mkdir -p "$files/usr/lib/nsguard-demo"
cp "$NSG_BUILD/tests/demo/clone3_into" "$files/usr/lib/nsguard-demo/"
{
	echo "DEMO_COLOR=$([ -t 1 ] && echo yes || echo no)"
	sed 1d "$NSG_TREE/selftests/demo/story.sh"
} >"$NSG_BUILD/demo/story"

rc=0
FILES=$files LOAD=yes TIMEOUT=${TIMEOUT:-120} CMDLINE='' \
	"$NSG_VM/run.sh" "$kernel" --script "$NSG_BUILD/demo/story" || rc=$?
say "demo took $((SECONDS - started)) s"
exit $rc
