// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values that are namespaces: sent as open files, shown by type and inode number. What
 * pid:N stands for is settled when the rule is sent.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/nsfs.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "lang.h"
#include "nsres.h"

/* Words for namespaces that are no names of one; only a target is the same or another. */
static const struct named {
	const char *word;
	__u16 attr;
	bool of_target;
} named[] = {
	{ "host", NSGUARD_A_NS_HOST, false },
	{ "same", NSGUARD_A_NS_SAME, true },
	{ "other", NSGUARD_A_NS_OTHER, true },
};

static const struct named *named_find(const struct match *m, const char *s, size_t n)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (strlen(named[i].word) == n && !memcmp(named[i].word, s, n) &&
		    (!named[i].of_target || m->key->attr == NSGUARD_A_RULE_TARGET))
			return &named[i];
	return NULL;
}

static int ns_parse(struct cursor *c, struct arena *a, const struct rule *r, struct match *m)
{
	const struct token *t = cursor_value(c);
	const char *rest = t->text, *s;
	size_t n;

	(void)r;
	while ((s = list_next(&rest, &n))) {
		if (!named_find(m, s, n) && !nsres_plausible(s, n))
			return complain(t, "'%.*s' after %s names no namespace (a %s)", (int)n, s,
					m->key->word, m->key->attr == NSGUARD_A_RULE_TARGET ?
					"path, host, same, other, pid:N or TYPE:[INUM]" :
					"path, host, pid:N or TYPE:[INUM]");
		match_push(a, m)->ns.word = arena_strndup(a, s, n);
	}
	return 0;
}

/* Which of a process's namespaces does pid:N mean? Those the rule's type speaks of. */
static __u32 types_of(const struct rule *r, const struct match *m)
{
	const __u32 all = BIT(words_nstype.n) - 1;
	unsigned int i;

	for (i = 0; m->key->attr == NSGUARD_A_RULE_TARGET && i < r->n; i++) {
		if (r->match[i].key->attr != NSGUARD_A_RULE_TYPE)
			continue;
		return r->match[i].not ? all & ~r->match[i].bits : r->match[i].bits;
	}
	return all;
}

static void put_one(struct buf *to, const struct named *name, int fd)
{
	size_t nest = attr_begin(to, NSGUARD_A_MATCH_NS);

	if (name)
		attr_put_flag(to, name->attr);
	else
		attr_put_u32(to, NSGUARD_A_NS_FD, (__u32)fd);
	attr_end(to, nest);
}

static int ns_put(struct buf *to, const struct rule *r, const struct match *m, struct nsfds *fds)
{
	const struct named *name;
	unsigned int i, first;
	int code;

	for (i = 0; i < m->n; i++) {
		name = named_find(m, m->v[i].ns.word, strlen(m->v[i].ns.word));
		if (name) {
			put_one(to, name, -1);
			continue;
		}
		first = fds->n;
		code = nsres_open(fds, m->tok, m->v[i].ns.word, types_of(r, m));
		if (code)
			return code;
		for (; first < fds->n; first++)
			put_one(to, NULL, fds->fd[first]);
	}
	return 0;
}

/* Which type is it of? words_nstype.n when it is none this program knows. */
static __u32 type_of(int fd)
{
	static const int flag[] = {
		[NSGUARD_NSTYPE_MNT] = CLONE_NEWNS,
		[NSGUARD_NSTYPE_UTS] = CLONE_NEWUTS,
		[NSGUARD_NSTYPE_IPC] = CLONE_NEWIPC,
		[NSGUARD_NSTYPE_PID] = CLONE_NEWPID,
		[NSGUARD_NSTYPE_NET] = CLONE_NEWNET,
		[NSGUARD_NSTYPE_USER] = CLONE_NEWUSER,
		[NSGUARD_NSTYPE_CGROUP] = CLONE_NEWCGROUP,
		[NSGUARD_NSTYPE_TIME] = 0x00000080, /* CLONE_NEWTIME, newer than some headers */
	};
	int type = ioctl(fd, NS_GET_NSTYPE);
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(flag) && flag[i] != type; i++)
		;
	return i;
}

int ns_resolve(const struct rule *r, struct match *m, struct arena *a)
{
	const struct named *name;
	struct match found = *m;
	struct nsfds fds = { 0 };
	unsigned int i, k;
	struct ns_value *v;
	int code = 0;

	found.n = 0;
	found.cap = 0;
	for (i = 0; i < m->n && !code; i++) {
		name = named_find(m, m->v[i].ns.word, strlen(m->v[i].ns.word));
		if (name) {
			match_push(a, &found)->ns.named = name->word;
			continue;
		}
		code = nsres_open(&fds, m->tok, m->v[i].ns.word, types_of(r, m));
		for (k = 0; !code && k < fds.n; k++) {
			v = &match_push(a, &found)->ns;
			v->type = type_of(fds.fd[k]);
			nssearch_is_ns(fds.fd[k], &v->inum);
		}
		nsfds_close(&fds);
	}
	free(fds.fd);
	*m = found;
	return code;
}

static bool ns_get(const struct nlattr *nla, struct arena *a, struct match *m)
{
	struct nlattr *tb[NSGUARD_A_NS_MAX + 1];
	struct ns_value *v;
	unsigned int i;

	if (nla_type(nla) != NSGUARD_A_MATCH_NS)
		return false;
	attr_nest(tb, NSGUARD_A_NS_MAX, nla);
	v = &match_push(a, m)->ns;
	for (i = 0; i < ARRAY_SIZE(named); i++)
		if (tb[named[i].attr])
			v->named = named[i].word;
	v->dead = tb[NSGUARD_A_NS_DEAD];
	v->type = attr_u32(tb[NSGUARD_A_NS_TYPE]);
	v->inum = attr_u32(tb[NSGUARD_A_NS_INUM]);
	return v->named || (tb[NSGUARD_A_NS_INUM] && v->type < words_nstype.n);
}

static void ns_value(struct buf *b, const struct match *m, unsigned int i)
{
	const struct ns_value *v = &m->v[i].ns;

	if (v->word) {
		buf_str(b, v->word);
	} else if (v->named) {
		buf_str(b, v->named);
	} else {
		buf_str(b, words_get(&words_nstype, v->type));
		buf_str(b, ":[");
		buf_u64(b, v->inum);
		buf_chr(b, ']');
	}
}

const struct kind kind_ns = { ns_parse, ns_put, ns_get, ns_value };
