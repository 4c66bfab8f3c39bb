# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's initramfs: a base archive of this machine's own tools (cached) and one per job. They
# are cpio archives one after the other, uncompressed: emulation is slow at unpacking and fast at reading.
# Another architecture's tools come from its root (A_ROOT). Sourced after lib.sh and arch.sh, used after
# arch_set; it boots nothing.

guest_tools="bash nsenter unshare taskset lsns setpriv prlimit chrt ip strace kmod stat sort timeout"
# Of the kernel's own modules only what tests and stories may want, and who sets GUEST_MODULES.
guest_modules="dummy veth ${GUEST_MODULES:-}"

# usage: tool_path TOOL ; the real file, of this machine or of the architecture's root
tool_path()
{
	local dir
	if [ -z "$A_ROOT" ]; then
		dir=$(command -v "$1") && realpath "$dir"
		return
	fi
	for dir in usr/bin usr/sbin; do
		# A link there may be absolute: seen from that root.
		if [ -f "$A_ROOT/$dir/$1" ] && [ ! -L "$A_ROOT/$dir/$1" ]; then
			echo "$A_ROOT/$dir/$1"
			return 0
		fi
	done
	return 1
}

# usage: lib_path NAME ; a shared library of the architecture
lib_path()
{
	local dir
	for dir in "lib/$A_TRIPLET" "usr/lib/$A_TRIPLET" lib lib64; do
		if [ -e "$A_ROOT/$dir/$1" ]; then
			echo "$A_ROOT/$dir/$1"
			return 0
		fi
	done
	die "guest image: no library $1 of $A_TRIPLET"
}

# usage: copy_libs ROOT FILE ; the loader and the libraries a program is linked with, and theirs
copy_libs()
{
	local root=$1 name path
	# No ldd: it would have to run the program.
	LC_ALL=C readelf -ld "$2" 2>/dev/null |
		sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p; s/.*program interpreter: .*\/(.*)\]$/\1/p' |
		while read -r name; do
			# One folder for libraries, wherever they lay.
			[ ! -e "$root/lib/$name" ] || continue
			path=$(lib_path "$name") || exit 1
			cp -L "$path" "$root/lib/$name"
			copy_libs "$root" "$path"
		done
}

# usage: copy_with_libs ROOT FILE TARGET
copy_with_libs()
{
	mkdir -p "$1$(dirname "$3")"
	cp -L "$2" "$1$3"
	copy_libs "$1" "$2"
}

# usage: archive ROOT FILE
archive()
{
	(cd "$1" && find . -mindepth 1 -print0 | sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible) >"$2.new" && mv "$2.new" "$2"
}

skeleton()
{
	local root=$1 d
	for d in usr/bin usr/sbin usr/lib proc sys dev run tmp root etc var job; do
		mkdir -p "$root/$d"
	done
	ln -sfn usr/bin "$root/bin"
	ln -sfn usr/sbin "$root/sbin"
	ln -sfn usr/lib "$root/lib"
	ln -sfn lib "$root/lib64"
	ln -sfn ../run "$root/var/run"
	ln -sfn . "$root/usr/lib/$A_TRIPLET"
	ln -sfn lib "$root/usr/lib64"
}

base_build()
{
	local file=$1 root tool path t
	root=$(mktemp -d "$NSG_CACHE/image.XXXXXX")
	skeleton "$root"
	path=$(tool_path busybox) || die "guest image: busybox is not installed"
	cp "$path" "$root/usr/bin/busybox"
	# This machine's own can be asked for the list, and knows the same names.
	for tool in $(/bin/busybox --list); do
		[ "$tool" = busybox ] || ln -sf busybox "$root/usr/bin/$tool"
	done
	for tool in $guest_tools; do
		path=$(tool_path "$tool") || die "guest image: $tool is not installed"
		# A link's own name must not stand in the way of the real tool.
		rm -f "$root/usr/bin/$tool"
		copy_with_libs "$root" "$path" "/usr/bin/$tool"
	done
	for t in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -sf kmod "$root/usr/bin/$t"
		ln -sf ../bin/kmod "$root/usr/sbin/$t"
	done
	cp "$NSG_VM/guest/init" "$root/init"
	chmod 755 "$root/init"
	cp "$NSG_VM/guest/bashrc" "$root/etc/bashrc"
	printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/sh\nguest:x:1000:1000:guest:/tmp:/bin/bash\n' \
		>"$root/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\nguest:x:1000:\n' >"$root/etc/group"
	archive "$root" "$file"
	rm -rf "$root"
}

# usage: image_base ; prints the path of the base archive, made anew when a tool or a script changed
image_base()
{
	local key file tool paths=()
	for tool in $guest_tools busybox; do
		paths+=("$(tool_path "$tool")")
	done
	key=$(hash_of "${paths[@]}" "$NSG_VM/image.sh" "$NSG_VM/guest/init" "$NSG_VM/guest/bashrc")
	file=$NSG_CACHE/image-base-$key.cpio
	if [ ! -e "$file" ]; then
		say "building the guest image"
		with_lock image base_build "$file" || die "guest image: cannot be built"
		# Images of older tools: nobody asks for them again.
		find "$NSG_CACHE" -maxdepth 1 -name 'image-base-*' -mtime +7 -delete
	fi
	touch "$file"
	echo "$file"
}

# usage: job_root DIR KO... ; a job's root with our modules (may be none), nsguardctl (if built) and
# what guest_modules names (K_* set). The caller adds /job/command and /job/env.
job_root()
{
	local root=$1 ko to m f
	shift
	rm -rf "$root"
	mkdir -p "$root/job" "$root/usr/lib"
	to=$root/usr/lib/modules/$K_RELEASE
	mkdir -p "$to/updates" "$to/kernel"
	for ko in "$@"; do
		cp "$ko" "$to/updates/"
	done
	: >"$to/modules.order"
	for m in $guest_modules; do
		! grep -q "/$m\.ko\$" "$K_MODULES/modules.builtin" || continue
		f=$(find "$K_MODULES" -name "$m.ko*" | head -n 1)
		[ -n "$f" ] || die "guest image: $K_RELEASE has no module $m"
		cp "$f" "$to/kernel/"
	done
	cp "$K_MODULES"/modules.builtin "$K_MODULES"/modules.builtin.modinfo "$to/"
	ln -sfn usr/lib "$root/lib"
	depmod -b "$root" "$K_RELEASE" || die "depmod failed"
	if [ -x "$A_BUILD/cli/nsguardctl" ]; then
		copy_with_libs "$root" "$A_BUILD/cli/nsguardctl" /usr/sbin/nsguardctl
	fi
}
