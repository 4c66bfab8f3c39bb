// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mount calls that make mount namespaces: ones that can be entered, and the anonymous ones of
 * detached trees, which nobody can. See ops.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "ops.h"

static int tmpfs_mount(unsigned int flags)
{
	int fs, fd, err;

	fs = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -1;
	fd = syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	if (!fd)
		fd = syscall(SYS_fsmount, fs, flags | FSMOUNT_CLOEXEC, 0);
	err = errno;
	close(fs);
	errno = err;
	return fd;
}

/* Is it what was asked for: a namespace that is not ours, or a tree of mounts? */
static bool is_wanted(int fd, bool ns)
{
	struct stat st, own;
	struct statfs fs;

	if (fstatfs(fd, &fs) || fstat(fd, &st) || stat("/proc/self/ns/mnt", &own))
		return false;
	if (ns)
		return fs.f_type == NSFS_MAGIC && st.st_ino != own.st_ino;
	return fs.f_type != NSFS_MAGIC;
}

int op_mount(const struct op *op, bool *changed)
{
	bool ns;
	int fd;

	if (op->kind == OP_OPEN_TREE) {
		fd = syscall(SYS_open_tree, AT_FDCWD, "/tmp", op->types | OPEN_TREE_CLOEXEC);
		ns = op->types & OP_TREE_NAMESPACE;
	} else {
		fd = tmpfs_mount(op->types);
		ns = op->types & OP_FSMOUNT_NAMESPACE;
	}
	if (fd < 0)
		return -errno;
	*changed = is_wanted(fd, ns);
	close(fd);
	return 0;
}
