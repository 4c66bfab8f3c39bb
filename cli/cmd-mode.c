// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl mode TABLE off|audit|enforce
 */
#include "command.h"

int cmd_mode_parse(struct cursor *c, struct changes *to)
{
	int table, mode, code;
	struct change *ch;

	code = words_parse(c, &words_table, ~0U, "mode", &table);
	if (!code)
		code = words_parse(c, &words_mode, ~0U, "mode", &mode);
	if (!code)
		code = cursor_end(c, "mode");
	if (code)
		return code;
	ch = change_add(to, NSGUARD_CMD_MODE_SET);
	ch->table = table;
	ch->mode = mode;
	return 0;
}
