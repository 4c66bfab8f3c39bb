# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The guest's initramfs: a base archive of this machine's own tools (cached) and one per job. They
# are cpio archives one after the other, uncompressed: emulation is slow at unpacking and fast at reading. Sourced after lib.sh; it boots nothing.

guest_tools="bash nsenter unshare taskset lsns setpriv prlimit chrt ip strace kmod stat sort timeout"
# Of the kernel's own modules only what tests and stories may want.
guest_modules="dummy veth"

# usage: copy_libs ROOT FILE ; the libraries a program is linked with
copy_libs()
{
	local root=$1 file=$2 lib
	ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' | while read -r lib; do
		# One folder for libraries, whichever spelling the linker found them under.
		if [ ! -e "$root/lib/$(basename "$lib")" ]; then
			cp -L "$lib" "$root/lib/$(basename "$lib")"
		fi
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
	mkdir -p "$root/usr/lib/x86_64-linux-gnu"
	rmdir "$root/usr/lib/x86_64-linux-gnu"
	ln -sfn . "$root/usr/lib/x86_64-linux-gnu"
	ln -sfn lib "$root/usr/lib64"
}

base_build()
{
	local file=$1 root tool path t
	root=$(mktemp -d "$NSG_CACHE/image.XXXXXX")
	skeleton "$root"
	cp /bin/busybox "$root/usr/bin/busybox"
	for tool in $("$root/usr/bin/busybox" --list); do
		[ "$tool" = busybox ] || ln -sf busybox "$root/usr/bin/$tool"
	done
	for tool in $guest_tools; do
		path=$(command -v "$tool") || die "guest image: $tool is not installed"
		# A link's own name must not stand in the way of the real tool.
		rm -f "$root/usr/bin/$tool"
		copy_with_libs "$root" "$(realpath "$path")" "/usr/bin/$tool"
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
		paths+=("$(realpath "$(command -v "$tool")")")
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
	if [ -x "$NSG_BUILD/cli/nsguardctl" ]; then
		copy_with_libs "$root" "$NSG_BUILD/cli/nsguardctl" /usr/sbin/nsguardctl
	fi
}
