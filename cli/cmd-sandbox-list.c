// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sandbox list: sandboxes, the namespaces they have and who is locked in them.
 */
#include <json-c/json.h>
#include "command.h"
#include "out-json.h"
#include "out.h"
#include "sandbox.h"

static void print(struct buf *b, const struct sandbox *box)
{
	unsigned int i;

	buf_fmt(b, "%s  %u process%s", box->name, box->pids, box->pids == 1 ? "" : "es");
	if (box->stale) {
		buf_str(b, "  ");
		out_colored(b, COLOR_YELLOW, "STALE: a namespace is gone");
	}
	buf_chr(b, '\n');
	for (i = 0; i < box->namespaces; i++) {
		buf_str(b, "  target ");
		sandbox_ns_print(b, &box->ns[i]);
		if (box->ns[i].dead)
			buf_str(b, "  gone");
		if (box->ns[i].born)
			buf_str(b, "  made inside");
		buf_chr(b, '\n');
	}
	for (i = 0; i < box->pids; i++)
		buf_fmt(b, "%s%u%s", i ? " " : "  pid ", box->pid[i],
			i + 1 == box->pids ? "\n" : "");
}

static struct json_object *to_json(const struct sandbox *box)
{
	struct json_object *o = json_object_new_object();
	struct json_object *namespaces = json_object_new_array();
	struct json_object *pids = json_object_new_array();
	unsigned int i;

	json_str(o, "name", box->name);
	json_flag(o, "stale", box->stale);
	for (i = 0; i < box->namespaces; i++) {
		struct json_object *ns = json_object_new_object();

		json_str(ns, "type", words_get(&words_nstype, box->ns[i].type));
		json_u64(ns, "inum", box->ns[i].inum);
		json_flag(ns, "dead", box->ns[i].dead);
		json_flag(ns, "born", box->ns[i].born);
		json_object_array_add(namespaces, ns);
	}
	json_add(o, "ns", namespaces);
	for (i = 0; i < box->pids; i++)
		json_object_array_add(pids, json_object_new_uint64(box->pid[i]));
	json_add(o, "pid", pids);
	return o;
}

static void print_json(const struct sandboxes *s)
{
	struct json_object *o = json_object_new_object();
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < s->n; i++)
		json_object_array_add(list, to_json(&s->v[i]));
	json_add(o, "sandboxes", list);
	json_print_wrapped(o);
}

int cmd_sandbox_list(struct cursor *c)
{
	struct sandboxes s = { 0 };
	struct buf out = { 0 };
	struct module nl;
	unsigned int i;
	int code;

	code = cursor_end(c, "sandbox list");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "sandbox list");
	if (code || (c->options & OPT_CHECK))
		return code;
	out_color_init(c->color);
	code = module_open(&nl);
	if (!code)
		code = sandboxes_read(&nl, "sandbox list", &s);
	module_close(&nl);
	if (!code && (c->options & OPT_JSON))
		print_json(&s);
	for (i = 0; !code && !(c->options & OPT_JSON) && i < s.n; i++)
		print(&out, &s.v[i]);
	out_flush(&out);
	buf_free(&out);
	sandboxes_free(&s);
	return code;
}
