// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule del HANDLE...: several are one transaction.
 */
#include <stdint.h>
#include <string.h>
#include "command.h"

int handle_parse(const struct token *t, __u64 *handle)
{
	if (parse_u64(t->text, strlen(t->text), UINT64_MAX, handle) && *handle)
		return 0;
	return complain(t, "'%s' is no handle of a rule (see rule list)", t->text);
}

int cmd_rule_del_parse(struct cursor *c, struct changes *to)
{
	const struct token *t;
	struct change *ch;
	__u64 handle;
	int code;

	code = cursor_need(c, "rule del needs a handle (see rule list)", &t);
	while (!code && t) {
		code = handle_parse(t, &handle);
		if (code)
			return code;
		ch = change_add(to, NSGUARD_CMD_RULE_DEL);
		ch->handle = handle;
		code = cursor_word(c, &t);
	}
	return code;
}
