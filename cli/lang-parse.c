// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words into a rule: the keys, what stands beside them, and what is wrong with them. How
 * values are said is the business of kind-*.c.
 */
#include <stdint.h>
#include <string.h>
#include "../module/limits.h"
#include "lang.h"
#include "sandbox.h"

union value *match_push(struct arena *a, struct match *m)
{
	union value *v;

	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 1;
		v = arena_alloc(a, m->cap * sizeof(*v));
		if (m->n)
			memcpy(v, m->v, m->n * sizeof(*v));
		m->v = v;
	}
	return &m->v[m->n++];
}

const char *list_next(const char **rest, size_t *n)
{
	const char *s = *rest;
	const char *end;

	if (!s)
		return NULL;
	end = s + strcspn(s, ",");
	*n = (size_t)(end - s);
	*rest = *end ? end + 1 : NULL;
	return s;
}

static int unknown_key(const struct token *t, __u32 table, const char *command)
{
	const struct key *k;
	struct buf list = { 0 };
	unsigned int i;
	bool elsewhere = false;

	for (i = 0; (k = lang_at(i)); i++) {
		if (k->tables & BIT(table)) {
			buf_str(&list, k->word);
			buf_chr(&list, ' ');
		} else if (!strcmp(k->word, t->text)) {
			elsewhere = true;
		}
	}
	if (elsewhere)
		complain(t, "key '%s' does not belong to table %s", t->text,
			 words_get(&words_table, table));
	else
		complain(t, "unknown key '%s' in %s (keys: %sdry-run priority comment)", t->text,
			 command, buf_cstr(&list));
	buf_free(&list);
	return CODE_USAGE;
}

static int parse_priority(struct cursor *c, struct rule *r)
{
	const struct token *t = cursor_value(c);
	bool minus;
	__u64 v;

	if (!t)
		return complain(&c->end, "priority needs a number");
	minus = t->text[0] == '-';
	if (!parse_u64(t->text + minus, strlen(t->text + minus), (__u64)INT32_MAX + minus, &v))
		return complain(t, "priority '%s' is no number from -2147483648 to 2147483647",
				t->text);
	r->priority = (__s32)(minus ? -(__s64)v : (__s64)v);
	return 0;
}

static int parse_comment(struct cursor *c, struct rule *r)
{
	const struct token *t = cursor_value(c);

	if (!t)
		return complain(&c->end, "comment needs a text");
	if (!*t->text)
		return complain(t, "comment is empty");
	if (strlen(t->text) > NSGUARD_COMMENT_MAX)
		return complain(t, "comment is %zu bytes long, at most %d fit", strlen(t->text),
				NSGUARD_COMMENT_MAX);
	r->comment = t->text;
	return 0;
}

static int parse_match(struct cursor *c, struct arena *a, const struct token *t, struct rule *r,
		       const char *command)
{
	/* Rules are much alike: most often it is the key that stood there in the rule before. */
	static const struct key *before[RULE_MATCHES];
	const struct key *k = before[r->n];
	const struct token *next;
	struct match *m;
	unsigned int i;
	int code;

	if (!k || !(k->tables & BIT(r->table)) || !is_word(k->word, t->text))
		k = lang_find(t->text, r->table);
	if (!k)
		return unknown_key(t, r->table, command);
	before[r->n] = k;
	for (i = 0; i < r->n; i++)
		if (r->match[i].key == k)
			return complain(t, "%s given twice", k->word);
	m = &r->match[r->n];
	*m = (struct match){ .key = k };
	next = cursor_peek(c);
	if (next && is_word(next->text, "not")) {
		m->not = true;
		cursor_value(c);
	}
	if (!cursor_peek(c))
		return complain(&c->end, "%s needs a value", k->word);
	code = k->kind->parse(c, a, r, m);
	if (!code && m->n > NSGUARD_MAX_VALUES)
		code = complain(t, "%s has more than %d values", k->word, NSGUARD_MAX_VALUES);
	/* What a name stands for is looked for later; the fault is this word's, then. */
	if (k->kind == &kind_ns || m->set)
		m->tok = token_keep(a, t);
	if (!code)
		r->n++;
	return code;
}

/* "sandbox NAME" and "threads allow" stand in lock rules only. */
static int parse_lock_word(struct cursor *c, const struct token *t, struct rule *r)
{
	const struct token *next;

	if (r->verdict != NSGUARD_VERDICT_LOCK)
		return complain(t, "%s belongs to verdict lock", t->text);
	if (!strcmp(t->text, "sandbox"))
		return sandbox_name_parse(c, "sandbox", &r->sandbox);
	next = cursor_value(c);
	if (!next || strcmp(next->text, "allow"))
		return complain(next ? next : &c->end, "after threads there is only allow");
	r->threads = true;
	return 0;
}

int rule_parse(struct cursor *c, struct arena *a, struct rule *r, bool replaces)
{
	bool dry_run = false, priority = false, comment = false, sandbox = false, threads = false;
	static const char *const commands[][4] = {
		{ "rule add ns", "rule add cgroup", "rule add affinity", "rule add" },
		{ "rule replace ns", "rule replace cgroup", "rule replace affinity",
		  "rule replace" },
	};
	const char *const *command = commands[replaces];
	unsigned int verdicts = BIT(NSGUARD_VERDICT_ALLOW) | BIT(NSGUARD_VERDICT_DENY);
	const struct token *t;
	int code, v;

	memset(r, 0, offsetof(struct rule, match));
	code = words_parse(c, &words_table, ~0U, command[3], &v);
	if (code)
		return code;
	r->table = (__u32)v;
	if (r->table == NSGUARD_TABLE_NS)
		verdicts |= BIT(NSGUARD_VERDICT_LOCK);
	code = words_parse(c, &words_verdict, verdicts, command[r->table], &v);
	if (code)
		return code;
	r->verdict = (__u32)v;

	while (!(code = cursor_word(c, &t)) && t) {
		bool *given = is_word(t->text, "dry-run") ? &dry_run :
			      is_word(t->text, "priority") ? &priority :
			      is_word(t->text, "sandbox") ? &sandbox :
			      is_word(t->text, "threads") ? &threads :
			      is_word(t->text, "comment") ? &comment : NULL;

		if (given && *given)
			return complain(t, "%s given twice", t->text);
		if (given)
			*given = true;
		if (given == &dry_run)
			r->dry_run = true;
		else if (given == &priority)
			code = parse_priority(c, r);
		else if (given == &comment)
			code = parse_comment(c, r);
		else if (given)
			code = parse_lock_word(c, t, r);
		else
			code = parse_match(c, a, t, r, command[r->table]);
		if (code)
			return code;
	}
	if (!code && r->verdict == NSGUARD_VERDICT_LOCK && !r->sandbox)
		return complain(&c->end, "verdict lock needs sandbox and its name");
	return code;
}

bool rule_trusts_exe(const struct rule *r)
{
	static const __u16 others[] = { NSGUARD_A_RULE_UID, NSGUARD_A_RULE_EUID,
					NSGUARD_A_RULE_GID, NSGUARD_A_RULE_CAP,
					NSGUARD_A_RULE_AUID, NSGUARD_A_RULE_PID,
					NSGUARD_A_RULE_CGROUP, NSGUARD_A_RULE_IN_NS };
	bool exe = false;
	unsigned int i, j;

	for (i = 0; i < r->n; i++) {
		exe = exe || r->match[i].key->attr == NSGUARD_A_RULE_EXE;
		for (j = 0; j < ARRAY_SIZE(others); j++)
			if (r->match[i].key->attr == others[j])
				return false;
	}
	return exe && r->verdict == NSGUARD_VERDICT_ALLOW;
}
