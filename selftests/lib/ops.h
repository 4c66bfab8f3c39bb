/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each guarded operation, done by a child of its own that is placed first, then told to
 * go, and that says what it met and whether anything changed. Knows no rule and no
 * netlink; proof.h brings the two together.
 */
#ifndef NSG_TEST_OPS_H
#define NSG_TEST_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CG2		"/sys/fs/cgroup"
#define OP_MASK_BYTES	128

/* Newer than some headers: flags of open_tree(), fsmount(), unshare() and clone3(), 7.x. */
#define OP_TREE_NAMESPACE	2		/* OPEN_TREE_NAMESPACE */
#define OP_FSMOUNT_NAMESPACE	2		/* FSMOUNT_NAMESPACE */
#define OP_UNSHARE_EMPTY	0x00100000	/* UNSHARE_EMPTY_MNTNS */
#define OP_CLONE_EMPTY		0x2000000000	/* CLONE_EMPTY_MNTNS */

enum op_kind {
	OP_SETNS,	/* setns(@fd, @types) */
	OP_UNSHARE,	/* unshare(@types) */
	OP_CLONE,	/* clone3(@types) */
	OP_CLONE_OLD,	/* clone(@types), which has no bit for time */
	OP_OPEN_TREE,	/* open_tree("/tmp", @types) */
	OP_FSMOUNT,	/* fsmount() of a tmpfs with @types */
	OP_PROCS,	/* write to @to's cgroup.procs */
	OP_THREADS,	/* the same for cgroup.threads */
	OP_TASKS,	/* the same for the tasks of a v1 hierarchy */
	OP_CLONE_INTO,	/* clone3(CLONE_INTO_CGROUP) */
	OP_AFFINITY,	/* sched_setaffinity(@mask, @bytes) */
	OP_AFFINITY32,	/* by the 32-bit system call */
	OP_SQ_AFF,	/* io_uring with its poller on the CPU @mask names */
	OP_SQPOLL,	/* io_uring's poller anywhere; @mask: all CPUs, or @before: the maker's */
	OP_IOWQ_AFF,	/* io_uring's workers on @mask */
	OP_IOWQ_RESET,	/* io_uring's workers, on @before, on @mask again: all CPUs */
};

/**
 * struct op - an operation
 * @kind: which
 * @fd: file of a namespace, or a pidfd; OP_PROCS, OP_THREADS: with @opened, the file written to
 * @types: CLONE_NEW* bits; OP_OPEN_TREE, OP_FSMOUNT: the call's flags
 * @root: where the hierarchy is mounted, NULL: CG2
 * @from: cgroup in which the task acted on sits before, below @root, or NULL
 * @to: cgroup to go to
 * @opened: somebody else has opened @to's file, @fd
 * @other: another process is acted on, a child of the child
 * @other_uid: its real uid
 * @before: affinity of the task acted on before, 0: as it is
 * @mask: the first 64 CPUs asked for
 * @fill: what the other bytes are
 * @bytes: length of the mask, 0: 8
 * @become: makes the acting child who it is to be, with @arg; 0 or -errno
 */
struct op {
	enum op_kind kind;
	int fd;
	uint64_t types;
	const char *root;
	const char *from;
	const char *to;
	bool opened;
	bool other;
	uid_t other_uid;
	uint64_t before;
	uint64_t mask;
	uint8_t fill;
	size_t bytes;
	int (*become)(const void *arg);
	const void *arg;
};

/**
 * struct op_child - a child that waits for its go, or has gone
 * @pid: the child
 * @target: the process acted on
 * @err: errno it met, 0, or -1 when it broke
 * @changed: something is as the operation makes it
 */
struct op_child {
	int fd;
	pid_t pid;
	pid_t target;
	int err;
	bool changed;
};

/* Return: 0, or -errno when the child could not be placed; then there is no child. */
int op_start(struct op_child *c, const struct op *op);
/* Lets it do it, and ends it. The result is in *@c. */
void op_go(struct op_child *c);
/* Both. */
struct op_child op_run(const struct op *op);

/* For @become: real uid or gid alone (capabilities stay), login uid, cgroup below CG2. */
int become_uid(const void *uid);
int become_gid(const void *gid);
int become_group(const void *gid);		/* supplementary */
int become_auid(const void *auid);
int become_in_cgroup(const void *path);

/* ops-state.c: what an operation changes, as text. */
#define OP_STATE	2048
void op_state(const struct op *op, pid_t target, char *state);

/* ops-uring.c: for the operations of io_uring; return errno or 0, and *@changed. */
int op_uring(const struct op *op, bool *changed);
/* Has this process get a worker thread of io_uring, which stays. Return: 0 or errno. */
int uring_worker(void);

/* ops-mnt.c: OP_OPEN_TREE and OP_FSMOUNT; 0 or -errno, and *@changed. */
int op_mount(const struct op *op, bool *changed);

/* ops-ns.c */

/**
 * struct ns_set - one namespace of each type, made by a child that keeps them alive
 * @pid: that child
 * @pidfd: for setns() of several types
 * @fd: by enum nsguard_nstype
 */
struct ns_set {
	pid_t pid;
	int pidfd;
	int fd[8];
};

extern const char *const ns_name[8];		/* "mnt" and so on, by enum nsguard_nstype */
extern const int ns_flag[8];			/* CLONE_NEWNS and so on */
/* New namespaces of @types (CLONE_NEW* bits); the others are ours. Return: 0 or -errno. */
int ns_set_make(struct ns_set *s, int types);
void ns_set_free(struct ns_set *s);
/* Inode number of a namespace. */
uint32_t ns_inum(int fd);

/* Cgroups below CG2, such as "/nsgtest/a": with parents; removing takes what is below along. */
int cg_make(const char *path);
void cg_remove(const char *path);
/* Writes @text to @file of the cgroup @path. Return: 0 or -errno. */
int cg_write(const char *path, const char *file, const char *text);
/* Its id, as events carry it. */
uint64_t cg_id(const char *path);

#endif
