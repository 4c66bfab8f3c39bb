// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are words of an enum: op, type, target self|other. Sent as a set of bits.
 */
#include <string.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "lang.h"

static unsigned int known(const struct match *m)
{
	return BIT(m->key->words->n) - 1;
}

/* @v: its value, or -1 when it is no such word at all. */
static int wrong_word(const struct token *t, const char *s, int n, const struct rule *r,
		      const struct match *m, unsigned int mask, int v)
{
	const struct words *w = m->key->words;
	struct buf list = { 0 };
	int code;

	words_list(&list, w, mask);
	if (v < 0)
		code = complain(t, "unknown %s '%.*s' after %s (%s)", w->what, n, s, m->key->word,
				buf_cstr(&list));
	else
		code = complain(t, "%s '%.*s' does not belong to table %s (%s)", w->what, n, s,
				words_get(&words_table, r->table), buf_cstr(&list));
	buf_free(&list);
	return code;
}

static int bits_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	unsigned int mask = known(m);
	const struct token *t = cursor_value(c);
	const char *rest = t->text, *s;
	size_t n;
	int v;

	(void)a;
	if (m->key->attr == NSGUARD_A_RULE_OP)
		mask = words_ops_of(r->table);
	while ((s = list_next(&rest, &n))) {
		v = words_find(m->key->words, s, n);
		if (v < 0 || !(mask & BIT(v)))
			return wrong_word(t, s, (int)n, r, m, mask, v);
		if (m->bits & BIT(v))
			return complain(t, "'%.*s' stands twice after %s", (int)n, s, m->key->word);
		m->bits |= BIT(v);
		m->n++;
	}
	return 0;
}

static int bits_put(struct buf *to, const struct rule *r, const struct match *m, struct nsfds *fds)
{
	(void)r;
	(void)fds;
	attr_put_u32(to, NSGUARD_A_MATCH_BITS, m->bits);
	return 0;
}

static bool bits_get(const struct nlattr *nla, struct arena *a, struct match *m)
{
	unsigned int i;

	(void)a;
	if (nla_type(nla) != NSGUARD_A_MATCH_BITS)
		return false;
	m->bits = attr_u32(nla);
	for (i = 0, m->n = 0; i < m->key->words->n; i++)
		m->n += !!(m->bits & BIT(i));
	return !(m->bits & ~known(m));
}

static void bits_value(struct buf *b, const struct match *m, unsigned int i)
{
	unsigned int bit;

	for (bit = 0; bit < m->key->words->n; bit++) {
		if (!(m->bits & BIT(bit)))
			continue;
		if (!i--) {
			buf_str(b, m->key->words->word[bit]);
			return;
		}
	}
}

const struct kind kind_bits = { bits_parse, bits_put, bits_get, bits_value };
