// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks up rules in force for drafts, and is brought up to date by commits. It keeps no rule alive.
 */
#include <linux/sched.h>
#include <linux/xarray.h>
#include "inforce.h"

static DEFINE_XARRAY(by_handle);
static struct nsguard_alike by_words;

struct nsguard_rule *nsguard_inforce_find(u64 handle)
{
	return handle <= ULONG_MAX ? xa_load(&by_handle, handle) : NULL;
}

struct nsguard_rule *nsguard_inforce_same(const struct nsguard_rule *rule)
{
	return nsguard_alike_find(&by_words, rule);
}

static void forget(const struct nsguard_draft *d, unsigned int n)
{
	while (n--)
		if (d->entry[n].rule)
			xa_erase(&by_handle, d->entry[n].handle);
}

int nsguard_inforce_reserve(const struct nsguard_draft *d)
{
	XA_STATE(xas, &by_handle, 0);
	unsigned int i = 0, end;
	u64 last;

	while (i < d->n) {
		end = min(i + 1024, d->n);
		last = 0;
		xas_lock(&xas);
		for (; i < end; i++) {
			if (!d->entry[i].rule)
				continue;
			/* Mostly they follow each other, and their places do. */
			if (last && d->entry[i].handle == last + 1)
				xas_next(&xas);
			else
				xas_set(&xas, d->entry[i].handle);
			last = d->entry[i].handle;
			xas_store(&xas, d->entry[i].rule);
			if (xas_error(&xas))
				break;
		}
		xas_unlock(&xas);
		if (!xas_nomem(&xas, GFP_KERNEL_ACCOUNT) && xas_error(&xas)) {
			forget(d, i);
			return -ENOMEM;
		}
		cond_resched();
	}
	return 0;
}

void nsguard_inforce_retreat(const struct nsguard_draft *d)
{
	forget(d, d->n);
}

static void drop(struct nsguard_rule *rule)
{
	xa_erase(&by_handle, rule->handle);
	nsguard_alike_del(&by_words, rule);
}

static void drop_table(const struct nsguard_policy *now, enum nsguard_table t)
{
	const struct nsguard_table_policy *table = &now->table[t];
	struct nsguard_cursor c = {};
	struct nsguard_rule *rule;
	unsigned int n = 0;

	while ((rule = nsguard_cursor_peek(&c, table, now->generation))) {
		nsguard_cursor_next(&c, table, rule);
		drop(rule);
		if (!(++n % 1024))
			cond_resched();
	}
}

void nsguard_inforce_settle(struct nsguard_draft *d, const struct nsguard_policy *now)
{
	struct nsguard_rule *rule;
	unsigned long handle;
	unsigned int t, i;

	for (t = 0; t < NSGUARD_TABLES; t++)
		if (d->flushed[t])
			drop_table(now, t);
	xa_for_each(&d->gone, handle, rule)
		if (!d->flushed[rule->table])
			drop(rule);
	/* They were in the draft's, a rule is in one only. */
	if (!by_words.n) {
		nsguard_alike_free(&by_words);
		by_words = d->alike;
		memset(&d->alike, 0, sizeof(d->alike));
		return;
	}
	nsguard_alike_free(&d->alike);
	for (i = 0; i < d->n; i++) {
		if (d->entry[i].rule)
			nsguard_alike_add(&by_words, d->entry[i].rule);
		if (!(i % 1024))
			cond_resched();
	}
}

u64 nsguard_inforce_bytes(void)
{
	u64 nodes = DIV_ROUND_UP(by_words.n, XA_CHUNK_SIZE);

	/* Handles of rules that were loaded together follow each other. */
	return nsguard_alike_bytes(&by_words) + nodes * sizeof(struct xa_node);
}

void nsguard_inforce_exit(void)
{
	xa_destroy(&by_handle);
	nsguard_alike_free(&by_words);
}
