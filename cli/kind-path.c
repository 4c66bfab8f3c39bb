// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are paths: executables, and cgroups with their relation. A comma separates
 * paths and cannot be part of one; a backslash is just a character of unit names.
 */
#include <string.h>
#include <netlink/attr.h>
#include "../module/limits.h"
#include "attrs.h"
#include "lang.h"

#if NSGUARD_PATH_MAX != 1023 || NSGUARD_MAX_COMPONENTS != 64
#error the sentences below say other bounds
#endif

/* Why the kernel would not take it, or NULL. */
static const char *path_fault(const char *s, size_t n, bool cgroup)
{
	unsigned int parts = 0;
	size_t i, len;

	if (!n)
		return "is empty";
	if (s[0] != '/')
		return "does not begin with a slash";
	if (n > NSGUARD_PATH_MAX)
		return "is longer than 1023 bytes";
	if (!cgroup || n == 1)
		return NULL;
	if (s[n - 1] == '/')
		return "ends in a slash";
	for (i = 1; i < n; i += len + 1) {
		const char *slash = memchr(s + i, '/', n - i);

		len = slash ? (size_t)(slash - s - i) : n - i;
		if (!len)
			return "has an empty component";
		if ((len == 1 && s[i] == '.') || (len == 2 && !memcmp(s + i, "..", 2)))
			return "has a component '.' or '..'";
		parts++;
	}
	return parts > NSGUARD_MAX_COMPONENTS ? "has more than 64 components" : NULL;
}

static int paths_parse(const struct token *t, struct arena *a, struct match *m, bool cgroup)
{
	const char *rest = t->text, *s, *fault;
	size_t n;

	while ((s = list_next(&rest, &n))) {
		fault = path_fault(s, n, cgroup);
		if (fault)
			return complain(t, "path '%.*s' after %s %s", (int)n, s, m->key->word,
					fault);
		match_push(a, m)->path = arena_strndup(a, s, n);
	}
	return 0;
}

static int exe_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	(void)r;
	return paths_parse(cursor_value(c), a, m, false);
}

static int cgroup_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	const struct token *t = cursor_value(c);
	int v = words_find(&words_relation, t->text, strlen(t->text));

	(void)r;
	m->has_relation = true;
	m->relation = m->key->relation;
	if (v == NSGUARD_RELATION_IS || v == NSGUARD_RELATION_UNDER) {
		m->relation = (__u32)v;
		t = cursor_value(c);
		if (!t)
			return complain(&c->end, "%s %s needs a path", m->key->word,
					words_get(&words_relation, m->relation));
	}
	return paths_parse(t, a, m, true);
}

static int path_put(struct buf *to, const struct rule *r, const struct match *m, struct nsfds *fds)
{
	unsigned int i;

	(void)r;
	(void)fds;
	for (i = 0; i < m->n; i++)
		attr_put_str(to, NSGUARD_A_MATCH_PATH, m->v[i].path);
	return 0;
}

static bool path_get(const struct nlattr *nla, struct arena *a, struct match *m)
{
	if (nla_type(nla) != NSGUARD_A_MATCH_PATH)
		return false;
	match_push(a, m)->path = attr_str(nla, a);
	return true;
}

static void path_value(struct buf *b, const struct match *m, unsigned int i)
{
	buf_str(b, m->v[i].path);
}

const struct kind kind_exe = { exe_parse, path_put, path_get, path_value };
const struct kind kind_cgroup = { cgroup_parse, path_put, path_get, path_value };
