#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Generates the uapi header, the netlink policies and the table of operations from
# nsguard.yaml with the kernel's own generator (linux 6.12), or, with --check, says
# whether the committed files are what it generates. Fetches nothing.
#
# usage: regen.sh [--check] YNL_DIR     (YNL_DIR: tools/net/ynl of a linux source)
set -eu

usage()
{
	echo "usage: regen.sh [--check] YNL_DIR" >&2
	exit 2
}

check=no
if [ "${1-}" = --check ]; then
	check=yes
	shift
fi
[ $# -eq 1 ] || usage
ynl=$1
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
generator=$ynl/ynl-gen-c.py
schema=$ynl/../../../Documentation/netlink/genetlink-legacy.yaml
for file in "$generator" "$schema"; do
	if [ ! -e "$file" ]; then
		echo "regen.sh: $file: no such file; YNL_DIR must be tools/net/ynl of linux 6.12" >&2
		exit 1
	fi
done

# The generator looks upwards for a kernel tree and for the schema beside it: give it one.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir "$tmp/uapi"
: >"$tmp/MAINTAINERS"
cp "$schema" "$tmp/"
cp "$here/nsguard.yaml" "$tmp/uapi/"

# usage: generate MODE --header|--source FILE
generate()
{
	PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$generator" --mode "$1" "$2" \
		--spec "$tmp/uapi/nsguard.yaml" -o "$tmp/$3"
}
generate uapi --header nsguard.h
generate kernel --header gen.h
generate kernel --source gen.c

# - We live outside the kernel tree: the uapi header is not found as <uapi/linux/...>.
# - 6.1 has no genl_split_ops. Every operation here is either do or dump, and so each row
#   is a valid genl_ops as it stands; those exist everywhere and, unlike what the generator
#   writes for genl_ops, have start and done.
# - A path is a string with its NUL: the generator forgets that for a list (multi-attr).
# - The group exists only where the kernel guards it (H25): family.c has the table.
sed -i \
	-e 's|<uapi/linux/nsguard.h>|"../../uapi/linux/nsguard.h"|' \
	-e 's/struct genl_split_ops/struct genl_ops/' \
	-e '/NSGUARD_A_MATCH_PATH/s/NLA_STRING/NLA_NUL_STRING/' \
	-e '/^static const struct genl_multicast_group/,/^};/d' \
	"$tmp/gen.h" "$tmp/gen.c"
# What went left empty lines at the end.
sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$tmp/gen.c"

status=0
# usage: place GENERATED COMMITTED
place()
{
	if [ $check = no ]; then
		mkdir -p "$(dirname "$top/$2")"
		cp "$tmp/$1" "$top/$2"
	elif ! diff -u --label "$2" --label "$2 (generated)" "$top/$2" "$tmp/$1" >&2; then
		echo "regen.sh: $2 is not what uapi/nsguard.yaml gives; run make regen" >&2
		status=1
	fi
}
place nsguard.h uapi/linux/nsguard.h
place gen.h module/netlink/gen.h
place gen.c module/netlink/gen.c
exit $status
