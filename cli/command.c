// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands. Help, the man page's test and the completion's test go by it.
 */
#include <string.h>
#include "command.h"

static const struct command commands[] = {
	{ "status", "", "state of the module, its tables and what it is attached to",
	  OPT_JSON, NULL, cmd_status },
	{ "mode", "TABLE off|audit|enforce", "let a table's rules rest, only report, or deny",
	  OPT_JSON | OPT_FORCE, cmd_mode_parse, NULL },
	{ "default", "TABLE [OP] allow|deny", "what a table says when no rule matches",
	  OPT_JSON | OPT_FORCE, cmd_default_parse, NULL },
	{ "rule add", "TABLE allow|deny [KEY [not] VALUE]... [dry-run] [priority N] [comment TEXT]",
	  "add a rule and print its handle",
	  OPT_JSON, cmd_rule_add_parse, NULL },
	{ "rule list", "[TABLE]", "the rules in the order in which they decide",
	  OPT_JSON, NULL, cmd_rule_list },
	{ "rule del", "HANDLE...", "delete rules, all of them or none",
	  OPT_JSON | OPT_FORCE, cmd_rule_del_parse, NULL },
	{ "rule flush", "[TABLE]", "delete the rules of a table, or all",
	  OPT_JSON | OPT_FORCE, cmd_rule_flush_parse, NULL },
	{ "save", "", "print the policy as a file for -f",
	  0, NULL, cmd_save },
	{ "monitor", "[--last N] [--follow]", "print denials as they happen, or the newest N",
	  OPT_JSON | OPT_LAST | OPT_FOLLOW, NULL, cmd_monitor },
	{ "help", "[commands|keys]", "print this help",
	  0, NULL, cmd_help },
};

const struct command *command_at(unsigned int i)
{
	return i < ARRAY_SIZE(commands) ? &commands[i] : NULL;
}

int command_find(struct cursor *c, const struct command **command)
{
	const struct token *t, *second = NULL;
	struct buf list = { 0 };
	unsigned int i;
	size_t n;
	int code;

	*command = NULL;
	code = cursor_need(c, "a command is missing (see nsguardctl help)", &t);
	if (code)
		return code;
	n = strlen(t->text);
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *k = &commands[i];

		if (!strcmp(k->words, t->text)) {
			*command = k;
			break;
		}
		if (strncmp(k->words, t->text, n) || k->words[n] != ' ')
			continue;
		if (!second)
			code = cursor_word(c, &second);
		if (code)
			break;
		if (second && !strcmp(k->words + n + 1, second->text)) {
			*command = k;
			break;
		}
		buf_fmt(&list, "%s%s", list.n ? ", " : "", k->words + n + 1);
		if (!second)
			second = &c->end;
	}
	if (!code && !*command && second && second != &c->end)
		code = complain(second, "unknown command '%s %s' (%s: %s)", t->text, second->text,
				t->text, buf_cstr(&list));
	else if (!code && !*command && second)
		code = complain(second, "'%s' needs one of: %s", t->text, buf_cstr(&list));
	else if (!code && !*command)
		code = complain(t, "unknown command '%s' (see nsguardctl help)", t->text);
	buf_free(&list);
	return code;
}
