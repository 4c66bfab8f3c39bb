#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What make demo plays in the guest: three stories of three steps each. A step is as expected when
# the command met the errno that was foretold, and the hits of the foretold rule rose, and of no
# other. It proves no more than that; the selftests do.

PATH=$PATH:/usr/lib/nsguard-demo
cg=/sys/fs/cgroup
step=0
good=0
deny='' allow=''	# handles, set by rule
if [ "${DEMO_COLOR:-no}" = yes ]; then
	bold=$'\e[1m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
	bold='' red='' green='' plain=''
fi

story()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

# An administrator's command: shown, and never allowed to fail.
admin()
{
	printf '   # %s\n' "$*"
	if ! said=$(eval "$*" 2>&1); then
		printf '%s     %s%s\n' "$red" "$said" "$plain"
		echo "demo: $good of 9 steps as expected (stopped: $*)"
		exit 1
	fi
}

# The same for a new rule, whose handle is kept in the variable named first.
rule()
{
	admin "nsguardctl rule add $2"
	printf -v "$1" '%s' "${said#handle }"
}

# "handle hits" of every rule
hits()
{
	nsguardctl rule list | awk '$1 ~ /^[0-9]+$/ { print $1, $3 }'
}

# usage: reported TABLE ; how many denials were only reported so far
reported()
{
	nsguardctl status | awk -v t="$1" '$1 == t { print $(NF - 1) }'
}

# The errno behind what a tool said.
errno_of()
{
	case $2 in
	*'Operation not permitted'*) echo EPERM ;;
	*) [ "$1" -eq 0 ] && echo 0 || echo "exit $1: $2" ;;
	esac
}

# usage: try CGROUP COMMAND ; in a process of that cgroup; sets $errno and $said
try()
{
	said=$(bash -c "echo \$\$ >$cg$1/cgroup.procs && $2" 2>&1 >/dev/null)
	errno=$(errno_of $? "$said")
}

# usage: play PHASE TABLE ERRNO HANDLE CGROUP COMMAND...
# PHASE is audit, enforced or exception. Every COMMAND must meet ERRNO and hit rule HANDLE.
play()
{
	local phase=$1 table=$2 want=$3 handle=$4 where=$5 old new all=yes told h n m hit=no
	local indent='              '
	shift 5
	step=$((step + 1))
	old=$(hits)
	told=$(reported "$table")
	for command in "$@"; do
		try "$where" "$command"
		[ "$errno" = "$want" ] || all=no
		printf ' %d %-10s $ %-66s errno %s%s%s\n' $step "$phase" "$command" \
			"$bold" "$errno" "$plain"
		[ -z "$said" ] || printf '%s%s\n' "$indent" "$said"
	done
	new=$(hits)
	while read -r h n; do
		m=$(awk -v h="$h" '$1 == h { print $2 }' <<<"$old")
		[ "$n" != "$m" ] || continue
		printf '%srule %s, hits %s -> %s: %s\n' "$indent" "$h" "$m" "$n" \
			"$(nsguardctl rule list | awk -v h="$h" '$1 == h { $1 = $2 = $3 = ""; sub(/^ +/, ""); print }')"
		# nsenter tries twice when it is refused; another rule's hits are not as expected.
		if [ "$h" = "$handle" ] && [ $((n - m)) -ge $# ]; then
			hit=yes
		else
			all=no
		fi
	done <<<"$new"
	told=$(($(reported "$table") - told))
	if [ "$phase" = audit ]; then
		printf '%slet through, reported as WOULD-DENY: %d\n' "$indent" $told
		[ $told -eq $# ] || all=no
	fi
	if [ $all = yes ] && [ $hit = yes ]; then
		good=$((good + 1))
		printf '%s%sas expected%s\n' "$indent" "$green" "$plain"
	else
		printf '%s%sNOT as expected: errno %s and hits of rule %s were%s\n' \
			"$indent" "$red" "$want" "$handle" "$plain"
	fi
}

mkdir -p $cg/app.slice/web.service $cg/elsewhere $cg/batch.slice/backup.service
touch /run/netns/blue
echo "nsguard on Linux $(uname -r), a kernel nobody patched"

story "Story 1: nobody enters the namespace blue, but the ops team"
admin unshare --net=/run/netns/blue true
admin nsguardctl mode ns audit
rule deny "ns deny target /run/netns/blue"
play audit     ns 0     "$deny"  "" "nsenter --net=/run/netns/blue true"
admin nsguardctl mode ns enforce
play enforced  ns EPERM "$deny"  "" "nsenter --net=/run/netns/blue true"
rule allow "ns allow target /run/netns/blue auid 1000 priority -10 comment \"ops team\""
play exception ns 0     "$allow" "" "echo 1000 >/proc/self/loginuid && nsenter --net=/run/netns/blue true"

story "Story 2: what runs in /app.slice/web.service stays there, but root may move it to /elsewhere"
leave=("echo \$\$ >$cg/elsewhere/cgroup.procs" "clone3_into $cg/elsewhere true")
admin nsguardctl mode cgroup audit
rule deny "cgroup deny leaving /app.slice/web.service"
play audit     cgroup 0     "$deny"  /app.slice/web.service "${leave[@]}"
admin nsguardctl mode cgroup enforce
play enforced  cgroup EPERM "$deny"  /app.slice/web.service "${leave[@]}"
rule allow "cgroup allow leaving /app.slice/web.service to /elsewhere uid 0 priority -10"
play exception cgroup 0     "$allow" /app.slice/web.service "${leave[@]}"

story "Story 3: what runs in /batch.slice keeps off CPU 1, but backup.service (which this is)"
admin nsguardctl mode affinity audit
rule deny "affinity deny cgroup under /batch.slice cpus intersects 1"
play audit     affinity 0     "$deny"  /batch.slice/backup.service "taskset -c 1 true"
admin nsguardctl mode affinity enforce
play enforced  affinity EPERM "$deny"  /batch.slice/backup.service "taskset -c 1 true"
rule allow "affinity allow cgroup /batch.slice/backup.service cpus equals 1 priority -10"
play exception affinity 0     "$allow" /batch.slice/backup.service "taskset -c 1 true"

echo
echo "demo: $good of 9 steps as expected"
[ $good -eq 9 ]
