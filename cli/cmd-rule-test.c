// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule test TABLE OP [KEY VALUE]...: what would be decided, and by which rule. An
 * operation is described by the words of rules, each with one value; nothing is done.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <json-c/json.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "command.h"
#include "cpulist.h"
#include "nsres.h"
#include "out-json.h"
#include "out.h"
#include "policy.h"

/* What of a request says the same as a key of a rule, and whether it may have several values. */
static const struct said {
	__u16 rule;
	__u16 request;
	bool several;
} said[] = {
	{ NSGUARD_A_RULE_TYPE, NSGUARD_A_REQUEST_TYPE, false },
	{ NSGUARD_A_RULE_TARGET, NSGUARD_A_REQUEST_TARGET, false },
	{ NSGUARD_A_RULE_TARGET_OWNER, NSGUARD_A_REQUEST_TARGET_OWNER, false },
	{ NSGUARD_A_RULE_FROM, NSGUARD_A_REQUEST_FROM, false },
	{ NSGUARD_A_RULE_TO, NSGUARD_A_REQUEST_TO, false },
	{ NSGUARD_A_RULE_MOVES, NSGUARD_A_REQUEST_THREAD, false },
	{ NSGUARD_A_RULE_OPENER_UID, NSGUARD_A_REQUEST_OPENER_UID, false },
	{ NSGUARD_A_RULE_WHO, NSGUARD_A_REQUEST_WHO, false },
	{ NSGUARD_A_RULE_TARGET_UID, NSGUARD_A_REQUEST_TARGET_UID, false },
	{ NSGUARD_A_RULE_TARGET_EXE, NSGUARD_A_REQUEST_TARGET_EXE, false },
	{ NSGUARD_A_RULE_TARGET_CGROUP, NSGUARD_A_REQUEST_TARGET_CGROUP, false },
	{ NSGUARD_A_RULE_CPUS, NSGUARD_A_REQUEST_MASK, false },
	{ NSGUARD_A_RULE_EFFECTIVE_CPUS, NSGUARD_A_REQUEST_EFFECTIVE_MASK, false },
	{ NSGUARD_A_RULE_UID, NSGUARD_A_REQUEST_UID, false },
	{ NSGUARD_A_RULE_EUID, NSGUARD_A_REQUEST_EUID, false },
	{ NSGUARD_A_RULE_GID, NSGUARD_A_REQUEST_GID, true },
	{ NSGUARD_A_RULE_AUID, NSGUARD_A_REQUEST_AUID, false },
	{ NSGUARD_A_RULE_PID, NSGUARD_A_REQUEST_PID, false },
	{ NSGUARD_A_RULE_EXE, NSGUARD_A_REQUEST_EXE, false },
	{ NSGUARD_A_RULE_CGROUP, NSGUARD_A_REQUEST_CGROUP, false },
	{ NSGUARD_A_RULE_IN_NS, NSGUARD_A_REQUEST_NS, true },
	{ NSGUARD_A_RULE_USERNS, NSGUARD_A_REQUEST_USERNS, false },
	{ NSGUARD_A_RULE_CAP, NSGUARD_A_REQUEST_CAP, true },
};

/**
 * struct question - what is asked
 * @rule: the words, as a rule of the table: its matches have the values
 * @op: the operation
 * @target_pid: process acted on, 0 when not said
 */
struct question {
	struct rule rule;
	int op;
	__u32 target_pid;
};

static const struct said *said_of(__u16 rule)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(said); i++)
		if (said[i].rule == rule)
			return &said[i];
	return NULL;
}

static int parse_target_pid(struct cursor *c, const struct token *word, struct question *q)
{
	const struct token *t = cursor_value(c);
	__u64 pid;

	if (q->target_pid)
		return complain(word, "target-pid given twice");
	if (!t)
		return complain(&c->end, "target-pid needs a value");
	if (!parse_u64(t->text, strlen(t->text), INT32_MAX, &pid) || !pid)
		return complain(t, "target-pid '%s' is no process", t->text);
	q->target_pid = (__u32)pid;
	return 0;
}

/* A set of CPUs, or all of them: how it compares is what the rules say. */
static int parse_cpus(struct cursor *c, struct arena *a, struct match *m)
{
	const struct token *t = cursor_value(c);
	const char *fault;

	if (!strcmp(t->text, "reset") && m->key->attr == NSGUARD_A_RULE_CPUS) {
		m->has_relation = true;
		m->relation = NSGUARD_RELATION_RESET;
		return 0;
	}
	fault = cpulist_parse(t->text, a, &m->mask, &m->mask_len);
	if (fault)
		return complain(t, "CPU list '%s' after %s %s", t->text, m->key->word, fault);
	m->n = 1;
	return 0;
}

/* What is, is neither a range nor in a set; and there is one of it, unless it may be @several. */
static bool is_fact(const struct match *m, bool several)
{
	unsigned int i;

	if (m->key->kind == &kind_cpus)
		return true;
	for (i = 0; m->key->kind == &kind_range && i < m->n; i++)
		if (m->v[i].range.min != m->v[i].range.max)
			return false;
	return m->n == 1 || (m->n && several);
}

static int parse_key(struct cursor *c, struct arena *a, const struct token *t, struct question *q)
{
	struct rule *r = &q->rule;
	const struct key *k = lang_find(t->text, r->table);
	const struct said *s = k ? said_of(k->attr) : NULL;
	const struct token *value;
	struct match *m;
	unsigned int i;
	int code;

	if (!s)
		return complain(t, "'%s' describes no operation of table %s (see nsguardctl(8))",
				t->text, words_get(&words_table, r->table));
	for (i = 0; i < r->n; i++)
		if (r->match[i].key == k)
			return complain(t, "%s given twice", k->word);
	m = &r->match[r->n];
	*m = (struct match){ .key = k, .tok = t };
	value = cursor_peek(c);
	if (!value)
		return complain(&c->end, "%s needs a value", k->word);
	code = k->kind == &kind_cpus ? parse_cpus(c, a, m) : k->kind->parse(c, a, r, m);
	if (code)
		return code;
	if (!is_fact(m, s->several))
		return complain(value, "%s of an operation is one%s, not '%s'", k->word,
				s->several ? " or a list of them" : "", value->text);
	if (k->kind == &kind_ns && !strpbrk(m->v[0].ns.word, "/:"))
		return complain(value, "%s of an operation is a namespace, not '%s'", k->word,
				value->text);
	if (k->kind == &kind_cgroup && m->n && strchr(m->v[0].path, '*'))
		return complain(value, "%s of an operation is a cgroup that exists, not '%s'",
				k->word, value->text);
	r->n++;
	return 0;
}

static int parse(struct cursor *c, struct arena *a, struct question *q)
{
	const struct token *t;
	int code, table;

	code = words_parse(c, &words_table, ~0U, "rule test", &table);
	if (code)
		return code;
	q->rule.table = (__u32)table;
	code = words_parse(c, &words_op, words_ops_of(q->rule.table), "rule test", &q->op);
	while (!code && !(code = cursor_word(c, &t)) && t) {
		if (!strcmp(t->text, "target-pid"))
			code = parse_target_pid(c, t, q);
		else
			code = parse_key(c, a, t, q);
	}
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "rule test");
	return code;
}

/* --- words into attributes --- */

static int put_ns(struct nl_msg *msg, __u16 attr, const struct match *m, struct nsfds *fds)
{
	const __u32 all = BIT(words_nstype.n) - 1;
	struct nlattr *nest;
	unsigned int i, first;
	int code;

	for (i = 0; i < m->n; i++) {
		first = fds->n;
		/* pid:N of a target would be eight operations. */
		code = nsres_open(fds, m->tok, m->v[i].ns.word, all);
		if (code)
			return code;
		if (attr == NSGUARD_A_REQUEST_TARGET && fds->n - first != 1)
			return complain(m->tok, "%s '%s' is more than one namespace", m->key->word,
					m->v[i].ns.word);
		for (; first < fds->n; first++) {
			nest = nla_nest_start(msg, attr | NLA_F_NESTED);
			if (!nest || nla_put_u32(msg, NSGUARD_A_NS_FD, (__u32)fds->fd[first]))
				return -1;
			nla_nest_end(msg, nest);
		}
	}
	return 0;
}

static int put_ids(struct nl_msg *msg, __u16 attr, const struct match *m)
{
	unsigned int i;
	__u64 caps = 0;
	int err = 0;

	for (i = 0; i < m->n && !err; i++) {
		if (attr == NSGUARD_A_REQUEST_CAP)
			caps |= 1ULL << m->v[i].range.min;
		else
			err = nla_put_u32(msg, attr, m->v[i].range.min);
	}
	return attr == NSGUARD_A_REQUEST_CAP ? nla_put_u64(msg, attr, caps) : err;
}

static int put_bits(struct nl_msg *msg, __u16 attr, __u32 bits)
{
	__u32 value = 0;

	while (!(bits >> value & 1))
		value++;
	return nla_put_u32(msg, attr, value);
}

static int put_match(struct nl_msg *msg, const struct match *m, struct nsfds *fds)
{
	const struct key *k = m->key;
	__u16 attr = said_of(k->attr)->request;

	if (k->kind == &kind_ns)
		return put_ns(msg, attr, m, fds);
	if (k->kind == &kind_range)
		return put_ids(msg, attr, m);
	if (attr == NSGUARD_A_REQUEST_THREAD)
		return m->bits == BIT(NSGUARD_MOVES_THREAD) ? nla_put_flag(msg, attr) : 0;
	if (k->kind == &kind_bits)
		return put_bits(msg, attr, m->bits);
	if (k->kind == &kind_cpus)
		return m->has_relation ? 0 : nla_put(msg, attr, (int)m->mask_len, m->mask);
	return nla_put_string(msg, attr, m->v[0].path);
}

static int put(struct nl_msg *msg, const struct question *q, struct nsfds *fds)
{
	struct nlattr *nest = nla_nest_start(msg, NSGUARD_A_REQUEST | NLA_F_NESTED);
	unsigned int i;
	int code = 0;

	if (!nest || nla_put_u32(msg, NSGUARD_A_REQUEST_TABLE, q->rule.table) ||
	    nla_put_u32(msg, NSGUARD_A_REQUEST_OP, (__u32)q->op) ||
	    (q->target_pid && nla_put_u32(msg, NSGUARD_A_REQUEST_TARGET_PID, q->target_pid)))
		return -1;
	for (i = 0; i < q->rule.n && !code; i++)
		code = put_match(msg, &q->rule.match[i], fds);
	nla_nest_end(msg, nest);
	return code;
}

/* --- the answer --- */

struct answer {
	__u32 verdict;
	__u32 mode;
	__u64 handle;
	bool locked;
	__u32 error;
};

static void take(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *tb[NSGUARD_A_MAX + 1];
	struct answer *a = arg;

	(void)index;
	nla_parse(tb, NSGUARD_A_MAX, (struct nlattr *)attrs, len, NULL);
	a->verdict = attr_u32(tb[NSGUARD_A_VERDICT]);
	a->mode = attr_u32(tb[NSGUARD_A_MODE]);
	a->handle = attr_u64(tb[NSGUARD_A_HANDLE]);
	a->locked = tb[NSGUARD_A_LOCKED];
	a->error = attr_u32(tb[NSGUARD_A_ERROR]);
}

struct found {
	const struct answer *answer;
	struct buf *text;
};

static void show_rule(const struct rule *r, void *arg)
{
	struct found *f = arg;

	if (r->handle != f->answer->handle)
		return;
	buf_str(f->text, "  ");
	rule_print(f->text, r, true);
	buf_chr(f->text, '\n');
}

static void print_text(const struct answer *a, const struct question *q, const struct policy *p)
{
	struct buf b = { 0 };
	struct found f = { a, &b };

	buf_str(&b, words_get(&words_verdict, a->verdict));
	if (a->locked)
		buf_str(&b, " because it is locked in a sandbox");
	else if (a->handle)
		buf_fmt(&b, " by rule %llu", (unsigned long long)a->handle);
	else
		buf_str(&b, " by default");
	if (a->error)
		buf_fmt(&b, " with %s", strerror((int)a->error));
	if (a->mode != NSGUARD_MODE_ENFORCE)
		buf_fmt(&b, ", but table %s is in mode %s: let through",
			words_get(&words_table, q->rule.table), words_get(&words_mode, a->mode));
	buf_chr(&b, '\n');
	policy_each(p, show_rule, &f);
	out_flush(&b);
	buf_free(&b);
}

static void print_json(const struct answer *a)
{
	struct json_object *o = json_object_new_object(), *test = json_object_new_object();

	json_str(test, "verdict", words_get(&words_verdict, a->verdict));
	json_str(test, "mode", words_get(&words_mode, a->mode));
	if (a->handle)
		json_u64(test, "handle", a->handle);
	json_flag(test, "locked", a->locked);
	if (a->error)
		json_u64(test, "error", a->error);
	json_add(o, "test", test);
	json_print_wrapped(o);
}

static int ask(struct module *nl, const struct question *q, struct answer *a)
{
	struct nsfds fds = { 0 };
	int code = put(module_begin(nl, NSGUARD_CMD_RULE_TEST), q, &fds);

	if (code < 0)
		code = complain(NULL, "the operation does not fit into a message");
	if (!code)
		code = module_call(nl, "rule test", take, a);
	nsfds_close(&fds);
	return code;
}

int cmd_rule_test(struct cursor *c)
{
	struct arena arena = { 0 };
	struct question q = { 0 };
	struct answer answer = { 0 };
	struct policy policy = { 0 };
	struct module nl;
	int code;

	code = parse(c, &arena, &q);
	if (code || (c->options & OPT_CHECK)) {
		arena_free(&arena);
		return code;
	}
	code = module_open(&nl);
	if (!code)
		code = ask(&nl, &q, &answer);
	if (!code && answer.handle && !(c->options & OPT_JSON))
		code = policy_read(&nl, "rule test", (int)q.rule.table, &policy);
	module_close(&nl);
	if (!code && (c->options & OPT_JSON))
		print_json(&answer);
	else if (!code)
		print_text(&answer, &q, &policy);
	policy_free(&policy);
	arena_free(&arena);
	return code;
}
