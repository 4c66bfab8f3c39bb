# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of nsguardctl for bash: words that may come next. check-man.sh sees to it that no
# command and no key is missing here.

# Keys that take no list of words, or none we could know.
_nsguardctl_values()
{
	case $1 in
	op) echo "enter create move setaffinity io_uring cpuset" ;;
	type) echo "mnt uts ipc pid net user cgroup time" ;;
	target) [[ $2 = ns ]] && echo "host same other" || echo "self other" ;;
	in-ns) echo "host" ;;
	userns) echo "init other" ;;
	moves) echo "thread process" ;;
	same-delegation) echo "yes no" ;;
	cap) echo "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore" ;;
	from | to | leaving | cgroup | target-cgroup) echo "is under" ;;
	cpus) echo "intersects subset superset equals reset" ;;
	effective-cpus) echo "intersects subset superset equals" ;;
	*) return 1 ;;
	esac
}

_nsguardctl_keys()
{
	local all="op uid euid gid auid pid exe cgroup in-ns userns cap dry-run priority comment"

	case $1 in
	ns) echo "$all type target target-owner sandbox threads" ;;
	cgroup) echo "$all from to leaving same-delegation moves opener-uid target target-uid target-exe" ;;
	affinity) echo "$all cpus effective-cpus target target-uid target-exe target-cgroup" ;;
	esac
}

# After "rule add TABLE VERDICT": a key, or what a key takes.
_nsguardctl_rule()
{
	local table=$1 prev=$2 before=$3 cur=$4 values

	[[ $prev = not ]] && prev=$before
	if values=$(_nsguardctl_values "$prev" "$table"); then
		mapfile -t COMPREPLY < <(compgen -W "not $values" -- "$cur")
		[[ $prev = target || $prev = in-ns ]] &&
			mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	case $prev in
	exe | target-exe)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	uid | euid | auid | target-uid | target-owner | opener-uid)
		mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
	gid)
		mapfile -t COMPREPLY < <(compgen -g -- "$cur") ;;
	threads)
		mapfile -t COMPREPLY < <(compgen -W "allow" -- "$cur") ;;
	pid | priority | comment | sandbox | is | under | intersects | subset | superset | equals) ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(_nsguardctl_keys "$table")" -- "$cur") ;;
	esac
}

_nsguardctl()
{
	local cur=${COMP_WORDS[COMP_CWORD]} i words=() list=""
	local options="--json --file --define --check --echo --force --dry-run --confirm --expect --last --follow --color= --version --help"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} = -* ]] || words+=("${COMP_WORDS[i]}")
	done
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-f | --file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return ;;
	--last | --expect | --confirm | -D | --define)
		return ;;
	esac
	if [[ $cur = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return
	fi
	case ${#words[@]}:${words[*]} in
	0:*) list="status probe mode default rule sandbox set element confirm rollback save sync monitor unload help" ;;
	1:rule) list="add list test del replace flush" ;;
	1:sandbox | 1:set) list="add list del flush" ;;
	1:element) list="add del" ;;
	3:set\ add*) list="type" ;;
	4:set\ add*) list="uid gid auid pid" ;;
	5:set\ add*) list="elements" ;;
	3:sandbox\ add* | 5:sandbox\ add*) list="target" ;;
	*:sandbox\ add*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ; return ;;
	1:sync) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ; return ;;
	1:mode | 1:default | 2:rule\ add | 2:rule\ list | 2:rule\ test | 2:rule\ flush)
		list="ns cgroup affinity" ;;
	2:mode*) list="off audit enforce" ;;
	3:rule\ test\ ns) list="enter create" ;;
	3:rule\ test\ cgroup) list="move" ;;
	3:rule\ test\ affinity) list="setaffinity io_uring cpuset" ;;
	2:default\ ns) list="enter create allow deny" ;;
	2:default\ cgroup) list="move allow deny" ;;
	2:default\ affinity) list="setaffinity io_uring cpuset allow deny" ;;
	3:rule\ add\ ns) list="allow deny lock" ;;
	3:default* | 3:rule\ add*) list="allow deny" ;;
	1:help) list="commands keys" ;;
	3:rule\ replace*) list="ns cgroup affinity" ;;
	4:rule\ replace*\ ns) list="allow deny lock" ;;
	4:rule\ replace*) list="allow deny" ;;
	*:rule\ replace*)
		_nsguardctl_rule "${words[3]}" "${words[-1]}" "${words[-2]}" "$cur"
		return ;;
	*:rule\ add* | *:rule\ test*)
		_nsguardctl_rule "${words[2]}" "${words[-1]}" "${words[-2]}" "$cur"
		return ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$cur")
}

complete -F _nsguardctl nsguardctl
