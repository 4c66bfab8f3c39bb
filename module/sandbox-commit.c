// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes come in force and go with the draft they are in: their namespaces become members or
 * leave, namespaces that are born are watched while there is a sandbox, and nobody is let go
 * unasked. Edits of a draft are in sandbox.c.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include "draft.h"
#include "lock.h"
#include "member.h"
#include "sandbox.h"

#define NAMED	8	/* processes named in a refusal */

static const char *const type_name[] = {
	[NSGUARD_NSTYPE_MNT] = "mnt",
	[NSGUARD_NSTYPE_UTS] = "uts",
	[NSGUARD_NSTYPE_IPC] = "ipc",
	[NSGUARD_NSTYPE_PID] = "pid",
	[NSGUARD_NSTYPE_NET] = "net",
	[NSGUARD_NSTYPE_USER] = "user",
	[NSGUARD_NSTYPE_CGROUP] = "cgroup",
	[NSGUARD_NSTYPE_TIME] = "time",
};

static bool in_draft(const struct nsguard_draft *d, u32 id)
{
	unsigned int i;

	for (i = 0; i < d->sandboxes && d->sandbox[i]->id != id; i++)
		;
	return i < d->sandboxes;
}

/* Does @rule, which @d drops, lock into sandbox @id, and no other does the same? */
static bool lets_go(const struct nsguard_draft *d, u32 id, const struct nsguard_rule *rule)
{
	return nsguard_rule_sandbox(rule) && rule->extra->sandbox->id == id &&
	       !nsguard_alike_find(&d->alike, rule);
}

static bool flush_lets_go(const struct nsguard_draft *d, u32 id)
{
	const struct nsguard_table_policy *table = &d->base->table[NSGUARD_TABLE_NS];
	struct nsguard_cursor c = {};
	struct nsguard_rule *rule;

	while ((rule = nsguard_cursor_peek(&c, table, d->base->generation))) {
		nsguard_cursor_next(&c, table, rule);
		if (lets_go(d, id, rule))
			return true;
		cond_resched();
	}
	return false;
}

/* Is sandbox @id gone in @d, or a rule that locks into it, or is it enforced no more? */
static bool loosens(struct nsguard_draft *d, u32 id)
{
	const struct nsguard_table_policy *table = &d->base->table[NSGUARD_TABLE_NS];
	struct nsguard_rule *rule;
	unsigned long handle;

	if (!in_draft(d, id))
		return true;
	if (table->mode == NSGUARD_MODE_ENFORCE && d->mode[NSGUARD_TABLE_NS] != table->mode)
		return true;
	if (d->flushed[NSGUARD_TABLE_NS])
		return flush_lets_go(d, id);
	xa_for_each(&d->gone, handle, rule)
		if (lets_go(d, id, rule))
			return true;
	return false;
}

/* Writes who is locked in @sandbox to @why; false when nobody is. */
static bool say_who(const struct nsguard_sandbox *sandbox, const struct nsguard_inmate *inmate,
		    unsigned int n, char *why)
{
	unsigned int i, found = 0;
	char pids[96] = "";
	int len = 0;

	for (i = 0; i < n; i++) {
		if (inmate[i].sandbox != sandbox->id && inmate[i].sandbox != NSGUARD_LOCK_SEVERAL)
			continue;
		if (found++ < NAMED)
			len += scnprintf(pids + len, sizeof(pids) - len, " %u", inmate[i].pid);
	}
	if (found)
		scnprintf(why, NSGUARD_WHY,
			  "%u process%s locked in sandbox %s: pid%s%s; use --force", found,
			  found > 1 ? "es are" : " is", sandbox->name, pids,
			  found > NAMED ? " ..." : "");
	return found;
}

int nsguard_sandbox_check(struct nsguard_draft *d, char *why)
{
	struct nsguard_inmate *inmate = NULL;
	unsigned int i, n = 0;
	int err = 0;

	if (d->force & NSGUARD_FORCE_LETS_GO)
		return 0;
	for (i = 0; i < d->base->sandboxes && !err; i++) {
		if (!loosens(d, d->base->sandbox[i]->id))
			continue;
		if (!inmate)
			inmate = nsguard_inmates(&n);
		if (IS_ERR(inmate)) {
			strscpy(why, "out of memory", NSGUARD_WHY);
			return PTR_ERR(inmate);
		}
		if (say_who(d->base->sandbox[i], inmate, n, why))
			err = -EBUSY;
	}
	kvfree(inmate);
	return err;
}

static int stage(const struct nsguard_sandbox *sandbox, const struct nsguard_nsid *ns, char *why)
{
	const struct nsguard_member member = { sandbox->id, ns->type, ns->inum };
	int err;

	/* It would leave at once; neither its number nor want of room may refuse it. */
	if (READ_ONCE(ns->dead))
		return 0;
	/* It may be in already: a task of a sandbox of this name has made it. */
	err = nsguard_member_stage(&member, &ns->dead);
	if (err == -EEXIST)
		scnprintf(why, NSGUARD_WHY, "%s:[%u] belongs to another sandbox",
			  type_name[ns->type], ns->inum);
	else if (err)
		scnprintf(why, NSGUARD_WHY, "at most %u namespaces may belong to sandboxes",
			  NSGUARD_MAX_MEMBERS);
	return err;
}

static bool in_base(const struct nsguard_draft *d, u32 id)
{
	unsigned int i;

	for (i = 0; i < d->base->sandboxes && d->base->sandbox[i]->id != id; i++)
		;
	return i < d->base->sandboxes;
}

static bool is_new(const struct nsguard_draft *d, const struct nsguard_sandbox *sandbox)
{
	unsigned int i;

	for (i = 0; i < d->base->sandboxes; i++)
		if (d->base->sandbox[i] == sandbox)
			return false;
	return true;
}

static bool same_namespaces(const struct nsguard_sandbox *a, const struct nsguard_sandbox *b)
{
	unsigned int i, k;

	/* Identities are shared, and neither names one twice. */
	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n && b->ns[k] != a->ns[i]; k++)
			;
		if (k == b->n)
			return false;
	}
	return a->n == b->n;
}

bool nsguard_sandbox_changes(const struct nsguard_draft *d)
{
	unsigned int i, k;

	/* One that is deleted and added again, as files do, has its number again. */
	for (i = 0; i < d->sandboxes; i++) {
		for (k = 0; k < d->base->sandboxes; k++)
			if (d->base->sandbox[k]->id == d->sandbox[i]->id)
				break;
		if (k == d->base->sandboxes || !same_namespaces(d->sandbox[i], d->base->sandbox[k]))
			return true;
	}
	return d->sandboxes != d->base->sandboxes;
}

static int stage_all(const struct nsguard_draft *d, char *why)
{
	unsigned int i, k;
	int err = 0;

	for (i = 0; i < d->sandboxes && !err; i++) {
		if (!is_new(d, d->sandbox[i]))
			continue;
		for (k = 0; k < d->sandbox[i]->n && !err; k++)
			err = stage(d->sandbox[i], d->sandbox[i]->ns[k], why);
	}
	return err;
}

/* The first sandbox: whoever is locked in stays so, and the module until the last one is gone. */
static int hold(char *why)
{
	int err;

	if (!try_module_get(THIS_MODULE)) {
		strscpy(why, "the module is being unloaded", NSGUARD_WHY);
		return -ENODEV;
	}
	err = nsguard_glue_births(true, why);
	if (err)
		module_put(THIS_MODULE);
	return err;
}

static void let_go(void)
{
	char why[NSGUARD_WHY];

	/* Should births go on being seen: there is no sandbox they could join. */
	if (nsguard_glue_births(false, why))
		pr_err("nsguard: %s\n", why);
	module_put(THIS_MODULE);
}

void nsguard_sandbox_retreat(struct nsguard_draft *d)
{
	unsigned int i;

	nsguard_member_unstage();
	for (i = 0; i < d->sandboxes; i++)
		if (!in_base(d, d->sandbox[i]->id))
			nsguard_member_close(d->sandbox[i]->id);
	if (!d->base->sandboxes && d->sandboxes)
		let_go();
}

int nsguard_sandbox_enter(struct nsguard_draft *d, char *why)
{
	unsigned int i;
	int err = 0;

	if (!d->sandboxes)
		return 0;
	if (!d->base->sandboxes)
		err = hold(why);
	if (err)
		return err;
	for (i = 0; i < d->sandboxes; i++)
		if (!in_base(d, d->sandbox[i]->id))
			nsguard_member_open(d->sandbox[i]->id);
	err = stage_all(d, why);
	if (err)
		nsguard_sandbox_retreat(d);
	return err;
}

void nsguard_sandbox_settle(const struct nsguard_draft *d)
{
	if (d->sandboxes)
		nsguard_member_publish();
}

void nsguard_sandbox_leave(const struct nsguard_draft *d)
{
	unsigned int i;

	for (i = 0; i < d->base->sandboxes; i++)
		if (!in_draft(d, d->base->sandbox[i]->id))
			nsguard_member_close(d->base->sandbox[i]->id);
	if (d->base->sandboxes && !d->sandboxes)
		let_go();
}
