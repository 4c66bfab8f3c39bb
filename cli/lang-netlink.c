// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule as attributes and back. Nothing a newer kernel says is dropped silently: what
 * this program cannot say is noted in the rule.
 */
#include <string.h>
#include <netlink/attr.h>
#include "../module/limits.h"
#include "attrs.h"
#include "lang.h"

/* What is far beyond it would not even be an attribute. */
static int nest_end(struct buf *to, size_t nest, const struct token *tok)
{
	if (to->n - nest > NSGUARD_MAX_RULE_BYTES + NLA_HDRLEN)
		return complain(tok, "a rule has at most %d bytes of attributes",
				NSGUARD_MAX_RULE_BYTES);
	attr_end(to, nest);
	return 0;
}

static int match_put(struct buf *to, const struct rule *r, const struct match *m,
		     const struct token *tok, struct nsfds *fds)
{
	size_t nest = attr_begin(to, m->key->attr);
	int code;

	if (m->not)
		attr_put_flag(to, NSGUARD_A_MATCH_NOT);
	if (m->has_relation)
		attr_put_u32(to, NSGUARD_A_MATCH_RELATION, m->relation);
	if (m->set)
		attr_put_str(to, NSGUARD_A_MATCH_SET, m->set);
	code = m->key->kind->put(to, r, m, fds);
	if (code)
		return code;
	return nest_end(to, nest, tok);
}

int rule_put(struct buf *to, const struct rule *r, const struct token *tok, struct nsfds *fds)
{
	size_t nest = attr_begin(to, NSGUARD_A_RULE);
	unsigned int i;
	int code;

	attr_put_u32(to, NSGUARD_A_RULE_TABLE, r->table);
	attr_put_u32(to, NSGUARD_A_RULE_VERDICT, r->verdict);
	if (r->priority)
		attr_put_u32(to, NSGUARD_A_RULE_PRIORITY, (__u32)r->priority);
	if (r->dry_run)
		attr_put_flag(to, NSGUARD_A_RULE_DRY_RUN);
	if (r->sandbox)
		attr_put_str(to, NSGUARD_A_RULE_SANDBOX, r->sandbox);
	if (r->threads)
		attr_put_flag(to, NSGUARD_A_RULE_THREADS);
	if (r->comment)
		attr_put_str(to, NSGUARD_A_RULE_COMMENT, r->comment);
	for (i = 0; i < r->n; i++) {
		if (!fds && r->match[i].key->kind == &kind_ns)
			continue;
		code = match_put(to, r, &r->match[i], tok, fds);
		if (code)
			return code;
	}
	return nest_end(to, nest, tok);
}

static void match_get(const struct key *k, const struct nlattr *attr, struct arena *a,
		      struct rule *r)
{
	struct match *m = &r->match[r->n++];
	const struct nlattr *nla;
	int rem;

	*m = (struct match){ .key = k };
	for (nla = nla_data(attr), rem = nla_len(attr); nla_ok(nla, rem);
	     nla = nla_next(nla, &rem)) {
		switch (nla_type(nla)) {
		case NSGUARD_A_MATCH_NOT:
			m->not = true;
			break;
		case NSGUARD_A_MATCH_RELATION:
			m->has_relation = true;
			m->relation = attr_u32(nla);
			if (m->relation >= words_relation.n)
				r->unknown = k->attr;
			break;
		case NSGUARD_A_MATCH_SET:
			m->set = attr_str(nla, a);
			break;
		default:
			if (!k->kind->get(nla, a, m))
				r->unknown = k->attr;
		}
	}
}

void rule_get(const struct nlattr *attr, struct arena *a, struct rule *r)
{
	const struct nlattr *nla;
	const struct key *k;
	int rem;

	memset(r, 0, offsetof(struct rule, match));
	for (nla = nla_data(attr), rem = nla_len(attr); nla_ok(nla, rem);
	     nla = nla_next(nla, &rem)) {
		switch (nla_type(nla)) {
		case NSGUARD_A_RULE_HANDLE:
			r->handle = attr_u64(nla);
			break;
		case NSGUARD_A_RULE_TABLE:
			r->table = attr_u32(nla);
			break;
		case NSGUARD_A_RULE_VERDICT:
			r->verdict = attr_u32(nla);
			break;
		case NSGUARD_A_RULE_PRIORITY:
			r->priority = (__s32)attr_u32(nla);
			break;
		case NSGUARD_A_RULE_COMMENT:
			r->comment = attr_str(nla, a);
			break;
		case NSGUARD_A_RULE_DRY_RUN:
			r->dry_run = true;
			break;
		case NSGUARD_A_RULE_HITS:
			r->hits = attr_u64(nla);
			break;
		case NSGUARD_A_RULE_STALE:
			r->stale = true;
			break;
		case NSGUARD_A_RULE_SANDBOX:
			r->sandbox = attr_str(nla, a);
			break;
		case NSGUARD_A_RULE_THREADS:
			r->threads = true;
			break;
		case NSGUARD_A_RULE_PAD:
			break;
		default:
			k = lang_of_attr((__u16)nla_type(nla));
			if (k && r->n < RULE_MATCHES)
				match_get(k, nla, a, r);
			else
				r->unknown = (unsigned int)nla_type(nla);
		}
	}
	if (r->table >= words_table.n)
		r->unknown = NSGUARD_A_RULE_TABLE;
	if (r->verdict >= words_verdict.n)
		r->unknown = NSGUARD_A_RULE_VERDICT;
}
