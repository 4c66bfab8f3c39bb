/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sandbox: a name for a set of namespaces, and how one gets in force. Who is locked in it
 * is derived from the namespaces tasks are in (H22), see lock.h.
 */
#ifndef NSGUARD_SANDBOX_H
#define NSGUARD_SANDBOX_H

#include <linux/kref.h>
#include <linux/types.h>
#include "../uapi/linux/nsguard.h"

struct nsguard_draft;
struct nsguard_nsid;
struct nsguard_policy;
struct nsguard_rule;

/**
 * struct nsguard_sandbox - a sandbox
 * @ref: one for each snapshot and draft it is in, and for each lock rule
 * @id: its number in the table of members; never 0, never another sandbox's
 * @name: its name
 * @n: how many namespaces it was made of
 * @ns: their identities, with a reference each; what its tasks made of themselves is only in
 *	the table of members
 *
 * Immutable once it is in a draft; decisions see it through a snapshot, which drops its
 * reference after a grace period.
 */
struct nsguard_sandbox {
	struct kref ref;
	u32 id;
	char name[NSGUARD_SANDBOX_NAME_MAX + 1];
	unsigned int n;
	struct nsguard_nsid *ns[];
};

/* With room for @n namespaces, none in it yet (@n is 0). NULL without memory. */
struct nsguard_sandbox *nsguard_sandbox_alloc(const char *name, unsigned int n);
void nsguard_sandbox_get(struct nsguard_sandbox *sandbox);
/* May sleep. @sandbox may be NULL. */
void nsguard_sandbox_put(struct nsguard_sandbox *sandbox);
/* Is one of the namespaces it was made of gone? And is there one that is not? Any context. */
bool nsguard_sandbox_stale(const struct nsguard_sandbox *sandbox);
bool nsguard_sandbox_lives(const struct nsguard_sandbox *sandbox);
/* The one of @policy with this number, or NULL. */
const struct nsguard_sandbox *nsguard_sandbox_of(const struct nsguard_policy *policy, u32 id);
/*
 * A namespace is dying, whose identity was @named, or NULL; any context, inside an RCU read side
 * section (H20).
 */
void nsguard_sandbox_death(u32 inum, const struct nsguard_nsid *named);

/* --- edits of a draft, and its commit; under the policy's mutex --- */

/*
 * Takes over @sandbox on success. One that was deleted in the same draft keeps its number, and
 * so whoever is in it. Return: 0, -EEXIST, -ENOSPC beyond NSGUARD_MAX_SANDBOXES, or -ENOMEM.
 */
int nsguard_draft_sandbox_add(struct nsguard_draft *d, struct nsguard_sandbox *sandbox);
/* @name NULL: all. Return: 0, -ENOENT, or -EBUSY and *@handle, a rule that names it. */
int nsguard_draft_sandbox_del(struct nsguard_draft *d, const char *name, u64 *handle);
/* Finds the sandbox @rule names. Return: 0 or -ENOENT. */
int nsguard_draft_sandbox_find(struct nsguard_draft *d, struct nsguard_rule *rule);

/* Is nobody let go by @d, or was that forced? Return: 0, or -EBUSY and who in @why. May sleep. */
int nsguard_sandbox_check(struct nsguard_draft *d, char *why);
/* Would there be another sandbox, one less, or one of other namespaces? May sleep. */
bool nsguard_sandbox_changes(const struct nsguard_draft *d);
/*
 * While @d may still fail: room is made for the namespaces of its new sandboxes, and nobody is
 * locked by them yet. Return: 0, or an errno with @why set, and nothing is changed. May sleep.
 */
int nsguard_sandbox_enter(struct nsguard_draft *d, char *why);
/* Takes that back. May sleep. */
void nsguard_sandbox_retreat(struct nsguard_draft *d);
/* @d is about to be in force: whoever is in its new sandboxes is locked. May sleep. */
void nsguard_sandbox_settle(const struct nsguard_draft *d);
/* After @d came in force in place of its base: those that are gone let go of theirs. May sleep. */
void nsguard_sandbox_leave(const struct nsguard_draft *d);

#endif
