// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets by name in a draft: which there are, and the rules that name them. What is in them is the
 * business of set-draft.c.
 */
#include <linux/err.h>
#include <linux/string.h>
#include "draft.h"
#include "set-draft.h"

/* A list of its own, which it may change. */
static int own_sets(struct nsguard_draft *d)
{
	struct nsguard_set_list *own;

	if (d->own_sets)
		return 0;
	own = nsguard_set_list_copy(d->sets);
	if (!own)
		return -ENOMEM;
	nsguard_set_list_put(d->sets);
	d->sets = own;
	d->own_sets = true;
	return 0;
}

struct nsguard_set *nsguard_draft_set(const struct nsguard_draft *d, const char *name)
{
	int i = nsguard_set_list_find(d->sets, name);

	return i < 0 ? NULL : d->sets->set[i];
}

int nsguard_draft_set_add(struct nsguard_draft *d, struct nsguard_set *set)
{
	int i = nsguard_set_list_find(d->sets, set->name);

	if (i >= 0)
		return -EEXIST;
	if (d->sets && d->sets->n >= NSGUARD_MAX_SETS)
		return -ENOSPC;
	if (own_sets(d))
		return -ENOMEM;
	i = -1 - i;
	memmove(&d->sets->set[i + 1], &d->sets->set[i],
		(d->sets->n - i) * sizeof(d->sets->set[0]));
	d->sets->set[i] = nsguard_set_get(set);
	d->sets->n++;
	d->dirty = true;
	return 0;
}

/**
 * struct naming - a search for a rule that names a set
 * @set: which, NULL for any
 * @handle: of the rule that was found
 */
struct naming {
	const struct nsguard_set *set;
	u64 handle;
};

/* Goes on until one is found. */
static bool names_none(const struct nsguard_rule *rule, void *arg)
{
	struct naming *naming = arg;
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		if (rule->match[i].from == NSGUARD_FROM_SET &&
		    (!naming->set || rule->match[i].set == naming->set)) {
			naming->handle = rule->handle;
			return false;
		}
	}
	return true;
}

/* Takes set @i out. */
static void set_del(struct nsguard_draft *d, unsigned int i)
{
	struct nsguard_set *set = d->sets->set[i];

	d->elements -= min(nsguard_draft_set_forget(d, set), d->elements);
	d->sets->n--;
	memmove(&d->sets->set[i], &d->sets->set[i + 1],
		(d->sets->n - i) * sizeof(d->sets->set[0]));
	nsguard_set_put(set);
	d->dirty = true;
}

int nsguard_draft_set_del(struct nsguard_draft *d, struct nsguard_set *set, u64 *handle)
{
	struct naming naming = { .set = set };

	if (!d->sets || !d->sets->n)
		return 0;
	if (nsguard_draft_each(d, names_none, &naming)) {
		*handle = naming.handle;
		return -EBUSY;
	}
	if (own_sets(d))
		return -ENOMEM;
	if (set)
		set_del(d, nsguard_set_list_find(d->sets, set->name));
	while (!set && d->sets->n)
		set_del(d, d->sets->n - 1);
	return 0;
}

int nsguard_draft_sets_find(struct nsguard_draft *d, struct nsguard_rule *rule,
			    const struct nsguard_match **fault, struct nsguard_set **found)
{
	struct nsguard_match *m;
	struct nsguard_set *set;
	unsigned int i;

	for (i = 0; i < rule->n; i++) {
		m = &rule->match[i];
		if (m->from != NSGUARD_FROM_NAME)
			continue;
		set = nsguard_draft_set(d, m->set_name);
		*fault = m;
		*found = set;
		if (!set)
			return -ENOENT;
		if (!nsguard_set_fits(set->type, m->key))
			return -EINVAL;
		m->set = nsguard_set_get(set);
		m->from = NSGUARD_FROM_SET;
	}
	return 0;
}
