// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule flush [TABLE]
 */
#include <string.h>
#include "command.h"

int cmd_rule_flush_parse(struct cursor *c, struct changes *to)
{
	const struct token *t;
	int code, table = -1;

	code = cursor_word(c, &t);
	if (!code && t) {
		table = words_find(&words_table, t->text, strlen(t->text));
		if (table < 0)
			return complain(t,
				"unknown table '%s' in rule flush (ns, cgroup or affinity)",
				t->text);
		code = cursor_end(c, "rule flush");
	}
	if (!code)
		change_add(to, NSGUARD_CMD_RULE_FLUSH)->table = table;
	return code;
}
