# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2016,SC2034,SC2086,SC2154 # $ is ours, too
#
# Policy files: how bytes become words, and where a fault is said to be. Read by test.sh.

file 'names for values' 0 'rule add ns deny uid 0,1000-1999,5 comment "$admins"' <<'END'
define admins = 0,1000-1999
define all = $admins,5
rule add ns deny uid $all comment '$admins'
END

file 'a name within a path' 0 "rule add cgroup deny to '/a b.slice/x-1'" <<'END'
define slice = "a b.slice"
define _x1 = x
rule add cgroup deny to /$slice/$_x1-1
END

file 'a dollar that is none' 0 "rule add cgroup deny to '/\$/\$1/a\$'" <<'END'
rule add cgroup deny to /$/$1/a$
END

file 'names are not for quotes' 0 'rule add ns deny comment "$x ${x}"' <<'END'
define x = 5
rule add ns deny comment "$x ${x}"
END

file 'a name may be unused' 0 'mode ns off' <<'END'
define x = ""
mode ns off
END

file 'a name that is not defined' 2 "policy.nsg:2:24: '\$admin' is not defined (a definition comes before its use)" <<'END'
define admins = 0
rule add ns deny uid 1,$admin
define admin = 5
END

file 'a name twice' 2 "policy.nsg:2:8: 'x' is defined already, in line 1" <<'END'
define x = 1
define x = 1
END

file 'a name by itself' 2 "policy.nsg:1:14: 'x' is defined by itself" <<'END'
define x = 1,$x
END

file 'names in a ring' 2 "policy.nsg:1:12: '\$y' is not defined (a definition comes before its use)" <<'END'
define x = $y
define y = $x
END

file 'no name' 2 "policy.nsg:1:8: '5x' is no name to define (letters, digits and _, no digit first)" <<'END'
define 5x = 1
END

file 'a name with its dollar' 2 'policy.nsg:1:8: a name is defined without the $: define x = VALUE' <<'END'
define $x = 1
END

file 'no value' 2 'policy.nsg:1:11: define takes NAME = VALUE' <<'END'
define x =
END

file 'no =' 2 "policy.nsg:1:10: define takes NAME = VALUE, 'is' is no =" <<'END'
define x is 5
END

file 'several values' 2 "policy.nsg:1:15: unexpected word '2' after define (a list has no blanks)" <<'END'
define x = 1, 2
END

file 'what a name stands for is wrong' 2 "policy.nsg:2:22: uid range '2-1' is upside down" <<'END'
define x = 2-1
rule add ns deny uid $x
END

i=0
while [ $i -lt 40 ]; do
	[ $i -gt 0 ] || echo "define x0 = 0123456789"
	i=$((i + 1))
	echo "define x$i = \$x$((i - 1))\$x$((i - 1))"
done >laughs.nsg
run --check -f laughs.nsg
want_code=2
[ $code -eq 2 ] && grep -q 'makes a word of more than 16384 bytes' out
result 'file: names that grow'

echo 'rule add ns deny uid $who gid $what' >given.nsg
want_code=0
run --check --echo -f given.nsg -D who=5-6 --define what=7 -D unused=
[ $code -eq 0 ] && [ "$(cat out)" = 'rule add ns deny uid 5-6 gid 7' ]
result 'file: names from the command line'
want_code=2
run --check -D who=5 -f given.nsg
[ $code -eq 2 ] && grep -qxF 'given.nsg:1:31: '"'\$what' is not defined (a definition comes before its use)" out
result 'file: a name missing on the command line'
printf 'define who = 5\nmode ns off\n' >given.nsg
run --check -D who=5 -f given.nsg
[ $code -eq 2 ] && grep -qxF "given.nsg:1:8: 'who' is defined by -D already" out
result 'file: a name of the command line again'

cat >sync.nsg <<'END'
rule flush
sandbox flush
set flush
mode ns audit
set add t type uid elements 1
element add t $x,7-8
sandbox add b target net:[1],/run/netns/b
rule add ns deny uid @t
rule add ns lock sandbox b uid 5
END
want_code=0
run --check --echo sync sync.nsg -D x=5
[ $code -eq 0 ] && [ "$(tail -n 1 out)" = 'rule add ns lock sandbox b uid 5' ]
result 'sync: a file is checked'
for line in 'rule del 3' 'rule replace 3 ns deny' 'sandbox del a' 'set del t' 'set flush t' 'element del t 5'; do
	echo "$line" >sync.nsg
	want_code=2
	run --check sync sync.nsg
	[ $code -eq 2 ] && grep -q "^sync.nsg:1:1: ${line%% *} [a-z]* cannot stand in a file for sync" out
	result "sync: refused: $line"
done

# sync NAME COMPLAINT... < TEXT: sync -c of the text ends with 2 and says exactly these
sync() {
	name=$1
	shift
	cat >sync.nsg
	want_code=2
	run --check sync sync.nsg
	printf '%s\n' "$@" | cmp -s - out && [ $code -eq 2 ]
	result "sync: $name"
}

sync 'an element twice' 'sync.nsg:3:15: element 5 of set t is in line 2 of the file, too' \
	'sync.nsg:4:17: element 7-9 of set t is in line 2 of the file, too' <<'END'
set add t type uid
element add t 7-9,5,6
element add t 5-5
  element add t 4,7-9
END
sync 'an element twice in a line' 'sync.nsg:1:32: element unset of set t is in line 1 of the file, too' <<'END'
set add t type auid elements   unset,4294967295
END
sync 'a set twice' 'sync.nsg:3:1: the set t is made in line 1 of the file, too' <<'END'
set add t type uid
set add u type uid
set add t type gid
END
sync 'a sandbox twice' 'sync.nsg:2:1: the sandbox b is made in line 1 of the file, too' <<'END'
sandbox add b target net:[1]
sandbox add b target net:[2]
END
sync 'elements of no set' 'sync.nsg:1:1: element add: the file makes no set t before that' <<'END'
element add t 5
set add t type uid
END
sync 'elements of a set that was flushed' 'sync.nsg:3:1: element add: the file makes no set t before that' <<'END'
set add t type uid
set flush
element add t 5
END
sync 'a set that the file lacks' 'sync.nsg:2:34: the file makes no set u' <<'END'
set add t type uid
rule add ns deny type uts uid @t gid not @u
END
sync 'a sandbox that the file lacks' 'sync.nsg:2:1: the file makes no sandbox c' <<'END'
sandbox add b target net:[1]
rule add ns lock sandbox c uid 5
END
sync 'a sandbox that was flushed' 'sync.nsg:3:1: the file makes no sandbox b' <<'END'
sandbox add b target net:[1]
sandbox flush
rule add ns lock sandbox b uid 5
END
sync 'a type that is none' "sync.nsg:2:17: unknown type of a set 'user' in set add (uid, gid, auid or pid)" <<'END'
mode ns off
 set add t type user
END
echo 'mode ns of' >sync.nsg
want_code=2
run sync --dry-run sync.nsg
[ $code -eq 2 ] && grep -q "^sync.nsg:1:9: unknown mode 'of'" out
result 'sync: a fault of the file'
want_code=0
echo 'mode ns off' | "$bin" --check --echo sync - >out 2>&1
code=$?
[ $code -eq 0 ] && [ "$(cat out)" = 'mode ns off' ]
result 'sync: standard input'

file 'comments, blank lines and continuation' 0 'rule add ns deny uid 5 pid 3' <<'END'
# a comment

	rule add ns \
		deny  uid 5 \
	pid 3 # another
END

file 'double quotes' 0 'rule add ns deny comment "a \\ \" \\n # b"' <<'END'
rule add ns deny comment "a \\ \" \n # b"
END

file 'single quotes are literal' 0 'rule add ns deny comment "a \\\\ \" b"' <<'END'
rule add ns deny comment 'a \\ " b'
END

file 'a backslash outside quotes is itself' 0 "rule add cgroup deny from '/a\\x2db'" <<'END'
rule add cgroup deny from /a\x2db
END

file 'quoted pieces are one word' 0 'rule add ns deny comment "a b#c"' <<'END'
rule add ns deny comment a" b"'#'c
END

file 'bytes by number' 0 "rule add ns deny comment \$'\\x01\\x0a\\xff\\''" <<'END'
rule add ns deny comment $'\x01\n\xff\''
END

file 'no newline at the end' 0 'mode ns off' <<END
$(printf 'mode ns off')
END

file 'options' 0 'default ns enter deny --force' <<'END'
default ns --force enter deny
END

file 'empty words' 2 'policy.nsg:1:26: comment is empty' <<'END'
rule add ns deny comment ""
END

file 'a namespace with a space in its path' 0 "sandbox add blue target '/run/a b,pid:3'" <<'END'
sandbox add blue target "/run/a b" target pid:3
END

file 'unknown key' 2 "policy.nsg:2:18: unknown key 'uidd' in rule add ns (keys: op type target target-owner uid euid gid auid pid exe cgroup in-ns userns cap dry-run priority comment)" <<'END'
rule flush
rule add ns deny uidd 5
END

file 'a rule twice' 2 'policy.nsg:4:1: the same rule is in line 1 of the file, too' <<'END'
rule add ns deny uid 5,7-8 type uts,net comment one
rule add ns deny uid 5
rule add ns deny type net,uts
rule add ns deny type net,uts uid 7-8,5,5 comment two
END

file 'rules that differ' 0 'rule add ns allow uid 5' <<'END'
rule add ns deny uid 5
rule add ns deny uid 5 priority 1
rule add ns deny uid 5 dry-run
rule add ns deny euid 5
rule add ns allow uid 5
rule add cgroup deny uid 5
END

file 'a rule again after a flush' 0 'rule flush ns' <<'END'
rule add ns deny uid 5
rule flush ns
rule add ns deny uid 5
rule flush
rule add ns deny uid 5
END

file 'a flush of another table' 2 'policy.nsg:3:1: the same rule is in line 1 of the file, too' <<'END'
rule add ns deny uid 5
rule flush cgroup
rule add ns deny uid 5
END

file 'elements twice' 2 'policy.nsg:4:16: element 7 of set t is in line 2 of the file, too' <<'END'
set add t type uid
element add t 5,7
element add u 7
 element add t 7-7,8
END

file 'an element again' 0 'set flush' <<'END'
element add t 5
element del t 5
element add t 5
set flush t
element add t 5
set flush
set add t type uid elements 5
END

file 'a set twice' 2 'policy.nsg:2:1: the set t is in line 1 of the file, too' <<'END'
set add t type uid
set add t type gid
END

file 'a sandbox twice' 2 'policy.nsg:2:1: the sandbox b is in line 1 of the file, too' <<'END'
sandbox add b target net:[1]
sandbox add b target net:[2]
END

file 'something missing' 2 'policy.nsg:1:21: uid needs a value' <<'END'
rule add ns deny uid
END

file 'a fault behind a continuation' 2 "policy.nsg:2:6: uid range '2-1' is upside down" <<'END'
rule add ns deny uid \
     2-1
END

file 'every fault is told' 2 "policy.nsg:4:1: unknown command 'foo' (see nsguardctl help)" <<'END'
bar
rule add ns deny uid x-
mode ns audit
foo
END

file 'open quotes' 2 'policy.nsg:1:26: quoted text does not end on its line' <<'END'
rule add ns deny comment "x
mode ns audit
END

file 'bad escape' 2 "policy.nsg:1:29: in \$'...' only \\ ' n t or xNN may follow a backslash" <<'END'
rule add ns deny comment $'\q'
END

file 'questions' 2 'policy.nsg:1:1: status cannot stand in a file' <<'END'
status
END

file 'options of the command line' 2 'policy.nsg:1:9: --json does not belong to mode' <<'END'
mode ns --json off
END

file 'a file takes nothing back' 2 "policy.nsg:1:1: rollback cannot stand in a file" <<'END'
rollback
END
file 'a file confirms nothing' 2 "policy.nsg:1:1: confirm cannot stand in a file" <<'END'
confirm
END

file 'a file expects nothing' 2 "policy.nsg:1:9: --expect does not belong to mode" <<'END'
mode ns --expect 3 off
END

file 'a file cannot read files' 2 "policy.nsg:1:1: --file does not belong to mode" <<'END'
-f other mode ns off
END

want_code=2
printf 'mode ns\0off\n' >nul.nsg
run --check -f nul.nsg
[ $code -eq 2 ] && grep -q 'has a NUL at byte 8' out
result 'file: a NUL'
run --check -f missing.nsg
[ $code -eq 2 ] && grep -qx 'nsguardctl: missing.nsg: No such file or directory' out
result 'file: missing'
run --check -f .
[ $code -eq 2 ] && grep -q 'Is a directory' out
result 'file: a folder'
head -c 20000 /dev/urandom | tr -d '\0' >noise.nsg
run --check -f noise.nsg
[ $code -eq 2 ]
result 'file: noise'

want_code=0
echo 'mode ns off' | "$bin" --check --echo -f - >out 2>&1
code=$?
[ $code -eq 0 ] && [ "$(cat out)" = 'mode ns off' ]
result 'file: standard input'

i=0
while [ $i -lt 10000 ]; do
	echo "rule add ns deny type uts,net target host uid $i-$((i + 5)) comment 'rule number $i'"
	i=$((i + 1))
done >many.nsg
run --check --echo -f many.nsg
[ $code -eq 0 ] && [ "$(wc -l <out)" -eq 10000 ]
result 'file: 10000 rules'
cp out again.nsg
run --check --echo -f again.nsg
[ $code -eq 0 ] && cmp -s out again.nsg
result 'file: what is shown is read back as the same'
