// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl confirm: the change that was made with --confirm stays.
 */
#include <netlink/attr.h>
#include <linux/nsguard.h>
#include "attrs.h"
#include "command.h"
#include "module.h"
#include "out-json.h"

static void take(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	struct nlattr *tb[NSGUARD_A_MAX + 1];
	__u64 *generation = arg;

	(void)index;
	if (!nla_parse(tb, NSGUARD_A_MAX, (struct nlattr *)attrs, len, NULL))
		*generation = attr_u64(tb[NSGUARD_A_GENERATION]);
}

int cmd_confirm(struct cursor *c)
{
	struct json_object *o;
	__u64 generation = 0;
	struct module nl;
	int code;

	code = cursor_end(c, "confirm");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_GLOBAL, "confirm");
	if (code || (c->options & OPT_CHECK))
		return code;
	code = module_open(&nl);
	if (!code) {
		module_begin(&nl, NSGUARD_CMD_CONFIRM);
		code = module_call(&nl, "confirm", take, &generation);
	}
	module_close(&nl);
	if (code || !(c->options & OPT_JSON))
		return code;
	o = json_object_new_object();
	json_u64(o, "generation", generation);
	json_print_wrapped(o);
	return 0;
}
