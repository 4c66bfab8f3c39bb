// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule in words, and as JSON. The words are in the order of the grammar's table, so that
 * the same rule always reads the same.
 */
#include <stdlib.h>
#include <string.h>
#include <json-c/json.h>
#include "escape.h"
#include "lang.h"
#include "out-json.h"

/* Values by comma; a relation is left out when it is the one that is meant anyway. */
void match_print(struct buf *b, const struct match *m)
{
	static struct buf list;
	unsigned int i;

	buf_str(b, m->key->word);
	if (m->not)
		buf_str(b, " not");
	if (m->has_relation && (m->key->kind == &kind_cpus || m->relation != m->key->relation)) {
		buf_chr(b, ' ');
		buf_str(b, words_get(&words_relation, m->relation));
	}
	if (m->set)
		buf_fmt(b, " @%s", m->set);
	if (!m->n)
		return;
	list.n = 0;
	for (i = 0; i < m->n; i++) {
		if (i)
			buf_chr(&list, ',');
		m->key->kind->value(&list, m, i);
	}
	buf_chr(b, ' ');
	buf_token(b, list.p, list.n);
}

static const struct match *match_of(const struct rule *r, const struct key *k)
{
	unsigned int i;

	for (i = 0; i < r->n; i++)
		if (r->match[i].key == k)
			return &r->match[i];
	return NULL;
}

void rule_print(struct buf *b, const struct rule *r, bool priority)
{
	const struct match *m;
	const struct key *k;
	unsigned int i;

	buf_str(b, words_get(&words_verdict, r->verdict));
	if (r->sandbox)
		buf_fmt(b, " sandbox %s", r->sandbox);
	if (r->threads)
		buf_str(b, " threads allow");
	for (i = 0; r->n && (k = lang_at(i)); i++) {
		m = match_of(r, k);
		if (!m)
			continue;
		buf_chr(b, ' ');
		match_print(b, m);
	}
	if (r->dry_run)
		buf_str(b, " dry-run");
	if (priority && r->priority) {
		buf_str(b, " priority ");
		buf_s64(b, r->priority);
	}
	if (r->comment) {
		buf_str(b, " comment ");
		buf_token_quoted(b, r->comment, strlen(r->comment));
	}
}

struct worded {
	const char *word;
	union value value;
};

/* Numbers by their size. */
static int by_word(const void *a, const void *b)
{
	return strverscmp(((const struct worded *)a)->word, ((const struct worded *)b)->word);
}

static void match_sort(struct match *m, struct arena *a)
{
	struct worded *list = arena_alloc(a, m->n * sizeof(*list));
	struct buf b = { 0 };
	unsigned int i, n = 0;

	for (i = 0; i < m->n; i++) {
		b.n = 0;
		m->key->kind->value(&b, m, i);
		list[i].word = arena_strndup(a, b.n ? b.p : "", b.n);
		list[i].value = m->v[i];
	}
	buf_free(&b);
	qsort(list, m->n, sizeof(*list), by_word);
	m->v = arena_alloc(a, m->n * sizeof(*m->v));
	for (i = 0; i < m->n; i++)
		if (!i || strcmp(list[i].word, list[i - 1].word))
			m->v[n++] = list[i].value;
	m->n = n;
}

void rule_sort(struct rule *r, struct arena *a)
{
	unsigned int i;

	/* Bits and masks have an order, and no list. */
	for (i = 0; i < r->n; i++)
		if (r->match[i].n > 1 && r->match[i].v)
			match_sort(&r->match[i], a);
}

bool rule_sayable(const struct rule *r)
{
	unsigned int i, j;

	if (r->unknown)
		return false;
	for (i = 0; i < r->n; i++) {
		const struct match *m = &r->match[i];

		/* Another client may have named a path with a comma in it. */
		if (m->key->kind != &kind_exe && m->key->kind != &kind_cgroup)
			continue;
		for (j = 0; j < m->n; j++)
			if (strchr(m->v[j].path, ','))
				return false;
	}
	return true;
}

static struct json_object *match_json(const struct match *m)
{
	struct json_object *o = json_object_new_object();
	struct json_object *values = json_object_new_array();
	struct json_object *hex = NULL;
	struct buf b = { 0 };
	unsigned int i;

	json_str(o, "key", m->key->name);
	json_flag(o, "not", m->not);
	if (m->has_relation)
		json_str(o, "relation", words_get(&words_relation, m->relation));
	for (i = 0; i < m->n; i++) {
		b.n = 0;
		m->key->kind->value(&b, m, i);
		json_object_array_add(values, json_text(b.p, b.n, &hex));
	}
	if (m->set) {
		b.n = 0;
		buf_fmt(&b, "@%s", m->set);
		json_object_array_add(values, json_text(b.p, b.n, &hex));
	}
	json_add(o, "values", values);
	if (hex)
		json_add(o, "values-hex", hex);
	buf_free(&b);
	return o;
}

struct json_object *rule_json(const struct rule *r)
{
	struct json_object *o = json_object_new_object();
	struct json_object *matches = json_object_new_array();
	const struct match *m;
	const struct key *k;
	unsigned int i;

	json_u64(o, "handle", r->handle);
	json_str(o, "table", words_get(&words_table, r->table));
	json_str(o, "verdict", words_get(&words_verdict, r->verdict));
	if (r->sandbox) {
		json_str(o, "sandbox", r->sandbox);
		json_flag(o, "threads", r->threads);
	}
	json_s64(o, "priority", r->priority);
	if (r->comment)
		json_bytes(o, "comment", r->comment);
	json_flag(o, "dry-run", r->dry_run);
	json_u64(o, "hits", r->hits);
	json_flag(o, "stale", r->stale);
	for (i = 0; (k = lang_at(i)); i++) {
		m = match_of(r, k);
		if (m)
			json_object_array_add(matches, match_json(m));
	}
	json_add(o, "matches", matches);
	if (r->unknown)
		json_u64(o, "unknown-attribute", r->unknown);
	return o;
}
