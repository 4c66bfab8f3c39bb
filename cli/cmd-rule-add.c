// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl rule add TABLE allow|deny [KEY [not] VALUE]... The language of rules is in
 * lang.c.
 */
#include "command.h"

struct change *rule_add_parse(struct cursor *c, struct changes *to, bool replaces)
{
	struct rule rule;
	struct change *ch;
	size_t size;

	if (rule_parse(c, to->arena, &rule, replaces))
		return NULL;
	if (rule_trusts_exe(&rule))
		complain(&c->tok[0], "warning: %s: this allow rule rests on exe alone, %s",
			 replaces ? "rule replace" : "rule add",
			 "and exe proves nobody's identity");
	/* Ten thousand rules of a file need not each take room for every key. */
	size = offsetof(struct rule, match) + rule.n * sizeof(rule.match[0]);
	ch = change_add(to, NSGUARD_CMD_RULE_ADD);
	ch->rule = arena_dup(to->arena, &rule, size);
	return ch;
}

int cmd_rule_add_parse(struct cursor *c, struct changes *to)
{
	return rule_add_parse(c, to, false) ? 0 : CODE_USAGE;
}
