// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes by name: their life, and how a draft gets and loses them. Which namespaces they have
 * at present is in member.c, who is in them in lock.c.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "draft.h"
#include "event.h"
#include "member.h"
#include "sandbox.h"

/* Numbers are never used twice: a member that was left behind would let somebody in. */
static u32 last_id;

struct nsguard_sandbox *nsguard_sandbox_alloc(const char *name, unsigned int n)
{
	struct nsguard_sandbox *sandbox;

	sandbox = kvzalloc(struct_size(sandbox, ns, n), GFP_KERNEL_ACCOUNT);
	if (sandbox) {
		kref_init(&sandbox->ref);
		strscpy(sandbox->name, name, sizeof(sandbox->name));
	}
	return sandbox;
}

void nsguard_sandbox_get(struct nsguard_sandbox *sandbox)
{
	kref_get(&sandbox->ref);
}

static void release(struct kref *ref)
{
	struct nsguard_sandbox *sandbox = container_of(ref, struct nsguard_sandbox, ref);

	while (sandbox->n)
		nsguard_nsid_put(sandbox->ns[--sandbox->n]);
	kvfree(sandbox);
}

void nsguard_sandbox_put(struct nsguard_sandbox *sandbox)
{
	if (sandbox)
		kref_put(&sandbox->ref, release);
}

static unsigned int dead(const struct nsguard_sandbox *sandbox)
{
	unsigned int i, n = 0;

	for (i = 0; i < sandbox->n; i++)
		n += READ_ONCE(sandbox->ns[i]->dead);
	return n;
}

bool nsguard_sandbox_stale(const struct nsguard_sandbox *sandbox)
{
	return dead(sandbox);
}

bool nsguard_sandbox_lives(const struct nsguard_sandbox *sandbox)
{
	return dead(sandbox) < sandbox->n;
}

const struct nsguard_sandbox *nsguard_sandbox_of(const struct nsguard_policy *policy, u32 id)
{
	unsigned int i;

	for (i = 0; i < policy->sandboxes; i++)
		if (policy->sandbox[i]->id == id)
			return policy->sandbox[i];
	return NULL;
}

/*
 * An identity that died before may have had the same number, in the same sandbox: it is not told
 * again.
 */
void nsguard_sandbox_death(u32 inum, const struct nsguard_nsid *named)
{
	const struct nsguard_sandbox *sandbox = NULL;
	const struct nsguard_policy *policy;
	u32 id = named ? nsguard_member_of(inum) : 0;
	unsigned int i;

	policy = id ? nsguard_policy_rcu() : NULL;
	if (policy)
		sandbox = nsguard_sandbox_of(policy, id);
	for (i = 0; sandbox && i < sandbox->n; i++)
		if (sandbox->ns[i] == named)
			nsguard_event_post_stale(sandbox, sandbox->ns[i]->type, inum);
	nsguard_member_kill(inum);
}

static struct nsguard_sandbox *by_name(struct nsguard_sandbox * const *sandbox, unsigned int n,
				       const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(sandbox[i]->name, name))
			return sandbox[i];
	return NULL;
}

int nsguard_draft_sandbox_add(struct nsguard_draft *d, struct nsguard_sandbox *sandbox)
{
	const struct nsguard_sandbox *before;

	if (by_name(d->sandbox, d->sandboxes, sandbox->name))
		return -EEXIST;
	if (d->sandboxes >= NSGUARD_MAX_SANDBOXES || last_id >= U32_MAX - 1)
		return -ENOSPC;
	if (!d->sandbox)
		d->sandbox = kvmalloc_array(NSGUARD_MAX_SANDBOXES, sizeof(*d->sandbox), GFP_KERNEL);
	if (!d->sandbox)
		return -ENOMEM;
	/* Loading a file again lets nobody go: what is inside stays inside. */
	before = by_name(d->base->sandbox, d->base->sandboxes, sandbox->name);
	sandbox->id = before ? before->id : ++last_id;
	d->sandbox[d->sandboxes++] = sandbox;
	d->dirty = true;
	return 0;
}

/**
 * struct search - looking for a rule that names a sandbox
 * @name: which, or NULL for any
 * @handle: the rule's, once it is found
 */
struct search {
	const char *name;
	u64 handle;
};

static bool names_not(const struct nsguard_rule *rule, void *arg)
{
	struct search *s = arg;
	const char *name = nsguard_rule_sandbox_name(rule);

	s->handle = rule->handle;
	return !*name || (s->name && strcmp(name, s->name));
}

int nsguard_draft_sandbox_del(struct nsguard_draft *d, const char *name, u64 *handle)
{
	struct search search = { .name = name };
	unsigned int i, kept = 0;

	if (name && !by_name(d->sandbox, d->sandboxes, name))
		return -ENOENT;
	if (nsguard_draft_each(d, names_not, &search)) {
		*handle = search.handle;
		return -EBUSY;
	}
	for (i = 0; i < d->sandboxes; i++) {
		if (name && strcmp(d->sandbox[i]->name, name))
			d->sandbox[kept++] = d->sandbox[i];
		else
			nsguard_sandbox_put(d->sandbox[i]);
	}
	d->dirty = d->dirty || kept != d->sandboxes;
	d->sandboxes = kept;
	return 0;
}

int nsguard_draft_sandbox_find(struct nsguard_draft *d, struct nsguard_rule *rule)
{
	struct nsguard_sandbox *sandbox = by_name(d->sandbox, d->sandboxes,
						  nsguard_rule_sandbox_name(rule));

	if (!sandbox)
		return -ENOENT;
	nsguard_sandbox_get(sandbox);
	rule->extra->sandbox = sandbox;
	return 0;
}
