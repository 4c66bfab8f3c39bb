// SPDX-License-Identifier: GPL-2.0-only
/*
 * A rule as attributes and back. Nothing a newer kernel says is dropped silently: what
 * this program cannot say is noted in the rule.
 */
#include <string.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include "attrs.h"
#include "lang.h"

static int too_large(void)
{
	return complain(NULL, "rule is too large for a message to the kernel");
}

static int match_put(struct nl_msg *msg, const struct rule *r, const struct match *m,
		     struct nsfds *fds)
{
	struct nlattr *nest = nla_nest_start(msg, m->key->attr | NLA_F_NESTED);
	int code;

	if (!nest || (m->not && nla_put_flag(msg, NSGUARD_A_MATCH_NOT)) ||
	    (m->has_relation && nla_put_u32(msg, NSGUARD_A_MATCH_RELATION, m->relation)) ||
	    (m->set && nla_put_string(msg, NSGUARD_A_MATCH_SET, m->set)))
		return -1;
	code = m->key->kind->put(msg, r, m, fds);
	if (!code)
		nla_nest_end(msg, nest);
	return code;
}

int rule_put(struct nl_msg *msg, const struct rule *r, struct nsfds *fds)
{
	struct nlattr *nest = nla_nest_start(msg, NSGUARD_A_RULE | NLA_F_NESTED);
	const struct number_attr head[] = {
		NUMBER_ATTR(NSGUARD_A_RULE_TABLE, r->table),
		NUMBER_ATTR(NSGUARD_A_RULE_VERDICT, r->verdict),
	};
	unsigned int i;
	int code;

	if (!nest || nlmsg_append(msg, (void *)head, sizeof(head), NLMSG_ALIGNTO) ||
	    (r->priority && nla_put_s32(msg, NSGUARD_A_RULE_PRIORITY, r->priority)) ||
	    (r->dry_run && nla_put_flag(msg, NSGUARD_A_RULE_DRY_RUN)) ||
	    (r->sandbox && nla_put_string(msg, NSGUARD_A_RULE_SANDBOX, r->sandbox)) ||
	    (r->threads && nla_put_flag(msg, NSGUARD_A_RULE_THREADS)) ||
	    (r->comment && nla_put_string(msg, NSGUARD_A_RULE_COMMENT, r->comment)))
		return too_large();
	for (i = 0; i < r->n; i++) {
		code = match_put(msg, r, &r->match[i], fds);
		if (code)
			return code < 0 ? too_large() : code;
	}
	nla_nest_end(msg, nest);
	return 0;
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
