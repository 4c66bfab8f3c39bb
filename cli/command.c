// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands. Help, the man page's test and the completion's test go by it.
 */
#include <string.h>
#include "command.h"

static const struct command commands[] = {
	{ "status", "", "state of the module, its tables and what it is attached to",
	  OPT_JSON, NULL, cmd_status },
	{ "probe", "", "prove what is guarded: do something harmless on each path",
	  OPT_JSON, NULL, cmd_probe },
	{ "mode", "TABLE off|audit|enforce", "let a table's rules rest, only report, or deny",
	  OPT_CHANGE | OPT_FORCE, cmd_mode_parse, NULL },
	{ "default", "TABLE [OP] allow|deny", "what a table says when no rule matches",
	  OPT_CHANGE | OPT_FORCE, cmd_default_parse, NULL },
	{ "rule add",
	  "TABLE allow|deny|lock [KEY [not] VALUE]... [dry-run] [priority N] [comment TEXT]",
	  "add a rule and print its handle",
	  OPT_CHANGE, cmd_rule_add_parse, NULL },
	{ "rule list", "[TABLE]", "the rules in the order in which they decide",
	  OPT_JSON, NULL, cmd_rule_list },
	{ "rule test", "TABLE OP [KEY VALUE]...", "what would be decided, and by which rule",
	  OPT_JSON, NULL, cmd_rule_test },
	{ "rule del", "HANDLE...", "delete rules, all of them or none",
	  OPT_CHANGE | OPT_FORCE, cmd_rule_del_parse, NULL },
	{ "rule replace", "HANDLE TABLE allow|deny|lock [KEY [not] VALUE]...",
	  "put a rule in another's place, in one go, and print its handle",
	  OPT_CHANGE | OPT_FORCE, cmd_rule_replace_parse, NULL },
	{ "rule flush", "[TABLE]", "delete the rules of a table, or all",
	  OPT_CHANGE | OPT_FORCE, cmd_rule_flush_parse, NULL },
	{ "sandbox add", "NAME target NS[,NS]... [target NS]...",
	  "make a sandbox of namespaces, which whoever is in them cannot leave",
	  OPT_CHANGE, cmd_sandbox_add_parse, NULL },
	{ "sandbox list", "", "the sandboxes, their namespaces and who is locked in",
	  OPT_JSON, NULL, cmd_sandbox_list },
	{ "sandbox del", "NAME...", "delete sandboxes, all of them or none",
	  OPT_CHANGE | OPT_FORCE, cmd_sandbox_del_parse, NULL },
	{ "sandbox flush", "", "delete all sandboxes",
	  OPT_CHANGE | OPT_FORCE, cmd_sandbox_flush_parse, NULL },
	{ "set add", "NAME type uid|gid|auid|pid [elements N|N-M[,N|N-M]...]",
	  "make a named set, for @NAME in rules", OPT_CHANGE, cmd_set_add_parse, NULL },
	{ "set list", "[NAME]", "the sets, or one with its elements",
	  OPT_JSON, NULL, cmd_set_list },
	{ "set del", "NAME...", "delete sets that no rule names, all of them or none",
	  OPT_CHANGE, cmd_set_del_parse, NULL },
	{ "set flush", "[NAME...]", "delete all elements of sets; without NAME, all sets",
	  OPT_CHANGE | OPT_FORCE, cmd_set_flush_parse, NULL },
	{ "element add", "NAME N|N-M[,N|N-M]...", "add elements to a set, all of them or none",
	  OPT_CHANGE, cmd_element_add_parse, NULL },
	{ "element del", "NAME N|N-M[,N|N-M]...", "delete elements as they were added",
	  OPT_CHANGE | OPT_FORCE, cmd_element_del_parse, NULL },
	{ "confirm", "", "keep the change that was made with --confirm",
	  OPT_JSON | OPT_EXPECT, NULL, cmd_confirm },
	{ "rollback", "", "take the change that was made with --confirm back now",
	  OPT_JSON | OPT_EXPECT, NULL, cmd_rollback },
	{ "save", "", "print the policy as a file for -f",
	  0, NULL, cmd_save },
	{ "sync", "FILE|- [--dry-run]",
	  "make the policy what a file says, and show only what differs",
	  OPT_CHANGE | OPT_FORCE | OPT_DEFINE | OPT_DRY_RUN, NULL, cmd_sync },
	{ "monitor", "[--last N] [--follow]", "print denials as they happen, or the newest N",
	  OPT_JSON | OPT_LAST | OPT_FOLLOW, NULL, cmd_monitor },
	{ "unload", "", "unload the module; with --force even while tasks are locked in",
	  OPT_FORCE, NULL, cmd_unload },
	{ "help", "[commands|keys]", "print this help",
	  0, NULL, cmd_help },
};

const struct command *command_at(unsigned int i)
{
	return i < ARRAY_SIZE(commands) ? &commands[i] : NULL;
}

const struct command *command_of(int (*run)(struct cursor *c))
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].run == run)
			return &commands[i];
	return NULL;
}

/* The first of the two words of @k, @n bytes of it, is @first? */
static bool begins(const struct command *k, const char *first, size_t n)
{
	return k->words[0] == *first && !strncmp(k->words, first, n) && k->words[n] == ' ';
}

/* What may follow @first was not said, or is not @t. */
static int wrong_second(const struct cursor *c, const struct token *first, const struct token *t)
{
	const size_t n = strlen(first->text);
	struct buf list = { 0 };
	unsigned int i;
	int code;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (begins(&commands[i], first->text, n))
			buf_fmt(&list, "%s%s", list.n ? ", " : "", commands[i].words + n + 1);
	if (!t)
		code = complain(&c->end, "%s needs one of: %s", first->text, buf_cstr(&list));
	else
		code = complain(t, "unknown command '%s %s' (%s: %s)", first->text, t->text,
				first->text, buf_cstr(&list));
	buf_free(&list);
	return code;
}

/* @first begins several commands, @k the first of them: the next word says which. */
static int find_second(struct cursor *c, const struct token *first, const struct command *k,
		       const struct command **command)
{
	const size_t n = strlen(first->text);
	const struct token *t;
	int code = cursor_word(c, &t);

	if (code)
		return code;
	for (; t && k < commands + ARRAY_SIZE(commands); k++) {
		if (begins(k, first->text, n) && is_word(k->words + n + 1, t->text)) {
			*command = k;
			return 0;
		}
	}
	return wrong_second(c, first, t);
}

bool command_again(struct cursor *c, const struct command *k)
{
	const char *s = k ? k->words : "";
	unsigned int at;

	for (at = c->at; *s && at < c->n; at++) {
		const char *said = c->tok[at].text;

		while (*said && *said == *s)
			said++, s++;
		if (*said || (*s && *s++ != ' '))
			return false;
	}
	if (!at || *s)
		return false;
	c->at = at;
	return true;
}

int command_find(struct cursor *c, const struct command **command)
{
	const struct token *t;
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

		if (k->words[0] != t->text[0] || strncmp(k->words, t->text, n))
			continue;
		if (k->words[n] == ' ')
			return find_second(c, t, k, command);
		if (!k->words[n]) {
			*command = k;
			return 0;
		}
	}
	if (!strcmp(t->text, "define"))
		return complain(t, "define stands in files; -D NAME=VALUE is for the command line");
	return complain(t, "unknown command '%s' (see nsguardctl help)", t->text);
}
