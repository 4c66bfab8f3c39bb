// SPDX-License-Identifier: GPL-2.0-only
/*
 * The child that does a guarded operation, see ops.h. Everything it can be asked
 * to do is in act().
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kmod.h"
#include "ops.h"

#define CHILD_SECONDS	20	/* a child that takes longer is killed */
#define NR_32_SCHED_SETAFFINITY	241

static int cgroup_write(const struct op *op, const char *cgroup, const char *file, pid_t pid)
{
	char path[PATH_MAX], text[16];

	snprintf(path, sizeof(path), "%s%s/%s", op->root ?: CG2, cgroup, file);
	snprintf(text, sizeof(text), "%d", pid);
	return file_write(path, text);
}

static int write_opened(int fd, pid_t pid)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", pid);

	return write(fd, text, n) == n ? 0 : -errno;
}

static int clone_child(uint64_t flags, const char *cgroup)
{
	struct clone_args args = { .flags = flags, .exit_signal = SIGCHLD };
	int ret, status;
	pid_t pid;

	if (cgroup) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if ((int)args.cgroup < 0)
			return -errno;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(0);
	ret = pid < 0 ? -errno : 0;
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (cgroup)
		close(args.cgroup);
	return ret;
}

static int clone_old(uint64_t flags)
{
	pid_t pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return -errno;
	waitpid(pid, NULL, 0);
	return 0;
}

/* The system call of 32-bit programs; its pointers must lie below 4 GiB. */
static int affinity32(pid_t pid, size_t bytes, const void *mask)
{
#ifdef __x86_64__
	void *low = mmap(NULL, 16384, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long ret = NR_32_SCHED_SETAFFINITY;

	if (low == MAP_FAILED)
		return -errno;
	memcpy(low, mask, bytes);
	asm volatile("int $0x80" : "+a" (ret)
		     : "b" ((long)pid), "c" (bytes), "d" (low)
		     : "memory", "cc", "r8", "r9", "r10", "r11");
	return ret;
#else
	return -ENOSYS;
#endif
}

static int affinity(const struct op *op, pid_t target)
{
	static unsigned char mask[8192];
	size_t bytes = op->bytes ?: sizeof(op->mask);

	memset(mask, op->fill, sizeof(mask));
	memcpy(mask, &op->mask, bytes < sizeof(op->mask) ? bytes : sizeof(op->mask));
	if (op->kind == OP_AFFINITY32)
		return affinity32(target, bytes, mask);
	return syscall(SYS_sched_setaffinity, target, bytes, mask) ? -errno : 0;
}

/* Does it. Return: 0 or -errno. @changed: for what leaves no trace in op_state(). */
static int act(const struct op *op, pid_t target, bool *changed)
{
	char path[PATH_MAX];
	int ret;

	switch (op->kind) {
	case OP_SETNS:
		return setns(op->fd, op->types) ? -errno : 0;
	case OP_UNSHARE:
		return unshare(op->types) ? -errno : 0;
	case OP_CLONE:
		ret = clone_child(op->types, NULL);
		*changed = !ret;
		return ret;
	case OP_CLONE_OLD:
		ret = clone_old(op->types);
		*changed = !ret;
		return ret;
	case OP_OPEN_TREE:
	case OP_FSMOUNT:
		return op_mount(op, changed);
	case OP_CLONE_INTO:
		snprintf(path, sizeof(path), "%s%s", op->root ?: CG2, op->to);
		ret = clone_child(0, path);
		*changed = !ret;
		return ret;
	case OP_PROCS:
		return op->opened ? write_opened(op->fd, target) :
				    cgroup_write(op, op->to, "cgroup.procs", target);
	case OP_THREADS:
		return op->opened ? write_opened(op->fd, target) :
				    cgroup_write(op, op->to, "cgroup.threads", target);
	case OP_TASKS:
		return cgroup_write(op, op->to, "tasks", target);
	case OP_AFFINITY:
	case OP_AFFINITY32:
		return affinity(op, op->other ? target : 0);
	case OP_SQ_AFF:
	case OP_SQPOLL:
	case OP_IOWQ_AFF:
	case OP_IOWQ_RESET:
		return -op_uring(op, changed);
	}
	return -ENOSYS;
}

/* The process acted on, when it is not the child itself. */
static pid_t victim(const struct op *op)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid < 0 ? -errno : pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

static int place(const struct op *op, pid_t target)
{
	int ret = 0;

	if (op->from)
		ret = cgroup_write(op, op->from, "cgroup.procs", target);
	/* Of workers that do not exist yet op_uring() sees to it. */
	if (!ret && op->before && op->kind != OP_IOWQ_RESET &&
	    syscall(SYS_sched_setaffinity, target, 8, &op->before))
		ret = -errno;
	return ret;
}

/**
 * struct report - from the child to its parent: once it stands, once it has acted
 */
struct report {
	int err;
	bool changed;
	pid_t target;
};

static void send_report(int fd, const struct report *r)
{
	if (write(fd, r, sizeof(*r)) != sizeof(*r))
		_exit(1);
}

static void child(int fd, const struct op *op)
{
	char before[OP_STATE], after[OP_STATE], go;
	struct report r = { 0 };
	bool changed = false;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(CHILD_SECONDS);
	r.target = getpid();
	if (op->other_uid && !op->other)
		r.err = -EINVAL;
	if (op->other) {
		/* It inherits its real uid from a child that had it for a moment. */
		if (op->other_uid && setresuid(op->other_uid, 0, 0))
			r.err = -errno;
		r.target = victim(op);
		if (op->other_uid && setresuid(0, 0, 0))
			r.err = -errno;
	}
	if (!r.err)
		r.err = r.target < 0 ? r.target : place(op, r.target);
	if (!r.err && op->become)
		r.err = op->become(op->arg);
	send_report(fd, &r);
	if (read(fd, &go, 1) != 1)
		_exit(0);
	op_state(op, r.target, before);
	r.err = -act(op, r.target, &changed);
	op_state(op, r.target, after);
	r.changed = changed || strcmp(before, after);
	send_report(fd, &r);
	/* Stays until it is released, for whoever wants to look at it. */
	if (read(fd, &go, 1))
		_exit(1);
	if (op->other) {
		kill(r.target, SIGKILL);
		waitpid(r.target, NULL, 0);
	}
	_exit(0);
}

static void op_end(struct op_child *c)
{
	/* A child started meanwhile has the file too, and would keep it open. */
	shutdown(c->fd, SHUT_RDWR);
	close(c->fd);
	waitpid(c->pid, NULL, 0);
}

int op_start(struct op_child *c, const struct op *op)
{
	struct report r;
	int fd[2];

	memset(c, 0, sizeof(*c));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd))
		return -errno;
	c->pid = fork();
	if (c->pid == 0) {
		close(fd[0]);
		child(fd[1], op);
	}
	close(fd[1]);
	c->fd = fd[0];
	if (c->pid < 0) {
		close(fd[0]);
		return -EAGAIN;
	}
	if (read(c->fd, &r, sizeof(r)) != sizeof(r))
		r.err = -EPIPE;
	c->target = r.target;
	if (r.err) {
		fprintf(stderr, "# op: child could not be placed: %s\n", strerror(-r.err));
		op_end(c);
	}
	return r.err;
}

void op_go(struct op_child *c)
{
	struct report r = { .err = -1 };

	if (write(c->fd, "", 1) != 1 || read(c->fd, &r, sizeof(r)) != sizeof(r))
		r.err = -1;
	c->err = r.err;
	c->changed = r.changed;
	op_end(c);
}

struct op_child op_run(const struct op *op)
{
	struct op_child c;

	if (op_start(&c, op))
		c.err = -1;
	else
		op_go(&c);
	return c;
}

/* The effective uid stays 0, and with it every capability. */
int become_uid(const void *uid)
{
	return setresuid(*(const uid_t *)uid, 0, 0) ? -errno : 0;
}

int become_gid(const void *gid)
{
	return setresgid(*(const gid_t *)gid, 0, 0) ? -errno : 0;
}

int become_group(const void *gid)
{
	return setgroups(1, gid) ? -errno : 0;
}

int become_auid(const void *auid)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", *(const uid_t *)auid);
	return file_write("/proc/self/loginuid", text);
}

int become_in_cgroup(const void *path)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), CG2 "%s/cgroup.procs", (const char *)path);
	return file_write(file, "0");
}
