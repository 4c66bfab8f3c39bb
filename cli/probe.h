/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Harmless operations, one for each guarded path and more where a path has several ways in, each
 * done by a child that lives for nothing else. What they prove is cmd-probe.c's business.
 */
#ifndef NSGUARDCTL_PROBE_H
#define NSGUARDCTL_PROBE_H

#include <stdbool.h>

/**
 * struct attempt - what became of an operation
 * @what: what was done last, such as "setns(uts)"
 * @err: errno it met, 0 when it succeeded. A rule may have denied it: that is no failure
 * @why: why it could not be done, where @err alone does not tell; else ""
 * @note: what was made to do it; else ""
 * @left: what it made and could not take away again; else ""
 */
struct attempt {
	char what[64];
	int err;
	char why[192];
	char note[48];
	char left[64];
};

/**
 * struct operation - a line of the table
 * @path: path as status names it
 * @run: does it, in the child, and fills @a
 * @word: what it is done with
 * @later: milliseconds after which the path is taken at the latest, when the child has ended
 */
struct operation {
	const char *path;
	void (*run)(struct attempt *a, const char *word);
	const char *word;
	unsigned int later;
};

/* probe.c: the @i-th operation, NULL behind the last. */
const struct operation *operation_at(unsigned int i);
/* Does it in a child and waits for that. Return: false when there was no child; errno says why. */
bool operation_run(const struct operation *o, struct attempt *a);
/* Notes the result of a system call that returned @ret; errno is of it. Return: it succeeded. */
bool attempt_done(struct attempt *a, long ret, const char *what, const char *word);

/* probe-ns.c; @word: type of namespace */
void probe_enter(struct attempt *a, const char *type);
/* The first type there is that is not user. */
void probe_create(struct attempt *a, const char *unused);
void probe_create_user(struct attempt *a, const char *unused);
/* Whatever type the rules let it make: it dies with the child. */
void probe_death(struct attempt *a, const char *unused);
/* A child of its own, born with a new namespace. */
void probe_clone(struct attempt *a, const char *unused);

/* probe-cgroup.c; @word: the file that is written to */
void probe_cgroup_write(struct attempt *a, const char *file);
void probe_clone_into(struct attempt *a, const char *unused);
void probe_cgroup_v1(struct attempt *a, const char *unused);
/* A child born into another cpuset: a cgroup that lives as long as it does. */
void probe_cpuset(struct attempt *a, const char *unused);

/* probe-affinity.c */
void probe_setaffinity(struct attempt *a, const char *unused);
void probe_sq_aff(struct attempt *a, const char *unused);
void probe_iowq_aff(struct attempt *a, const char *unused);

#endif
