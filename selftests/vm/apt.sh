# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of any Debian suite through a private apt configuration: of the machine's own sources the
# mirror is taken, and nothing is changed. Sourced after lib.sh; it knows packages, not kernels.

# usage: own_mirror NAME ; where the machine itself has the archive debian or debian-security from
own_mirror()
{
	local uri
	# Before the first update apt knows no index, but it knows where it would look.
	uri=$(apt-get update --print-uris 2>/dev/null | sed -n "s|^'\\(.*/$1\\)/*/dists/.*|\\1|p" | head -n 1)
	[ -n "$uri" ] || die "apt's sources name no mirror of $1 (give one with NSGUARD_MIRROR and NSGUARD_MIRROR_SECURITY)"
	echo "$uri"
}

NSG_MIRROR=${NSGUARD_MIRROR:-$(own_mirror debian)} || exit 1
NSG_MIRROR_SECURITY=${NSGUARD_MIRROR_SECURITY:-$(own_mirror debian-security)} || exit 1
NSG_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# usage: apt_config SUITES ARCH ; prints the path of the configuration. SUITES: comma separated.
apt_config()
{
	local suites=$1 arch=$2 suite mirror
	local dir=$NSG_CACHE/apt/$suites-$arch
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	{
		for suite in ${suites//,/ }; do
			mirror=$NSG_MIRROR
			case $suite in *-security) mirror=$NSG_MIRROR_SECURITY ;; esac
			echo "deb [signed-by=$NSG_KEYRING] $mirror $suite main"
		done
	} >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-EOF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Dir::State::Lists "$dir/lists";
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Cache "$dir/cache";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Acquire::http::Timeout "30";
	EOF
	echo "$dir/apt.conf"
}

# usage: apt_update CONF ; package lists not older than a day (NSGUARD_REFRESH=1: now)
apt_update()
{
	local conf=$1 stamp log try
	stamp=$(dirname "$conf")/updated
	log=$(dirname "$conf")/update.log
	if [ -z "${NSGUARD_REFRESH:-}" ] && is_fresh "$stamp" 86400; then
		return 0
	fi
	for try in 1 2 3; do
		if APT_CONFIG=$conf timeout 180 apt-get -o APT::Update::Error-Mode=any update >"$log" 2>&1; then
			touch "$stamp"
			return 0
		fi
		[ "$try" = 3 ] || sleep 3
	done
	if [ -e "$stamp" ]; then
		warn "package lists not refreshed ($log), the ones of $(date -r "$stamp" +%F) are used"
		return 0
	fi
	tail -n 3 "$log" >&2
	return 1
}

# usage: apt_depends CONF PACKAGE PATTERN ; direct dependencies that match the extended pattern
apt_depends()
{
	APT_CONFIG=$1 apt-cache depends --important "$2" 2>/dev/null |
		sed -n 's/^ *Depends: //p' | grep -E "$3" || true
}

# usage: apt_version CONF PACKAGE ; newest version there
apt_version()
{
	APT_CONFIG=$1 apt-cache madison "$2" 2>/dev/null | awk '{ print $3 }' | sort -V | tail -n 1
}

# usage: apt_unpack CONF DIR PACKAGE[=VERSION]... ; downloads and unpacks into DIR
apt_unpack()
{
	local conf=$1 dir=$2 tmp deb
	shift 2
	tmp=$(mktemp -d "$NSG_CACHE/download.XXXXXX")
	if ! (cd "$tmp" && APT_CONFIG=$conf timeout 900 apt-get -q download "$@" >apt.log 2>&1); then
		tail -n 5 "$tmp/apt.log" >&2
		rm -rf "$tmp"
		return 1
	fi
	mkdir -p "$dir"
	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$dir" || { rm -rf "$tmp"; return 1; }
	done
	rm -rf "$tmp"
}

# usage: apt_root CONF DIR PACKAGE... ; these packages and all they depend on, unpacked into DIR
# No script of a package is run: a folder to chroot into, or to take another architecture's files from.
apt_root()
{
	local conf=$1 dir=$2 tmp deb d
	shift 2
	tmp=$(mktemp -d "$NSG_CACHE/download.XXXXXX")
	mkdir -p "$tmp/archives/partial"
	# A machine on which nothing is installed: everything needed is to be had.
	: >"$tmp/status"
	if ! APT_CONFIG=$conf timeout 900 apt-get -q -y --download-only --no-install-recommends \
		-o "Dir::State::status=$tmp/status" -o "Dir::Cache::archives=$tmp/archives" \
		-o Debug::NoLocking=1 install "$@" >"$tmp/apt.log" 2>&1; then
		tail -n 5 "$tmp/apt.log" >&2
		rm -rf "$tmp"
		return 1
	fi
	for d in bin sbin lib lib64; do
		mkdir -p "$dir/usr/$d"
		ln -sfn "usr/$d" "$dir/$d"
	done
	for deb in "$tmp"/archives/*.deb; do
		# Bookworm's packages still have folders where the links above stand.
		dpkg-deb --fsys-tarfile "$deb" | tar -C "$dir" --keep-directory-symlink -xf - ||
			{ rm -rf "$tmp"; return 1; }
	done
	rm -rf "$tmp"
}
