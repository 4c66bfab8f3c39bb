// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl confirm, rollback: the change that was made with --confirm stays, or is taken back.
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

static int ask(struct module *nl, __u8 cmd, const char *what, const struct cursor *c,
	       __u64 *generation)
{
	struct nl_msg *msg = module_begin(nl, cmd);

	if (c->options & OPT_EXPECT && nla_put_u64(msg, NSGUARD_A_GENERATION, c->expect))
		return complain(NULL, "%s: message too large", what);
	return module_call(nl, what, take, generation);
}

static int end(struct cursor *c, __u8 cmd, const char *what)
{
	struct json_object *o;
	__u64 generation = 0;
	struct module nl;
	int code;

	code = cursor_end(c, what);
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_EXPECT | OPT_GLOBAL, what);
	if (code || (c->options & OPT_CHECK))
		return code;
	code = module_open(&nl);
	if (!code)
		code = ask(&nl, cmd, what, c, &generation);
	module_close(&nl);
	if (code || !(c->options & OPT_JSON))
		return code;
	o = json_object_new_object();
	json_u64(o, "generation", generation);
	json_print_wrapped(o);
	return 0;
}

int cmd_confirm(struct cursor *c)
{
	return end(c, NSGUARD_CMD_CONFIRM, "confirm");
}

int cmd_rollback(struct cursor *c)
{
	return end(c, NSGUARD_CMD_ROLLBACK, "rollback");
}
