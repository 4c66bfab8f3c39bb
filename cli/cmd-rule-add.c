// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule add TABLE allow|deny [KEY [not] VALUE]... The language of rules is in
 * lang.c.
 */
#include "command.h"

int cmd_rule_add_parse(struct cursor *c, struct changes *to)
{
	struct rule rule, *r;
	int code = rule_parse(c, to->arena, &rule);
	size_t size;

	if (code)
		return code;
	if (rule_trusts_exe(&rule))
		complain(&c->tok[0], "warning: rule add: this allow rule rests on exe alone, %s",
			 "and exe proves nobody's identity");
	/* Ten thousand rules of a file need not each take room for every key. */
	size = offsetof(struct rule, match) + rule.n * sizeof(rule.match[0]);
	r = (struct rule *)arena_strndup(to->arena, (const char *)&rule, size);
	change_add(to, NSGUARD_CMD_RULE_ADD)->rule = r;
	return 0;
}
