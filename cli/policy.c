// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads the policy. A listing that mixes two generations would show a policy that
 * never was, so such a one is thrown away and asked for again. What a dump says is of
 * the one generation when it began, however long it takes and whatever changes meanwhile.
 */
#include <string.h>
#include <time.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "policy.h"

static void read_table(struct policy *p, const struct nlattr *attr)
{
	struct nlattr *tb[NSGUARD_A_TABLE_MAX + 1], *d[NSGUARD_A_DEFAULT_MAX + 1];
	const struct nlattr *nla;
	struct table_state *t;
	__u32 table, op;
	int rem;

	attr_nest(tb, NSGUARD_A_TABLE_MAX, attr);
	table = attr_u32(tb[NSGUARD_A_TABLE_TABLE]);
	if (table >= TABLES)
		return;
	t = &p->table[table];
	t->present = true;
	t->mode = attr_u32(tb[NSGUARD_A_TABLE_MODE]);
	t->rules = attr_u32(tb[NSGUARD_A_TABLE_RULES]);
	t->decisions = attr_u64(tb[NSGUARD_A_TABLE_DECISIONS]);
	t->denied = attr_u64(tb[NSGUARD_A_TABLE_DENIED]);
	t->would_deny = attr_u64(tb[NSGUARD_A_TABLE_WOULD_DENY]);
	t->coverage = attr_u32(tb[NSGUARD_A_TABLE_COVERAGE]);
	memset(t->verdict, -1, sizeof(t->verdict));
	for (nla = nla_data(attr), rem = nla_len(attr); nla_ok(nla, rem);
	     nla = nla_next(nla, &rem)) {
		if (nla_type(nla) != NSGUARD_A_TABLE_DEFAULT)
			continue;
		attr_nest(d, NSGUARD_A_DEFAULT_MAX, nla);
		op = attr_u32(d[NSGUARD_A_DEFAULT_OP]);
		if (op < OPS)
			t->verdict[op] = (int)attr_u32(d[NSGUARD_A_DEFAULT_VERDICT]);
	}
}

void policy_attrs(const struct policy *p, struct nlattr *tb[])
{
	memset(tb, 0, (NSGUARD_A_STATUS_MAX + 1) * sizeof(*tb));
	if (p->status.n)
		nla_parse(tb, NSGUARD_A_STATUS_MAX, (struct nlattr *)p->status.p,
			  (int)p->status.n, NULL);
}

unsigned int policy_sets(const struct policy *p)
{
	struct nlattr *tb[NSGUARD_A_STATUS_MAX + 1];

	policy_attrs(p, tb);
	return attr_u32(tb[NSGUARD_A_STATUS_SETS]);
}

void policy_keep_status(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *tb[NSGUARD_A_STATUS_MAX + 1];
	struct policy *p = arg;
	const struct nlattr *nla;
	int rem;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		if (nla_type(nla) != NSGUARD_A_STATUS)
			continue;
		p->status.n = 0;
		buf_add(&p->status, nla_data(nla), (size_t)nla_len(nla));
	}
	policy_attrs(p, tb);
	p->generation = attr_u64(tb[NSGUARD_A_STATUS_GENERATION]);
	nla = (const struct nlattr *)p->status.p;
	for (rem = (int)p->status.n; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem))
		if (nla_type(nla) == NSGUARD_A_STATUS_TABLE)
			read_table(p, nla);
}

int policy_status(struct module *nl, struct policy *p)
{
	module_begin(nl, NSGUARD_CMD_STATUS_GET);
	return module_call(nl, "status", policy_keep_status, p);
}

void policy_ask_status(struct module *nl)
{
	module_begin(nl, NSGUARD_CMD_STATUS_GET);
	module_queue(nl);
}

int policy_ask_rules(struct module *nl, const char *what, int table)
{
	module_begin(nl, NSGUARD_CMD_RULE_GET);
	if (table >= 0 && nla_put_u32(nl->msg, NSGUARD_A_TABLE, (__u32)table))
		return complain(NULL, "%s: message too large", what);
	module_queue_dump(nl);
	return 0;
}

struct same {
	__u64 generation;
	bool told;
	bool differs;
};

static void check_generation(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct same *s = arg;
	const struct nlattr *nla;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		if (nla_type(nla) != NSGUARD_A_GENERATION)
			continue;
		s->told = true;
		s->differs = s->differs || attr_u64(nla) != s->generation;
	}
}

unsigned int policy_rules(const struct policy *p, int table)
{
	unsigned int t, n = 0;

	for (t = 0; t < TABLES; t++)
		if (table < 0 || (int)t == table)
			n += p->table[t].rules;
	return n;
}

bool policy_fits(const struct policy *p, int table)
{
	struct same same = { .generation = p->generation };

	dump_each(&p->rules, check_generation, &same);
	/* No rules are the same no rules at any time. */
	return !same.differs && (same.told || !policy_rules(p, table));
}

int policy_again(const char *what, time_t *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!*since)
		*since = now.tv_sec;
	if (now.tv_sec - *since < READ_SECONDS)
		return 0;
	complain(NULL, "%s: the policy changed during each reading for %d seconds; try again",
		 what, READ_SECONDS);
	return CODE_REFUSED;
}

int policy_read(struct module *nl, const char *what, int table, struct policy *p)
{
	time_t since = 0;
	int code;

	do {
		/* In this order: status waits for whoever is changing the policy. */
		code = policy_ask_rules(nl, what, table);
		if (code)
			return code;
		policy_ask_status(nl);
		code = module_send(nl, what);
		if (!code)
			code = module_dump(nl, what, policy_keep_status, p, &p->rules);
		if (code || policy_fits(p, table))
			return code;
		dump_free(&p->rules);
		code = policy_again(what, &since);
	} while (!code);
	return code;
}

struct each {
	void (*fn)(const struct rule *r, void *arg);
	void *arg;
	struct arena arena;
};

static void each_rule(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct each *e = arg;
	const struct nlattr *nla;
	struct rule r;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		if (nla_type(nla) != NSGUARD_A_RULE)
			continue;
		rule_get(nla, &e->arena, &r);
		e->fn(&r, e->arg);
		arena_reset(&e->arena);
	}
}

void policy_each(const struct policy *p, void (*fn)(const struct rule *r, void *arg), void *arg)
{
	struct each e = { fn, arg, { 0 } };

	dump_each(&p->rules, each_rule, &e);
	arena_free(&e.arena);
}

bool rule_drop_dead(struct rule *r, struct arena *a, struct buf *gone)
{
	unsigned int i, j;
	struct match *m, live;

	for (i = 0; i < r->n; i++) {
		m = &r->match[i];
		if (m->key->kind != &kind_ns)
			continue;
		live = *m;
		live.n = 0;
		live.cap = 0;
		for (j = 0; j < m->n; j++) {
			if (m->v[j].ns.dead) {
				buf_chr(gone, ' ');
				m->key->kind->value(gone, m, j);
			} else {
				*match_push(a, &live) = m->v[j];
			}
		}
		if (!live.n && m->n)
			return false;
		*m = live;
	}
	return true;
}

void policy_free(struct policy *p)
{
	buf_free(&p->status);
	dump_free(&p->rules);
}

int table_default(const struct table_state *t)
{
	unsigned int op;
	int same = -1;

	for (op = 0; op < OPS; op++) {
		if (t->verdict[op] < 0)
			continue;
		if (same >= 0 && t->verdict[op] != same)
			return -1;
		same = t->verdict[op];
	}
	return same;
}

void table_defaults(struct buf *b, const struct table_state *t, bool brief)
{
	int same = table_default(t);
	const char *blank = "";
	unsigned int op;

	if (brief && same >= 0) {
		buf_str(b, words_get(&words_verdict, (__u32)same));
		return;
	}
	for (op = 0; op < OPS; op++) {
		if (t->verdict[op] < 0)
			continue;
		buf_fmt(b, "%s%s %s", blank, words_get(&words_op, op),
			words_get(&words_verdict, (__u32)t->verdict[op]));
		blank = " ";
	}
}
