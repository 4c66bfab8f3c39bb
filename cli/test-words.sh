# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034,SC2086,SC2154
#
# Words of the command line: what is understood, and what is refused naming which word.
# Read by test.sh.

fine - mode ns enforce
fine 'mode affinity off' mode affinity off
fine - default cgroup deny --force
fine 'default cgroup deny --force' --force default cgroup deny
fine 'default cgroup deny --force' default --force cgroup deny
fine - default ns enter allow
fine - default ns create deny --force
fine - default affinity io_uring allow
fine - rule add ns deny
fine - rule add ns deny type uts,net uid 1000-1999
fine 'rule add ns deny type uts,net' rule add ns deny type net,uts
fine - rule add ns deny target /run/netns/blue
fine - rule add ns deny target 'net:[4026531840],pid:1,host,./here'
fine - rule add ns deny target host cgroup not under /system.slice
fine - rule add ns deny target same
fine - rule add ns deny target not other,host target-owner 1000-1999
fine 'rule add ns allow target-owner not 0' rule add ns allow target-owner not root
fine 'rule add ns allow auid 1000 priority -10 comment "ops team"' \
	rule add ns allow auid 1000 priority -10 comment "ops team"
fine 'rule add ns allow auid 1000 priority -10 comment "ops team"' \
	rule add ns allow comment "ops team" priority -10 auid 1000
fine "rule add cgroup deny leaving '/system.slice/docker-*.scope'" \
	rule add cgroup deny leaving '/system.slice/docker-*.scope'
fine "rule add cgroup deny leaving is '/a/*'" rule add cgroup deny leaving is '/a/*'
fine 'rule add cgroup deny leaving /a' rule add cgroup deny leaving under /a
fine 'rule add cgroup deny from /a' rule add cgroup deny from is /a
fine - rule add cgroup deny from under /app.slice to not under /app.slice uid not 0
fine - rule add cgroup deny to /a,/b,/ target self
fine - rule add cgroup deny from /a same-delegation no moves thread opener-uid not 0
fine 'rule add cgroup allow same-delegation yes opener-uid 0,5-7' \
	rule add cgroup allow opener-uid root,5-7 same-delegation yes
fine 'rule add cgroup deny moves not process' rule add cgroup deny moves not process
fine "rule add cgroup deny from '/dev-disk\\x2d1.scope'" \
	rule add cgroup deny from '/dev-disk\x2d1.scope'
fine - rule add affinity deny target-cgroup under /kubepods.slice effective-cpus intersects 0-1
fine - rule add affinity allow target-cgroup under /kubepods.slice cpus reset priority -10
fine - rule add affinity deny cpus intersects 0 dry-run
fine - rule add affinity deny op setaffinity,io_uring target other cpus not superset 0-3,8
fine 'rule add affinity deny cpus equals 0-4' rule add affinity deny cpus equals 0,1,2,3-4
fine - rule add affinity deny target-uid 5-7 target-exe /usr/bin/taskset cpus subset 16383
fine - rule add affinity deny cpus not reset
fine 'rule add ns deny uid 0 gid 0 auid unset' rule add ns deny uid root gid root auid unset
fine 'rule add ns deny auid unset' rule add ns deny auid 4294967295
fine - rule add ns deny uid 0-4294967295 pid 1,2-3 exe /usr/bin/nsenter in-ns host
fine 'rule add ns deny uid 0 euid 1000 userns other cap setgid,sys_admin' \
	rule add ns deny uid root euid 1000 userns other cap 6,sys_admin
fine 'rule add ns deny cap 0-40,setgid' rule add ns deny cap 0-40,6-6
fine 'rule add ns deny uid 5' rule add ns deny uid 5-5
fine 'rule add ns deny uid 7' rule add ns deny uid 0007
fine - rule add ns deny priority 2147483647
fine - rule add ns deny priority -2147483648
fine 'rule add ns deny' rule add ns deny priority 0
fine 'rule add ns deny comment "--json"' rule add ns deny comment --json
fine 'rule add ns deny comment "not"' rule add ns deny comment not
fine "rule add ns deny uid $(seq -s, 0 63)" rule add ns deny uid "$(seq -s, 0 63)"
fine - rule add cgroup deny from "$(printf '/%d' $(seq 64))"
fine - rule add cgroup deny leaving /,/a
fine - rule add ns deny op enter,create target host target-owner 0
fine 'rule add ns deny comment "a\\b \"c\" '"'d'"'"' rule add ns deny comment "a\\b \"c\" 'd'"
fine 'rule add ns deny comment $'"'\\x1b[31m\\x0ax'" rule add ns deny comment "$(printf '\033[31m\nx')"
fine 'rule del 3' rule del 3
fine 'rule del 18446744073709551615' rule del 18446744073709551615
fine - rule flush
fine - rule add ns lock sandbox blue threads allow uid 3
fine - sandbox add blue target 'net:[1],pid:3'
fine - sandbox flush --force
fine - set add t type auid elements '1,5-9,unset'
fine - set add t type uid
fine - set flush
fine - set flush t --force
fine - set del t
fine - element add t '1,5-9,unset'
fine - element del t 1
fine - rule add ns deny uid @t euid not @t gid @g
fine 'rule flush ns' rule flush ns
fine 'rule replace 7 ns deny type uts comment "x"' rule replace 7 ns deny type uts comment x
fine 'rule replace 7 ns allow uid 0 priority -3 --force' rule replace 7 ns allow --force priority -3 uid 0
fine 'rule flush ns' --expect 41 rule flush ns
fine 'rule flush ns' --confirm 3600 rule flush --expect=41 ns

bad 'a command is missing' --json
bad "unknown command 'rules'" rules
bad "unknown command 'stat'" stat
bad 'rule needs one of: add, list, test, del, replace, flush' rule
bad "unknown command 'rule ad' (rule: add, list, test, del, replace, flush)" rule ad
bad "unknown option '--jsno'" --jsno status
bad "unknown option '-x'" rule list -x
bad '--json given twice' --json status --json
bad '--json takes no value' --json=yes status
bad '--force does not belong to status' status --force
bad '--force does not belong to rule add' rule add ns deny --force
bad '--last does not belong to rule list' rule list --last 3
bad '--json does not belong to save' save --json
bad '--last needs a value' monitor --last
bad "--last takes a number, not '-1'" monitor --last -1
bad "--last takes a number, not '4294967296'" monitor --last 4294967296
bad "--color is auto, always or never, not 'red'" --color=red status
bad "unexpected word 'now' after status" status now
bad "unexpected word 'all' after probe" probe all
bad '--force does not belong to probe' probe --force
bad "unexpected word 'x' after mode" mode ns off x
bad "unexpected word 'x' after -f FILE" -f policy.nsg x
bad 'mode needs a table: ns, cgroup or affinity' mode
bad "unknown table 'net' in mode" mode net off
bad 'mode needs a mode: off, audit or enforce' mode ns
bad "unknown mode 'on' in mode" mode ns on
bad "unknown operation 'move' in default (enter or create)" default ns move allow
bad 'default needs a verdict: allow or deny' default ns
bad 'default needs a verdict' default ns enter
bad "unknown verdict 'lock' in default" default ns lock
bad "unknown table 'nets' in rule add" rule add nets deny
bad "unknown verdict 'drop' in rule add ns (allow, deny or lock)" rule add ns drop
bad "unknown verdict 'lock' in rule add cgroup (allow or deny)" rule add cgroup lock
bad "verdict lock needs sandbox and its name" rule add ns lock uid 3
bad "sandbox belongs to verdict lock" rule add ns deny sandbox blue
bad "after threads there is only allow" rule add ns lock sandbox blue threads deny
bad "sandbox given twice" rule add ns lock sandbox blue sandbox red
bad "'a b' is no name of a sandbox" rule add ns lock sandbox 'a b'
bad "sandbox needs one of: add, list, del, flush" sandbox
bad "sandbox add needs target and a namespace" sandbox add blue
bad "the host's namespaces cannot belong to a sandbox" sandbox add blue target host
bad "'net' after target names no namespace" sandbox add blue target net
bad "sandbox del needs a name" sandbox del
bad "set needs one of: add, list, del, flush" set
bad "element needs one of: add, del" element
bad "set add needs the name of a set" set add
bad "set add needs type and one of uid, gid, auid, pid" set add t
bad "after the name of a set comes type, not 'uid'" set add t uid
bad "unknown type of a set 'cap'" set add t type cap
bad "unknown key 'element' in set add (elements)" set add t type uid element 5
bad "elements needs a list" set add t type uid elements
bad "pid 'x' is no number N or range N-M" set add t type pid elements 1,x
bad "uid range '9-8' is upside down" set add t type uid elements 9-8
bad "a set has no sets in it" set add t type uid elements '@u'
bad "'a b' is no name of a set" set add 'a b' type uid
bad "is longer than the 31 bytes of a set's name" set add abcdefghijklmnopqrstuvwxyz012345 type uid
bad "element add needs a list of elements" element add t
bad "element 'root' is no number N or range N-M" element add t root
bad "set del needs a name" set del
bad "a set stands alone, without other values" rule add ns deny uid @t,5
bad "is no name of a set" rule add ns deny uid @
bad "unknown capability '@t'" rule add ns deny cap @t
bad "unknown key 'uidd' in rule add ns" rule add ns deny uidd 3
bad "unknown key 'deny uid' in rule add ns" rule add ns deny 'deny uid' 3
bad "key 'cpus' does not belong to table ns" rule add ns deny cpus reset
bad "key 'type' does not belong to table cgroup" rule add cgroup deny type net
bad "key 'from' does not belong to table affinity" rule add affinity deny from /a
bad "key 'target-cgroup' does not belong to table cgroup" rule add cgroup deny target-cgroup /a
bad 'uid given twice' rule add ns deny uid 0 uid not 0
bad "'dry-run' describes no operation of table ns" rule test ns enter dry-run
bad "'op' describes no operation of table ns" rule test ns enter op create
bad "unknown operation 'move' in rule test (enter or create)" rule test ns move
bad "uid of an operation is one, not '1-2'" rule test ns enter uid 1-2
bad "uid of an operation is one, not '@t'" rule test ns enter uid @t
bad "gid of an operation is one or a list of them, not '@t'" rule test ns enter gid @t
bad "gid of an operation is one or a list of them, not '1,5-7'" rule test ns enter gid 1,5-7
bad "cap of an operation is one or a list of them, not '0-40'" rule test ns enter cap 0-40
bad "type of an operation is one, not 'uts,net'" rule test ns create type uts,net
bad "from of an operation is a cgroup that exists, not '/*'" rule test cgroup move from '/*'
bad "target-pid '0' is no process" rule test cgroup move target-pid 0
bad "target-pid given twice" rule test cgroup move target-pid 1 target-pid 1
bad "to needs a value" rule test cgroup move to
bad "CPU list 'x' after cpus" rule test affinity setaffinity cpus x
bad 'dry-run given twice' rule add ns deny dry-run dry-run
bad 'priority given twice' rule add ns deny priority 1 priority 1
bad 'comment given twice' rule add ns deny comment a comment b
bad 'uid needs a value' rule add ns deny uid
bad 'uid needs a value' rule add ns deny uid not
bad "uid '--json' is no number" rule add ns deny uid --json
bad "uid range '5-3' is upside down" rule add ns deny uid 5-3
bad "uid '4294967296' is beyond 4294967295" rule add ns deny uid 4294967296
bad "uid '1-x' is no range" rule add ns deny uid 1-x
bad "uid '1-2-3' is no range" rule add ns deny uid 1-2-3
bad "uid '1-' is no range" rule add ns deny uid 1-
bad "uid '' is no number" rule add ns deny uid 1,,2
bad "uid '' is no number" rule add ns deny uid ''
bad "uid '-1' is no number" rule add ns deny uid -1
bad "uid '0x10' is no number" rule add ns deny uid 0x10
bad "uid 'unset' is no number" rule add ns deny uid unset
bad "gid 'no-such-group' is no number, no range N-M and no group known here" \
	rule add ns deny gid no-such-group
bad "unknown capability 'CAP_SYS_ADMIN'" rule add ns deny cap CAP_SYS_ADMIN
bad "unknown capability 'sys'" rule add ns deny cap not sys
bad "unknown capability '41'" rule add ns deny cap 41
bad "unknown capability '0-41'" rule add ns deny cap 0-41
bad "unknown capability 'chown-kill'" rule add ns deny cap chown-kill
bad "unknown capability '3-'" rule add ns deny cap 3-
bad "unknown capability '1-2-3'" rule add ns deny cap 1-2-3
bad "cap range '5-3' is upside down" rule add ns deny cap 5-3
bad "unknown user namespace 'host' after userns (init or other)" rule add ns deny userns host
bad "pid 'self' is no number N or range N-M" rule add ns deny pid self
bad "unknown operation 'leave' after op (enter or create)" rule add ns deny op leave
bad "operation 'move' does not belong to table ns" rule add ns deny op move
bad "unknown namespace type 'network' after type" rule add ns deny type network
bad "'net' stands twice after type" rule add ns deny type net,net
bad "unknown namespace type '' after type" rule add ns deny type net,
bad "'blue' after target names no namespace" rule add ns deny target blue
bad "'net:[x]' after target names no namespace" rule add ns deny target 'net:[x]'
bad "'nett:[1]' after target names no namespace" rule add ns deny target 'nett:[1]'
bad "'net:[4294967296]' after target names no namespace" rule add ns deny target 'net:[4294967296]'
bad "'pid:0' after target names no namespace" rule add ns deny target pid:0
bad "'' after in-ns names no namespace" rule add ns deny in-ns ''
bad "'same' after in-ns names no namespace" rule add ns deny in-ns same
bad "'same' after target names no namespace" sandbox add blue target same
bad "target of an operation is a namespace, not 'same'" rule test ns enter target same
bad "key 'target-owner' does not belong to table cgroup" rule add cgroup deny target-owner 0
bad "target-owner 'unset' is no number" rule add ns deny target-owner unset
bad "target-owner of an operation is one, not '1-2'" rule test ns enter target-owner 1-2
bad "unknown target 'me' after target (self or other)" rule add cgroup deny target me
bad "unknown unit 'task' after moves (thread or process)" rule add cgroup deny moves task
bad "unknown answer 'maybe' after same-delegation (no or yes)" rule add cgroup deny same-delegation maybe
bad "key 'moves' does not belong to table ns" rule add ns deny moves thread
bad "key 'same-delegation' does not belong to table affinity" rule add affinity deny same-delegation yes
bad "key 'opener-uid' does not belong to table ns" rule add ns deny opener-uid 0
bad "opener-uid range '5-3' is upside down" rule add cgroup deny opener-uid 5-3
bad "moves of an operation is one, not 'thread,process'" rule test cgroup move moves thread,process
bad "'same-delegation' describes no operation of table cgroup" \
	rule test cgroup move same-delegation yes
bad "path 'a' after from does not begin with a slash" rule add cgroup deny from a
bad "path '' after from is empty" rule add cgroup deny from /a,
bad "path '/a/' after from ends in a slash" rule add cgroup deny from /a/
bad "path '/a//b' after from has an empty component" rule add cgroup deny from /a//b
bad "path '/a/../b' after from has a component" rule add cgroup deny from /a/../b
bad "path '/.' after from has a component" rule add cgroup deny from /.
bad 'from under needs a path' rule add cgroup deny from under
bad "path 'nsenter' after exe does not begin with a slash" rule add ns deny exe nsenter
bad "path 'is' after exe does not begin with a slash" rule add ns deny exe is /bin/sh
bad 'is longer than 1023 bytes' rule add ns deny exe "/$(printf '%01023d' 0)"
bad "cpus needs a relation (intersects, subset, superset, equals or reset), not '0-3'" \
	rule add affinity deny cpus 0-3
bad "cpus needs a relation" rule add affinity deny cpus under 0-3
bad 'cpus intersects needs a list of CPUs' rule add affinity deny cpus intersects
bad "unknown key '0-3' in rule add affinity" rule add affinity deny cpus reset 0-3
bad 'reset belongs to cpus, not to effective-cpus' rule add affinity deny effective-cpus reset
bad "CPU list '3-1' after cpus has a range upside down" rule add affinity deny cpus equals 3-1
bad "CPU list '0,a' after cpus is no list" rule add affinity deny cpus equals 0,a
bad "CPU list '' after cpus is no list" rule add affinity deny cpus equals ''
bad "CPU list '16384' after cpus is no list" rule add affinity deny cpus equals 16384
bad 'priority needs a number' rule add ns deny priority
bad "priority '2147483648' is no number" rule add ns deny priority 2147483648
bad "priority '-2147483649' is no number" rule add ns deny priority -2147483649
bad "priority '+1' is no number" rule add ns deny priority +1
bad 'comment needs a text' rule add ns deny comment
bad 'comment is empty' rule add ns deny comment ''
bad 'uid has more than 64 values' rule add ns deny uid "$(seq -s, 0 64)"
bad 'cap has more than 64 values' rule add ns deny cap "$(seq -s, 0 40),$(seq -s, 0 40)"
bad 'exe has more than 64 values' rule add ns deny exe "$(printf '/bin/%d,' $(seq 64))/bin/sh"
bad 'target has more than 64 values' rule add ns deny target "$(printf 'pid:%d,' $(seq 64))host"
bad 'after from has more than 64 components' rule add cgroup deny from "$(printf '/%d' $(seq 65))"
bad 'a rule has at most 8192 bytes of attributes' rule add cgroup deny from "$(
	i=0
	while [ $i -lt 8 ]; do
		printf '/%01021d%s' 0 "$([ $i -eq 7 ] || echo ,)"
		i=$((i + 1))
	done)"
fine - rule add cgroup deny from "$(printf '/%01000d,/%01000d,/%01000d,/%01000d,/%01000d,/%01000d,/%01000d,/x' 0 1 2 3 4 5 6)"
bad 'type not mnt,uts,ipc,pid,net,user,cgroup,time: nothing is left that could match' \
	rule add ns deny type not mnt,uts,ipc,pid,net,user,cgroup,time
bad 'op not setaffinity,io_uring: nothing is left' rule add affinity deny op not setaffinity,io_uring
bad 'verdict lock is of op enter' rule add ns lock sandbox b op create
bad 'uid not 5,0-4294967295: nothing is left' rule add ns deny uid not 5,0-4294967295
bad 'from not under /a,/: nothing is left' rule add cgroup deny from not under /a,/
bad 'leaving /: nothing can leave the root' rule add cgroup deny leaving /
bad 'target not same,other: nothing is left' rule add ns deny target not same,other
bad 'target host: a namespace is entered, op says create' rule add ns deny op create target host
bad 'target-owner 0: a namespace is entered, op says create' rule add ns deny target-owner 0 op not enter
bad 'element 5 of set t is said twice' set add t type uid elements 1,5,7-8,5
bad 'element 5 of set t is said twice' element add t 5,1,5-5
bad 'comment is 128 bytes long, at most 127 fit' rule add ns deny comment "$(printf '%0128d' 0)"
bad 'rule del needs a handle' rule del
bad "'0' is no handle" rule del 0
bad "'3x' is no handle" rule del 3 3x
bad "'18446744073709551616' is no handle" rule del 18446744073709551616
bad "unknown table 'all' in rule flush" rule flush all
bad "unknown table 'all' in rule list" rule list all
bad "no help on 'me'" help me
bad '--echo given twice' help --echo --echo
bad "unexpected word 'now' after confirm" confirm now
bad '--force does not belong to confirm' confirm --force
bad '--confirm does not belong to rollback' rollback --confirm 3
bad "unexpected word '7' after rollback" rollback 7
bad "--expect needs a value" rollback --expect
fine '' confirm --expect 41
fine '' rollback --expect=41 --json
bad '--confirm needs a value' rule flush --confirm
bad "--confirm takes 1 to 3600 seconds, not '0'" rule flush --confirm 0
bad "--confirm takes 1 to 3600 seconds, not '3601'" rule flush --confirm=3601
bad "--confirm takes 1 to 3600 seconds, not '10s'" rule flush --confirm 10s
bad '--confirm does not belong to rule list' rule list --confirm 3
bad 'rule replace needs a handle (see rule list)' rule replace
bad "'ns' is no handle of a rule" rule replace ns deny
bad "'0' is no handle of a rule" rule replace 0 ns deny
bad "needs a table: ns, cgroup or affinity" rule replace 7
bad 'rule replace needs a table: ns' rule replace 7
bad "unknown table 'nets' in rule replace" rule replace 7 nets deny
bad "unknown verdict 'drop' in rule replace ns" rule replace 7 ns drop
bad "unknown key 'uidd' in rule replace ns" rule replace 7 ns deny uidd 3
bad 'sync needs a file' sync
bad 'nsguardctl: missing.nsg: No such file or directory' sync missing.nsg
bad "unexpected word 'b' after sync FILE" sync a b
bad '--dry-run does not belong to mode' mode ns off --dry-run
bad '--dry-run takes no value' sync --dry-run=yes a
bad "unknown mode '-' in mode (off, audit or enforce)" mode ns -
bad '-D takes NAME=VALUE, not' -D x -f policy.nsg
bad "'5' is no name to define" -D 5=x -f policy.nsg
bad "'' is no name to define" -D =x -f policy.nsg
bad "'x' is defined by -D already" -D x=1 --define=x=2 -f policy.nsg
bad '--define needs a value' -f policy.nsg -D
bad '--define does not belong to mode' mode ns off -D x=1
bad 'define stands in files' define x = 1
bad '--expect needs a value' rule flush --expect
bad "--expect takes a generation (see status), not 'now'" rule flush --expect now
bad "--expect takes a generation (see status), not '0'" rule flush --expect=0
bad '--expect does not belong to status' status --expect 3
bad '--expect does not belong to unload' unload --expect 3
bad "unknown command '\\x1b[31m'" "$(printf '\033[31m')"

want_code=2
run --echo help
[ $code -eq 2 ] && grep -q -- '--echo needs --check' out
result 'refused: --echo help'

want_code=0
run --check rule add ns allow exe /bin/sh type uts
[ $code -eq 0 ] && grep -q 'warning: .* rests on exe alone' out
result 'warned: an allow rule resting on exe alone'
run --check rule add ns allow exe /bin/sh uid 5
[ $code -eq 0 ] && [ ! -s out ]
result 'not warned: exe and uid'

want_code=3
run status
if grep -q '^nsguard ' out; then
	echo "# this machine has the module: exit code 3 is not tried"
else
	[ $code -eq 3 ] && grep -q 'the module is not loaded' out
	result 'exit code 3: status without the module'
	run --json rule list
	[ $code -eq 3 ] && ! grep -q '{' out
	result 'exit code 3: no JSON on failure'
	run rule add ns deny uid 5
	[ $code -eq 3 ]
	result 'exit code 3: rule add without the module'
fi

want_code=0
run help
[ $code -eq 0 ] && grep -q '^usage: nsguardctl' out
result 'help'
run --version
[ $code -eq 0 ] && grep -qx 'nsguardctl [0-9.]*' out
result 'version'
run --check monitor --json --last 5 --follow
[ $code -eq 0 ] && [ ! -s out ]
result 'check of a question asks nothing'
want_code=1
if [ -w /dev/full ]; then
	"$bin" help >/dev/full 2>out
	code=$?
	[ $code -eq 1 ] && grep -q 'No space left on device' out
	result 'output that does not arrive is an error'
fi
