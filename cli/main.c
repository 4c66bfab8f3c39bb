// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl: words in, exit code out. Which commands there are is in command.c, what rules
 * look like in lang.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "out.h"

static int check_or_run(const struct cursor *c, const struct changes *ch, const char *file)
{
	if (c->options & OPT_CHECK)
		return changes_possible(ch) ? CODE_USAGE :
					      changes_check(ch, c->options & OPT_ECHO);
	return changes_run(ch, file, c);
}

/* -f FILE, nothing else but options beside it. */
static int run_file(struct cursor *c, struct changes *ch)
{
	const char *name = c->file;
	int code = cursor_end(c, "-f FILE");

	if (!code)
		code = cursor_options(c, OPT_FILE | OPT_CHANGE | OPT_DEFINE | OPT_GLOBAL, "-f");
	if (!code)
		code = changes_define(c, ch);
	if (!code)
		code = file_parse(name, ch);
	return code ? code : check_or_run(c, ch, name);
}

static int run(struct cursor *c, struct changes *ch)
{
	const struct command *command;
	const struct token *t;
	int code;

	/* Options before the command; one of them may be the command. */
	code = cursor_word(c, &t);
	if (code)
		return code;
	if (t)
		c->at--;
	if (c->options & OPT_VERSION) {
		printf("nsguardctl %s\n", NSGUARD_VERSION);
		return 0;
	}
	if (c->options & OPT_HELP)
		return cmd_help(&(struct cursor){ 0 });
	if (c->options & OPT_FILE)
		return run_file(c, ch);

	code = command_find(c, &command);
	if (code)
		return code;
	if (command->run)
		return command->run(c);
	code = change_parse(c, command, ch, ~0U);
	if (code)
		return code;
	return check_or_run(c, ch, NULL);
}

int main(int argc, char **argv)
{
	static struct arena arena;
	struct changes ch = { .arena = &arena };
	struct cursor c = { 0 };
	struct token *tok;
	int i, code;

	/* Also for a caller that passes no name of the program. */
	tok = arena_alloc(&arena, (size_t)(argc + 1) * sizeof(*tok));
	for (i = 1; i < argc; i++)
		tok[i - 1].text = argv[i];
	c.tok = tok;
	c.n = argc > 1 ? (unsigned int)argc - 1 : 0;
	code = run(&c, &ch);
	free(ch.v);
	free(c.define);
	return out_end(code);
}
