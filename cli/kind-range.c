// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are numbers or ranges of them: uid, gid, auid, pid. Names of users and
 * groups are looked up when the rule is said; the kernel knows only numbers.
 */
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "lang.h"
#include "set.h"

#define UNSET	UINT32_MAX	/* the login uid of who never logged in */

static bool name_id(enum names names, const char *name, __u32 *id)
{
	const struct passwd *pw;
	const struct group *gr;

	if (names == NAMES_GROUP) {
		gr = getgrnam(name);
		if (gr)
			*id = gr->gr_gid;
		return gr;
	}
	pw = getpwnam(name);
	if (pw)
		*id = pw->pw_uid;
	return pw;
}

/* sys_admin and its like, as capabilities(7) has them without CAP_, or numbers as of ids. */
static int cap_parse(const struct token *t, const struct key *k, const char *s, size_t n,
		     union value *v)
{
	const char *dash = memchr(s, '-', n);
	size_t first = dash ? (size_t)(dash - s) : n;
	int cap = words_find(k->words, s, n);
	__u64 lo = (__u64)cap, hi;

	if (cap < 0 && !parse_u64(s, first, CAP_LAST_CAP, &lo))
		goto unknown;
	hi = lo;
	if (dash && !parse_u64(dash + 1, n - first - 1, CAP_LAST_CAP, &hi))
		goto unknown;
	if (lo > hi)
		return complain(t, "%s range '%.*s' is upside down", k->word, (int)n, s);
	v->range.min = (__u32)lo;
	v->range.max = (__u32)hi;
	return 0;
unknown:
	return complain(t, "unknown capability '%.*s' (%s)", (int)n, s,
			"as in capabilities(7) without CAP_: sys_admin");
}

/* A name may hold a dash (www-data), so numbers come first. */
int range_value_parse(const struct token *t, const struct key *k, const char *s, size_t n,
		      struct arena *a, union value *v)
{
	size_t first = 0;
	const char *name;
	__u64 lo, hi;

	if (k->names == NAMES_CAP)
		return cap_parse(t, k, s, n, v);
	while (first < n && s[first] >= '0' && s[first] <= '9')
		first++;
	if (first && (first == n || s[first] == '-')) {
		if (!parse_u64(s, first, UINT32_MAX, &lo))
			return complain(t, "%s '%.*s' is beyond 4294967295", k->word, (int)n, s);
		hi = lo;
		if (first < n && !parse_u64(s + first + 1, n - first - 1, UINT32_MAX, &hi))
			return complain(t, "%s '%.*s' is no range N-M of numbers up to 4294967295",
					k->word, (int)n, s);
		if (lo > hi)
			return complain(t, "%s range '%.*s' is upside down", k->word, (int)n, s);
		v->range.min = (__u32)lo;
		v->range.max = (__u32)hi;
		return 0;
	}
	if ((k->names == NAMES_LOGIN || k->names == NAMES_UNSET) && n == 5 &&
	    !memcmp(s, "unset", n)) {
		v->range.min = UNSET;
		v->range.max = UNSET;
		return 0;
	}
	if (k->names == NAMES_NONE || k->names == NAMES_UNSET)
		return complain(t, "%s '%.*s' is no number N or range N-M", k->word, (int)n, s);
	name = arena_strndup(a, s, n);
	if (!n || !name_id(k->names, name, &v->range.min))
		return complain(t, "%s '%s' is no number, no range N-M and no %s known here",
				k->word, name, k->names == NAMES_GROUP ? "group" : "user");
	v->range.max = v->range.min;
	return 0;
}

static int range_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	const struct token *t = cursor_value(c);
	const char *rest = t->text, *s;
	int code = 0;
	size_t n;

	(void)r;
	/* Capabilities are no ids; the kernel has no sets of them. */
	if (*t->text == '@' && m->key->names != NAMES_CAP)
		return set_ref_parse(t, &m->set);
	while (!code && (s = list_next(&rest, &n)))
		code = range_value_parse(t, m->key, s, n, a, match_push(a, m));
	return code;
}

void range_value_put(struct buf *to, unsigned int attr, const union value *v)
{
	size_t nest = attr_begin(to, attr);

	attr_put_u32(to, NSGUARD_A_RANGE_MIN, v->range.min);
	attr_put_u32(to, NSGUARD_A_RANGE_MAX, v->range.max);
	attr_end(to, nest);
}

static int range_put(struct buf *to, const struct rule *r, const struct match *m, struct nsfds *fds)
{
	unsigned int i;

	(void)r;
	(void)fds;
	for (i = 0; i < m->n; i++)
		range_value_put(to, NSGUARD_A_MATCH_RANGE, &m->v[i]);
	return 0;
}

static bool range_get(const struct nlattr *nla, struct arena *a, struct match *m)
{
	struct nlattr *tb[NSGUARD_A_RANGE_LAST + 1];
	union value *v;

	if (nla_type(nla) != NSGUARD_A_MATCH_RANGE)
		return false;
	attr_nest(tb, NSGUARD_A_RANGE_LAST, nla);
	v = match_push(a, m);
	v->range.min = attr_u32(tb[NSGUARD_A_RANGE_MIN]);
	v->range.max = attr_u32(tb[NSGUARD_A_RANGE_MAX]);
	return true;
}

void range_value_print(struct buf *b, const struct key *k, const union value *v)
{
	if ((k->names == NAMES_LOGIN || k->names == NAMES_UNSET) && v->range.min == UNSET) {
		buf_str(b, "unset");
		return;
	}
	if (k->names == NAMES_CAP && v->range.min == v->range.max && v->range.min < k->words->n) {
		buf_str(b, words_get(k->words, v->range.min));
		return;
	}
	buf_u64(b, v->range.min);
	if (v->range.min == v->range.max)
		return;
	buf_chr(b, '-');
	buf_u64(b, v->range.max);
}

static void range_value(struct buf *b, const struct match *m, unsigned int i)
{
	range_value_print(b, m->key, &m->v[i]);
}

const struct kind kind_range = { range_parse, range_put, range_get, range_value };
