/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What module/ knows of how it is attached, and no more: tables go on and off,
 * paths can be listed. In the other direction the attach points call the hooks
 * declared in module/hooks.h.
 */
#ifndef NSGUARD_GLUE_H
#define NSGUARD_GLUE_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>
#include "../uapi/linux/nsguard.h"

/*
 * A variable on the stack that is filled before it is read: the compiler does not clear it
 * (CONFIG_INIT_STACK_ALL_ZERO). For kernels whose headers have not the word.
 */
#ifndef __uninitialized
# if __has_attribute(__uninitialized__)
#  define __uninitialized __attribute__((__uninitialized__))
# else
#  define __uninitialized
# endif
#endif

#define NSGUARD_WHY	192	/* bytes of a sentence that says why */

struct file;
struct ns_common;
struct task_struct;

/**
 * struct nsguard_path - one guarded path of the kernel, for status
 * @name: what the path is called ("cgroup.procs"), static storage
 * @table: table it belongs to
 * @op: operation, -1 for the death of namespaces
 * @required: the module does not load without it
 * @function: function attached to, NULL when there is none
 * @sees: what a rule can see there
 * @covered: attached at present, or would be if the table were on
 * @detached: covered, and not attached at present
 * @reason: why it is not covered, or NULL
 * @hits: how often the attach point was entered
 */
struct nsguard_path {
	const char *name;
	enum nsguard_table table;
	int op;
	bool required;
	const char *function;
	const char *sees;
	bool covered;
	bool detached;
	const char *reason;
	u64 hits;
};

/**
 * nsguard_glue_init - find and attach every attach point
 * @why: takes a sentence for the kernel log on failure, NSGUARD_WHY bytes;
 *	names the function, who holds it and what to do
 *
 * Tables are on afterwards. May sleep. Return: 0 or the errno of the first
 * required path that could not be attached; nothing is attached then.
 */
int nsguard_glue_init(char *why);

/* Detach everything and wait until no handler runs. Mirror of nsguard_glue_init(). May sleep. */
void nsguard_glue_exit(void);

/**
 * nsguard_glue_table - attach or detach a table's points
 * @table: the table
 * @on: attach (true) or detach
 * @why: as for nsguard_glue_init()
 *
 * The death of namespaces is not part of it: it stays attached as long as the
 * module is loaded (H20). Called under the policy's mutex. May sleep.
 * Return: 0 or an errno, then the table is as before.
 */
int nsguard_glue_table(enum nsguard_table table, bool on, char *why);

/**
 * nsguard_glue_births - attach or detach what namespaces are installed with
 * @on: attach (true) or detach; either may be said twice
 * @why: as for nsguard_glue_init()
 *
 * Needed while there are sandboxes, whatever the tables' modes are (H23); every fork passes it, so
 * it is off otherwise. Under the policy's mutex. May sleep. Return: 0, or an errno and then
 * it is as before.
 */
int nsguard_glue_births(bool on, char *why);

/*
 * Is there a path of this kernel on which @op could be seen, covered or not? False where the kernel
 * is not built with it, or shows it to nobody.
 */
bool nsguard_glue_sees_op(enum nsguard_table table, enum nsguard_op op);

/* Fills @path for the @i-th guarded path; false when there is none. Under the policy's mutex. */
bool nsguard_glue_path(unsigned int i, struct nsguard_path *path);

/* --- kernel differences that module/ needs answered; see kernel-glue/answers*.c --- */

/* The namespace behind @file of nsfs, or NULL. Valid as long as @file is held. */
struct ns_common *nsguard_glue_ns_of_file(struct file *file);
/* Type of @ns, one of enum nsguard_nstype, or -1. */
int nsguard_glue_ns_type(const struct ns_common *ns);
/*
 * Uid of who owns the user namespace that @ns belongs to, or @ns itself where it is one. Any
 * context; @ns is held by the caller.
 */
u32 nsguard_glue_ns_owner(const struct ns_common *ns);
/*
 * inum of @task's namespace of @type, or 0. For current, and for a task whose
 * nsproxy cannot go away. pid: the active one, not pid_ns_for_children.
 */
u32 nsguard_glue_task_inum(struct task_struct *task, enum nsguard_nstype type);
/* inum of the initial namespace of @type; known since nsguard_glue_init(). */
u32 nsguard_glue_host_inum(enum nsguard_nstype type);

/**
 * struct nsguard_ns_ref - a namespace somebody is in
 * @type: its type
 * @inum: its inode number
 */
struct nsguard_ns_ref {
	enum nsguard_nstype type;
	u32 inum;
};

/* One of each type, and those the children get of pid and time. */
#define NSGUARD_TASK_REFS	10

struct cred;
struct nsproxy;
/* Namespaces of @proxy and those its children get into @ref; none of NULL. How many. */
unsigned int nsguard_glue_proxy_refs(const struct nsproxy *proxy, struct nsguard_ns_ref *ref);
/* All of @task's into @ref, NSGUARD_TASK_REFS at most; how many. For a task as above. */
unsigned int nsguard_glue_task_refs(struct task_struct *task, struct nsguard_ns_ref *ref);
/* The user namespace of @cred. */
struct nsguard_ns_ref nsguard_glue_cred_ref(const struct cred *cred);
struct nsset;
/*
 * What current would be in if its setns() ended now: of several types, those that were entered
 * before. NSGUARD_TASK_REFS at most; how many.
 */
unsigned int nsguard_glue_set_refs(const struct nsset *set, struct nsguard_ns_ref *ref);

/*
 * Is @task a child that current is making by clone3(), so early that it is on no list and in
 * nobody's cgroup? Some attach points of patched kernels see it then. Any context.
 */
bool nsguard_glue_newborn(const struct task_struct *task);

/*
 * Whose are the workers of io_uring that the kernel calls @workers? A task valid inside the
 * caller's RCU read side section. On older kernels it may take a look at every task: only where
 * somebody needs to know.
 */
struct task_struct *nsguard_glue_workers_of(const void *workers);

struct cgroup;
struct kernfs_node;
/* Parent and name of a cgroup's node, inside an RCU read side section (H19). */
struct kernfs_node *nsguard_glue_kn_parent(const struct kernfs_node *kn);
const char *nsguard_glue_kn_name(const struct kernfs_node *kn);
/* Uid whose @cgrp's directory is, lock-free. */
u32 nsguard_glue_cgroup_owner(const struct cgroup *cgrp);
/*
 * Is cgroup version 2 in use: mounted somewhere, or are there cgroups but the root? If not, all
 * tasks are in that and always will be, as far as anybody can see. May sleep.
 */
bool nsguard_glue_cgroup2_used(void);

/*
 * The file @task executes, identified: false when it has none. Lock-free, inside
 * an RCU read side section (H18).
 */
bool nsguard_glue_exe(struct task_struct *task, dev_t *dev, u64 *ino, u32 *gen);
/*
 * The same file with a reference taken, for d_path() in a worker; NULL when there is
 * none. Lock-free; drop it with fput(), in the worker. Only where the task has executed another
 * program meanwhile it is dropped here, in the decision path, before the next try: fput() does
 * not sleep, and for the last reference leaves the work to be done later.
 */
struct file *nsguard_glue_exe_file(struct task_struct *task);

#endif
