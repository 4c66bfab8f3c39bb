// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every word of the grammar, out of the tables the parser itself goes by, as a dictionary of
 * libFuzzer's: a new command, key or value is fuzzed without being written down here.
 */
#include <stdio.h>
#include <string.h>
#include "command.h"

static const struct words *const words[] = {
	&words_table, &words_op, &words_verdict, &words_mode, &words_nstype, &words_who,
	&words_userns, &words_cap, &words_relation,
};

/* What stands between and around the words, and in them. */
static const char *const marks[] = {
	"not", "dry-run", "priority", "comment", "sandbox", "threads", "--force", "--json", "-f",
	"'a b'", "host", "unset", "pid:1", "net:[4026531840]", "/proc/1/ns/uts", "/a/*",
	"4294967295", "-2147483648", "0-3,8", "16383", " ", ",", "#", "'", "$'", "\\\\\n",
	"\\\\x2d",
};

static void entry(const char *s)
{
	putchar('"');
	for (; *s; s++)
		if (*s == '"' || *s == '\n')
			printf("\\x%02x", (unsigned char)*s);
		else
			putchar(*s);
	puts("\"");
}

int main(void)
{
	const struct command *c;
	const struct key *k;
	unsigned int i, j;

	for (i = 0; (c = command_at(i)); i++)
		if (c->parse)
			entry(c->words);
	for (i = 0; (k = lang_at(i)); i++)
		entry(k->word);
	for (i = 0; i < ARRAY_SIZE(words); i++)
		for (j = 0; j < words[i]->n; j++)
			entry(words[i]->word[j]);
	for (i = 0; i < ARRAY_SIZE(marks); i++)
		entry(marks[i]);
	return 0;
}
