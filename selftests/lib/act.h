/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guarded operations done by a child that lives for one of them: who it is, what
 * it does, which errno it met, and that a refusal changed nothing. Knows nothing of
 * rules; for tests that speak to nsguard through nsguardctl.
 */
#ifndef NSG_TEST_ACT_H
#define NSG_TEST_ACT_H

#include <stddef.h>
#include <sys/types.h>

#define ACT_CHANGED	250	/* refused, and yet something changed (or the other way round) */
#define ACT_SETUP	251	/* the child could not become who it should be */

/**
 * struct actor - who does it
 * @cgroup: cgroup it enters first, such as "/app.slice", NULL to stay
 * @uid: real uid it takes on (capabilities stay), 0 for root
 * @auid: login uid it takes on, 0 to leave it unset
 */
struct actor {
	const char *cgroup;
	uid_t uid;
	uid_t auid;
};

/*
 * All of them return the errno met, 0, or one of the ACT_ numbers. @who may be NULL: a child as
 * it is.
 */

/* Enters the namespace behind @path, of the type @type ("uts"). */
int act_setns(const struct actor *who, const char *type, const char *path);
/* Moves itself to @cgroup by cgroup.procs. */
int act_move(const struct actor *who, const char *cgroup);
/* Asks for a mask of @bytes bytes for itself, the first byte being @low, the others @rest. */
int act_affinity(const struct actor *who, size_t bytes, unsigned char low, unsigned char rest);

/*
 * mkdir -p and, for whatever lies below @path, rmdir; @path as in struct actor. Return: 0 or
 * -errno.
 */
int cgroup_make(const char *path);
int cgroup_remove(const char *path);

#endif
