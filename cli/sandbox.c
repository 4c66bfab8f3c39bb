// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sandboxes to and from messages. The commands are in cmd-sandbox*.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "nsres.h"
#include "sandbox.h"

int sandbox_name_parse(struct cursor *c, const char *what, const char **name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const struct token *t = cursor_value(c);

	if (!t)
		return complain(&c->end, "%s needs a name", what);
	if (!*t->text || t->text[strspn(t->text, good)])
		return complain(t, "'%s' is no name of a sandbox (letters, digits, . - _)",
				t->text);
	if (strlen(t->text) > NSGUARD_SANDBOX_NAME_MAX)
		return complain(t, "'%s' is longer than the %d bytes of a sandbox's name", t->text,
				NSGUARD_SANDBOX_NAME_MAX);
	*name = t->text;
	return 0;
}

/* Is it one of PID 1's? */
static bool is_host(int fd)
{
	unsigned int t;
	struct stat st;
	char path[32];
	__u32 inum;

	if (!nssearch_is_ns(fd, &inum))
		return false;
	for (t = 0; t < words_nstype.n; t++) {
		snprintf(path, sizeof(path), "/proc/1/ns/%s", words_get(&words_nstype, t));
		if (!stat(path, &st) && (__u32)st.st_ino == inum)
			return true;
	}
	return false;
}

int sandbox_open(const char *word, const struct token *tok, struct nsfds *fds)
{
	const bool all = !strncmp(word, "pid:", 4);
	unsigned int i, first = fds->n, kept = fds->n;
	int code = nsres_open(fds, tok, word, BIT(words_nstype.n) - 1);

	if (code || !all)
		return code;
	for (i = first; i < fds->n; i++) {
		if (is_host(fds->fd[i]))
			close(fds->fd[i]);
		else
			fds->fd[kept++] = fds->fd[i];
	}
	fds->n = kept;
	return kept > first ? 0 : complain(tok, "%s has no namespace but the host's", word);
}

static int ns_put(struct nl_msg *msg, int fd)
{
	struct nlattr *nest = nla_nest_start(msg, NSGUARD_A_SANDBOX_NS | NLA_F_NESTED);

	if (!nest || nla_put_u32(msg, NSGUARD_A_NS_FD, (__u32)fd))
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

static int word_put(struct nl_msg *msg, const char *word, const struct token *tok,
		    struct nsfds *fds)
{
	unsigned int i = fds->n;
	int code = sandbox_open(word, tok, fds);

	for (; !code && i < fds->n; i++)
		if (ns_put(msg, fds->fd[i]))
			return complain(tok, "sandbox add: too many namespaces for a message");
	return code;
}

int sandbox_put(struct nl_msg *msg, const struct sandbox_words *s, struct nsfds *fds)
{
	struct nlattr *nest;
	unsigned int i;
	int code = 0;

	if (!s->name)
		return 0;
	nest = nla_nest_start(msg, NSGUARD_A_SANDBOX | NLA_F_NESTED);
	if (!nest || nla_put_string(msg, NSGUARD_A_SANDBOX_NAME, s->name))
		return complain(NULL, "sandbox: message too large");
	for (i = 0; !code && i < s->n; i++)
		code = word_put(msg, s->ns[i], s->tok[i], fds);
	nla_nest_end(msg, nest);
	return code;
}

static void take_ns(struct sandbox *box, const struct nlattr *attr)
{
	struct nlattr *tb[NSGUARD_A_NS_MAX + 1];
	struct sandbox_ns *ns;

	attr_nest(tb, NSGUARD_A_NS_MAX, attr);
	box->ns = xrealloc(box->ns, (box->namespaces + 1) * sizeof(*box->ns));
	ns = &box->ns[box->namespaces++];
	ns->type = attr_u32(tb[NSGUARD_A_NS_TYPE]);
	ns->inum = attr_u32(tb[NSGUARD_A_NS_INUM]);
	ns->dead = tb[NSGUARD_A_NS_DEAD];
	ns->born = tb[NSGUARD_A_NS_BORN];
}

static void take_box(struct sandboxes *s, const struct nlattr *nest)
{
	struct nlattr *tb[NSGUARD_A_SANDBOX_MAX + 1];
	const struct nlattr *nla;
	struct arena a = { 0 };
	struct sandbox *box;
	int rem;

	attr_nest(tb, NSGUARD_A_SANDBOX_MAX, nest);
	s->v = named_last(s->v, &s->n, sizeof(*s->v), attr_str(tb[NSGUARD_A_SANDBOX_NAME], &a),
			  NSGUARD_SANDBOX_NAME_MAX);
	box = &s->v[s->n - 1];
	arena_free(&a);
	box->stale = tb[NSGUARD_A_SANDBOX_STALE];
	for (nla = nla_data(nest), rem = nla_len(nest); nla_ok(nla, rem);
	     nla = nla_next(nla, &rem)) {
		if (nla_type(nla) == NSGUARD_A_SANDBOX_NS) {
			take_ns(box, nla);
		} else if (nla_type(nla) == NSGUARD_A_SANDBOX_PID) {
			box->pid = xrealloc(box->pid, (box->pids + 1) * sizeof(*box->pid));
			box->pid[box->pids++] = attr_u32(nla);
		}
	}
}

static void take(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct sandboxes *s = arg;
	const struct nlattr *nla;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len)) {
		if (nla_type(nla) == NSGUARD_A_SANDBOX)
			take_box(s, nla);
		else if (nla_type(nla) == NSGUARD_A_GENERATION)
			s->generation = attr_u64(nla);
	}
}

void sandbox_ns_print(struct buf *b, const struct sandbox_ns *ns)
{
	buf_fmt(b, "%s:[%u]", words_get(&words_nstype, ns->type), ns->inum);
}

void sandboxes_ask(struct module *nl)
{
	module_begin(nl, NSGUARD_CMD_SANDBOX_GET);
	module_queue_dump(nl);
}

int sandboxes_take(struct module *nl, const char *what, struct sandboxes *s)
{
	struct dump d;
	int code = module_dump(nl, what, NULL, NULL, &d);

	*s = (struct sandboxes){ 0 };
	if (code)
		return code;
	dump_each(&d, take, s);
	dump_free(&d);
	return 0;
}

int sandboxes_read(struct module *nl, const char *what, struct sandboxes *s)
{
	int code;

	*s = (struct sandboxes){ 0 };
	sandboxes_ask(nl);
	code = module_send(nl, what);
	return code ? code : sandboxes_take(nl, what, s);
}

void sandboxes_free(struct sandboxes *s)
{
	while (s->n) {
		s->n--;
		free(s->v[s->n].ns);
		free(s->v[s->n].pid);
	}
	free(s->v);
	*s = (struct sandboxes){ 0 };
}
