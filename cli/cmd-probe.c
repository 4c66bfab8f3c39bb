// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl probe: attached is not yet guarding (H4), so each path is tried by something harmless
 * and must be counted. The operations are in probe-*.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <json-c/json.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include "attrs.h"
#include "command.h"
#include "escape.h"
#include "out-json.h"
#include "out.h"
#include "policy.h"
#include "probe.h"

enum result { PROVED, NOT_PROVED, OFF, NOT_COVERED };

static const char *const result_word[] = { "proved", "not proved", "off", "not covered" };

/**
 * struct path - a path as status tells of it, and what became of its proof
 * @function: where it is attached, "" when nothing could be
 * @why: why there is no proof, or what was made for it; may be empty
 */
struct path {
	const char *name;
	const char *function;
	__u32 table;
	enum result result;
	struct buf why;
};

struct paths {
	struct path *v;
	unsigned int n;
};

/* The path behind @nla, the first one when that is NULL. */
static const struct nlattr *next_path(const struct policy *p, const struct nlattr *nla)
{
	int rem = (int)p->status.n;

	if (nla) {
		rem -= (int)((const char *)nla - p->status.p);
		nla = nla_next(nla, &rem);
	} else {
		nla = (const struct nlattr *)p->status.p;
	}
	for (; rem && nla_ok(nla, rem); nla = nla_next(nla, &rem))
		if (nla_type(nla) == NSGUARD_A_STATUS_PATH)
			return nla;
	return NULL;
}

static const char *copied(struct nlattr *nla, struct arena *a)
{
	const char *s = attr_str(nla, a);

	return arena_strndup(a, s, strlen(s));
}

/* The status is read again and again: what is kept of it is copied. */
static void paths_read(const struct policy *p, struct paths *to, struct arena *a)
{
	struct nlattr *tb[NSGUARD_A_PATH_MAX + 1];
	const struct nlattr *nla;
	struct path *path;

	for (nla = next_path(p, NULL); nla; nla = next_path(p, nla)) {
		attr_nest(tb, NSGUARD_A_PATH_MAX, nla);
		to->v = xrealloc(to->v, (to->n + 1) * sizeof(*to->v));
		path = &to->v[to->n++];
		*path = (struct path){
			.name = copied(tb[NSGUARD_A_PATH_NAME], a),
			.function = copied(tb[NSGUARD_A_PATH_FUNCTION], a),
			.table = attr_u32(tb[NSGUARD_A_PATH_TABLE]),
			.result = NOT_PROVED,
		};
		if (!tb[NSGUARD_A_PATH_COVERED]) {
			path->result = NOT_COVERED;
			buf_str(&path->why, attr_str(tb[NSGUARD_A_PATH_REASON], a));
		} else if (tb[NSGUARD_A_PATH_DETACHED]) {
			path->result = OFF;
		}
	}
}

static __u64 hits_of(const struct policy *p, const char *name, struct arena *a)
{
	struct nlattr *tb[NSGUARD_A_PATH_MAX + 1];
	const struct nlattr *nla;

	for (nla = next_path(p, NULL); nla; nla = next_path(p, nla)) {
		attr_nest(tb, NSGUARD_A_PATH_MAX, nla);
		if (!strcmp(attr_str(tb[NSGUARD_A_PATH_NAME], a), name))
			return attr_u64(tb[NSGUARD_A_PATH_HITS]);
	}
	return 0;
}

static __u64 now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000 + (__u64)t.tv_nsec / 1000000;
}

/* Nothing came by: was it not done, or is the function not the way any more? */
static void explain(struct path *path, const struct attempt *a)
{
	if (*a->why)
		buf_str(&path->why, a->why);
	else if (a->err)
		buf_fmt(&path->why, "%s: %s, before %s was reached", a->what, strerror(a->err),
			path->function);
	else
		buf_fmt(&path->why, "%s was done, and %s was not called", a->what, path->function);
}

/* One operation of one path. Return: 0 or CODE_*; without a proof @path says why. */
static int try(struct module *nl, struct policy *p, const struct operation *o, struct path *path,
	       struct arena *arena)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	struct attempt a;
	__u64 before, end;
	int code;

	code = policy_status(nl, p);
	if (code)
		return code;
	before = hits_of(p, path->name, arena);
	path->result = NOT_PROVED;
	path->why.n = 0;
	if (!operation_run(o, &a)) {
		buf_fmt(&path->why, "no child to try it: %s", strerror(errno));
		return 0;
	}
	if (*a.left)
		complain(NULL, "probe: %s is still there", a.left);
	for (end = now_ms() + o->later;;) {
		code = policy_status(nl, p);
		if (code)
			return code;
		if (hits_of(p, path->name, arena) > before)
			break;
		if (now_ms() >= end) {
			explain(path, &a);
			return 0;
		}
		nanosleep(&pause, NULL);
	}
	path->result = PROVED;
	buf_str(&path->why, a.note);
	return *a.left ? CODE_REFUSED : 0;
}

/* All operations of one path: each of them must be counted. */
static int prove(struct module *nl, struct policy *p, struct path *path, struct arena *arena)
{
	const struct operation *o;
	bool known = false;
	unsigned int i;
	int code;

	for (i = 0; (o = operation_at(i)); i++) {
		if (strcmp(o->path, path->name))
			continue;
		known = true;
		code = try(nl, p, o, path, arena);
		if (code || path->result != PROVED)
			return code;
	}
	if (!known)
		buf_str(&path->why, "this nsguardctl knows no operation for it");
	return 0;
}

static void print_text(struct paths *paths)
{
	struct grid g = { .columns = 3 };
	struct buf b = { 0 };
	struct path *path;
	unsigned int i;

	grid_str(&g, "PATH", COLOR_BOLD);
	grid_str(&g, "FUNCTION", COLOR_BOLD);
	grid_str(&g, "RESULT", COLOR_BOLD);
	for (i = 0; i < paths->n; i++) {
		path = &paths->v[i];
		buf_printable(&g.text, path->name, strlen(path->name));
		grid_cell(&g, COLOR_NONE);
		buf_printable(&g.text, *path->function ? path->function : "-",
			      *path->function ? strlen(path->function) : 1);
		grid_cell(&g, COLOR_NONE);
		if (path->result == NOT_PROVED || path->result == NOT_COVERED) {
			buf_str(&g.text, path->result == NOT_PROVED ? "NOT PROVED: " :
								      "NOT COVERED: ");
			buf_printable(&g.text, path->why.p ? path->why.p : "", path->why.n);
			grid_cell(&g, COLOR_RED);
			continue;
		}
		buf_str(&g.text, result_word[path->result]);
		if (path->why.n) {
			buf_str(&g.text, ", ");
			buf_printable(&g.text, path->why.p, path->why.n);
		}
		grid_cell(&g, COLOR_NONE);
	}
	grid_print(&g, &b);
	out_flush(&b);
	buf_free(&b);
}

static void print_json(struct paths *paths)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *one;
	struct path *path;
	unsigned int i;

	for (i = 0; i < paths->n; i++) {
		path = &paths->v[i];
		one = json_object_new_object();
		json_bytes(one, "name", path->name);
		json_str(one, "table", words_get(&words_table, path->table));
		if (*path->function)
			json_bytes(one, "function", path->function);
		json_str(one, "result", result_word[path->result]);
		if (path->why.n)
			json_bytes(one, "reason", buf_cstr(&path->why));
		json_object_array_add(list, one);
	}
	json_add(o, "probe", list);
	json_print_wrapped(o);
}

static bool privileged(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &head, set) && set[0].effective & BIT(CAP_SYS_ADMIN);
}

static int probe(struct module *nl, struct policy *p, struct paths *paths, struct arena *arena)
{
	unsigned int i;
	int code;

	code = policy_status(nl, p);
	if (code)
		return code;
	if (!privileged()) {
		complain(NULL, "probe: CAP_SYS_ADMIN is needed to try the operations");
		return CODE_NOT_PRIVILEGED;
	}
	paths_read(p, paths, arena);
	for (i = 0; i < paths->n && !code; i++)
		if (paths->v[i].result == NOT_PROVED)
			code = prove(nl, p, &paths->v[i], arena);
	return code;
}

int cmd_probe(struct cursor *c)
{
	struct paths paths = { 0 };
	struct policy p = { 0 };
	struct arena arena = { 0 };
	struct module nl;
	unsigned int i;
	int code;

	code = cursor_end(c, "probe");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "probe");
	if (code || (c->options & OPT_CHECK))
		return code;
	out_color_init(c->color);
	code = module_open(&nl);
	if (!code)
		code = probe(&nl, &p, &paths, &arena);
	module_close(&nl);
	if (!code && c->options & OPT_JSON)
		print_json(&paths);
	else if (!code)
		print_text(&paths);
	for (i = 0; i < paths.n; i++) {
		if (!code && (paths.v[i].result == NOT_PROVED || paths.v[i].result == NOT_COVERED))
			code = CODE_INCOMPLETE;
		buf_free(&paths.v[i].why);
	}
	free(paths.v);
	arena_free(&arena);
	policy_free(&p);
	return code;
}
