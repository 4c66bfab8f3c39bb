// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule replace HANDLE TABLE VERDICT...: one rule goes and another comes, both or
 * none. The new one has a handle of its own, and the place its priority gives it.
 */
#include "command.h"

int cmd_rule_replace_parse(struct cursor *c, struct changes *to)
{
	struct change *add;
	const struct token *t;
	__u64 handle;
	int code;

	code = cursor_need(c, "rule replace needs a handle (see rule list)", &t);
	if (!code)
		code = handle_parse(t, &handle);
	if (code)
		return code;
	/* First out: the new one may differ in its comment alone. */
	change_add(to, NSGUARD_CMD_RULE_DEL)->handle = handle;
	add = rule_add_parse(c, to, true);
	if (!add)
		return CODE_USAGE;
	add->replaces = handle;
	return 0;
}
