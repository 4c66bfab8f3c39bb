#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every check that needs no guest, each a function here and a word for make lint CHECK=. All of them
# run even if one fails; what is generated or foreign is left out where it is somebody else's style.
#
# usage: lint.sh [CHECK...]

# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
set -uo pipefail

checks="spdx size versions release checkpatch shellcheck python userspace cppcheck sparse cli man trace"
out=$NSG_BUILD/lint
mkdir -p "$out"
cd "$NSG_TREE" || exit 1

# usage: files GLOB... ; our files by name pattern; in a copy without git whatever lies there
files()
{
	if [ "$(git rev-parse --show-toplevel 2>/dev/null)" = "$NSG_TREE" ]; then
		git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do
			[ ! -f "$f" ] || echo "$f"
		done
	else
		local g
		for g in "$@"; do
			find . -path ./build -prune -o -path ./.git -prune -o -type f -name "${g##*/}" -print |
				sed 's|^\./||'
		done
	fi | sort -u
}

# Files of the kernel's generator are its style, not ours.
handwritten()
{
	local f
	while read -r f; do
		head -n 8 "$f" | grep -q 'Do not edit directly, auto-generated' || echo "$f"
	done
}

scripts()
{
	local f
	files '*' | while read -r f; do
		case $f in
		*.sh|*.bash) echo "$f" ;;
		*) ! head -n 1 "$f" | tr -d '\0' | grep -qE '^#!.*\b(sh|bash|dash)\b' || echo "$f" ;;
		esac
	done
}

kernel_source()
{
	"$NSG_VM/kernels.sh" source
}

check_spdx()
{
	local f bad=0
	while read -r f; do
		if ! head -n 3 "$f" | grep -q 'SPDX-License-Identifier:'; then
			echo "$f: no SPDX line at its top"
			bad=1
		fi
	done < <(files '*.c' '*.h' '*.sh' '*.py' '*.yaml' '*Makefile' '*Kbuild')
	return $bad
}

check_size()
{
	local f n bad=0
	while read -r f; do
		n=$(wc -l <"$f")
		if [ "$n" -gt 500 ]; then
			echo "$f: $n lines, there are probably two things in it (limit 500)"
			bad=1
		fi
	done < <(files '*.c' '*.h' '*.sh' '*.py' | handwritten)
	return $bad
}

# A version number of the kernel is asked about in kernel-glue or nowhere: distributions backport.
check_versions()
{
	if files '*.c' '*.h' '*Kbuild' '*Makefile' | grep -v '^kernel-glue/' |
		xargs -r grep -nE '\b(LINUX_VERSION_CODE|KERNEL_VERSION|RHEL_RELEASE_CODE)\b'; then
		echo "kernel versions are no question outside kernel-glue; there a probe is the answer"
		return 1
	fi
}

# The one version of the project, wherever it is said.
check_release()
{
	local version bad=0
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"$/\1/p' dkms.conf)
	[ -n "$version" ] || { echo "dkms.conf: no PACKAGE_VERSION"; return 1; }
	if files 'module/*' 'cli/*' 'uapi/*' | grep -E '\.(c|h|8|yaml)$|Makefile$' |
		xargs -r grep -nEi 'version[^=:]*[=: (]+ *"?v?[0-9]+\.[0-9]+\.[0-9]+' | grep -vF "$version"; then
		echo "these say another version than dkms.conf ($version)"
		bad=1
	fi
	if ! grep -qF "$version" CHANGELOG.md; then
		echo "CHANGELOG.md: does not mention $version"
		bad=1
	fi
	return $bad
}

# usage: checkpatch IGNORE ; file names on stdin
checkpatch()
{
	# From another folder: it leaves a cache of names where it is called.
	handwritten | sed "s|^|$NSG_TREE/|" | (cd "$out" && xargs -r -n 8 -P 2 \
		"$(kernel_source)/scripts/checkpatch.pl" --strict --no-tree --terse --no-summary \
		--show-types --max-line-length=100 --ignore "$1" -f 2>&1) | sed "s|^$NSG_TREE/||"
}

# Ignored: what only makes sense for a file inside the kernel tree or for a patch, and in user space
# what points to helpers that only the kernel has, and what the harness's macros are made of (tests also
# expect positive errnos, ENOSYS among them). A sentence for users may contain the word a function
# is called. cppcheck.h is C for no compiler.
check_checkpatch()
{
	local log=$out/checkpatch.log
	local ignore=FILE_PATH_CHANGES,MAINTAINERS,EMBEDDED_FUNCTION_NAME user='^(cli|selftests)/' kernel='^selftests/mod/'
	local helpers=PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES,AVOID_EXTERNS,ARRAY_SIZE,STRCPY,STRNCPY,VOLATILE
	local harness=ENOSYS,USE_NEGATIVE_ERRNO,MACRO_ARG_REUSE,MACRO_WITH_FLOW_CONTROL,COMPLEX_MACRO
	kernel_source >/dev/null || return 1
	files '*.c' '*.h' | grep -vE "$user" >"$out/checkpatch.kernel"
	files '*.c' '*.h' | grep -E "$kernel" >>"$out/checkpatch.kernel"
	files '*.c' '*.h' | grep -E "$user" | grep -vE "$kernel|selftests/vm/cppcheck.h" >"$out/checkpatch.user"
	{
		checkpatch $ignore <"$out/checkpatch.kernel"
		checkpatch $ignore,$helpers,$harness <"$out/checkpatch.user"
	} >"$log"
	cat "$log"
	[ ! -s "$log" ]
}

check_shellcheck()
{
	local f bad=0 dialect
	while read -r f; do
		dialect=()
		head -n 1 "$f" | grep -q 'busybox sh' && dialect=(-s dash)
		shellcheck -x -f gcc "${dialect[@]}" "$f" || bad=1
	done < <(scripts)
	return $bad
}

check_python()
{
	local f bad=0
	while read -r f; do
		/usr/bin/python3 -B -c 'import sys; compile(open(sys.argv[1]).read(), sys.argv[1], "exec")' "$f" || bad=1
	done < <(files '*.py')
	return $bad
}

# Both build with -Wall -Wextra -Werror of their own makefiles; here from nothing, and warnings shown.
check_userspace()
{
	local source bad=0 d
	source=$(kernel_source) || return 1
	for d in cli selftests; do
		if ! grep -q -- '-Wall -Wextra -Werror' $d/Makefile; then
			echo "$d/Makefile: no -Wall -Wextra -Werror"
			bad=1
		fi
	done
	rm -rf "$out/cli" "$out/tests"
	make -s -C cli "O=$out/cli" 2>&1 || bad=1
	make -s -k -j"$(nproc)" -C selftests "O=$out/tests" "HARNESS=$source/tools/testing/selftests" all demo 2>&1 || bad=1
	return $bad
}

# The harness' macros are declared to cppcheck, which does not read the kernel's headers.
check_cppcheck()
{
	files 'cli/*.c' 'selftests/*.c' | grep -vE '^selftests/(mod|bpf|bench/peers)/' | handwritten >"$out/cppcheck.files"
	[ -s "$out/cppcheck.files" ] || return 0
	cppcheck --quiet -j 2 --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 --suppressions-list="$NSG_VM/cppcheck.suppress" --library=posix \
		--library=gnu -D_GNU_SOURCE -D__x86_64__ --include="$NSG_VM/cppcheck.h" \
		-I cli -I selftests -I uapi --file-list="$out/cppcheck.files" 2>&1
}

# sparse speaks about kernel headers as well: only what it says about our files counts.
check_sparse()
{
	local log kernel=debian-6.12
	SPARSE=1 "$NSG_VM/module.sh" $kernel || return 1
	log=$NSG_BUILD/$kernel-sparse/build.log
	! grep -E "^$NSG_BUILD/$kernel-sparse/src/[^:]*:[0-9]+:[0-9]+: (warning|error):" "$log" |
		sed "s|^$NSG_BUILD/$kernel-sparse/src/||" | sort -u | grep .
}

# The command line's own tests need no kernel.
check_cli()
{
	[ -e cli/test.sh ] || { echo "no cli/test.sh"; return 1; }
	make -s -C cli "O=$NSG_BUILD/cli" || return 1
	cli/test.sh "$NSG_BUILD/cli"
}

check_man()
{
	[ -e cli/check-man.sh ] || { echo "no cli/check-man.sh"; return 1; }
	make -s -C cli "O=$NSG_BUILD/cli" || return 1
	cli/check-man.sh "$NSG_BUILD/cli/nsguardctl" || return 1
	! man --warnings -E UTF-8 -l -Tutf8 -Z cli/nsguardctl.8 2>&1 >/dev/null | grep .
}

# Every requirement has a row in selftests/README.md, and every test there runs.
check_trace()
{
	/usr/bin/python3 -B "$NSG_VM/trace.py"
}

[ $# -gt 0 ] || read -ra wanted <<<"$checks"
[ $# -eq 0 ] || wanted=("$@")
failed=()
for check in "${wanted[@]}"; do
	case " $checks " in
	*" $check "*) ;;
	*) die "CHECK=$check: no such check, known are: $checks" ;;
	esac
	started=$SECONDS
	if "check_$check" >"$out/$check.out" 2>&1; then
		echo "lint: $check ok ($((SECONDS - started)) s)"
	else
		sed "s/^/  /" "$out/$check.out"
		echo "lint: $check FAILED ($((SECONDS - started)) s), all of it in $out/$check.out"
		failed+=("$check")
	fi
done
if [ ${#failed[@]} -gt 0 ]; then
	echo "lint: failed: ${failed[*]}"
	exit 1
fi
echo "lint: ${#wanted[@]} checks, all ok"
