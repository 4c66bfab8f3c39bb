// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are sets of CPUs, with the relation the request's mask must have to them;
 * "reset" is a request for all CPUs and has no set.
 */
#include <string.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "cpulist.h"
#include "lang.h"

static int cpus_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	static const char need[] = "intersects, subset, superset, equals or reset";
	const struct token *t = cursor_value(c);
	int v = words_find(&words_relation, t->text, strlen(t->text));
	const char *fault;

	(void)r;
	if (v < NSGUARD_RELATION_INTERSECTS)
		return complain(t, "%s needs a relation (%s), not '%s'", m->key->word, need,
				t->text);
	m->has_relation = true;
	m->relation = (__u32)v;
	if (v == NSGUARD_RELATION_RESET && m->key->attr != NSGUARD_A_RULE_CPUS)
		return complain(t, "reset belongs to cpus, not to %s", m->key->word);
	if (v == NSGUARD_RELATION_RESET)
		return 0;
	t = cursor_value(c);
	if (!t)
		return complain(&c->end, "%s %s needs a list of CPUs", m->key->word,
				words_get(&words_relation, m->relation));
	fault = cpulist_parse(t->text, a, &m->mask, &m->mask_len);
	if (fault)
		return complain(t, "CPU list '%s' after %s %s", t->text, m->key->word, fault);
	m->n = 1;
	return 0;
}

static int cpus_put(struct buf *to, const struct rule *r, const struct match *m, struct nsfds *fds)
{
	(void)r;
	(void)fds;
	if (m->relation != NSGUARD_RELATION_RESET)
		attr_put(to, NSGUARD_A_MATCH_MASK, m->mask, m->mask_len);
	return 0;
}

static bool cpus_get(const struct nlattr *nla, struct arena *a, struct match *m)
{
	(void)a;
	if (nla_type(nla) != NSGUARD_A_MATCH_MASK)
		return false;
	m->mask = nla_data(nla);
	m->mask_len = (unsigned int)nla_len(nla);
	m->n = 1;
	return true;
}

static void cpus_value(struct buf *b, const struct match *m, unsigned int i)
{
	(void)i;
	cpulist_print(b, m->mask, m->mask_len);
}

const struct kind kind_cpus = { cpus_parse, cpus_put, cpus_get, cpus_value };
