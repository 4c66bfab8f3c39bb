// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl default TABLE [OP] allow|deny
 */
#include <string.h>
#include "command.h"

int cmd_default_parse(struct cursor *c, struct changes *to)
{
	const unsigned int verdicts = BIT(NSGUARD_VERDICT_ALLOW) | BIT(NSGUARD_VERDICT_DENY);
	const struct token *next;
	int table, op = -1, verdict, code;
	struct change *ch;

	code = words_parse(c, &words_table, ~0U, "default", &table);
	if (code)
		return code;
	code = cursor_word(c, &next);
	if (code)
		return code;
	if (next)
		c->at--;
	/* A word that is no verdict must be an operation. */
	if (next && words_find(&words_verdict, next->text, strlen(next->text)) < 0) {
		code = words_parse(c, &words_op, words_ops_of((unsigned int)table), "default", &op);
		if (code)
			return code;
	}
	code = words_parse(c, &words_verdict, verdicts, "default", &verdict);
	if (!code)
		code = cursor_end(c, "default");
	if (code)
		return code;
	ch = change_add(to, NSGUARD_CMD_DEFAULT_SET);
	ch->table = table;
	ch->op = op;
	ch->verdict = verdict;
	return 0;
}
