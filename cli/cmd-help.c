// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl help, and the same for machines: "help commands" and "help keys" list the
 * tables, one entry a line, for the completion and the man page's test.
 */
#include <stdio.h>
#include <string.h>
#include "command.h"

static void print_help(void)
{
	const struct command *k;
	unsigned int i;

	puts("usage: nsguardctl [-j|--json] [--color=auto|always|never] [-c|--check] COMMAND\n"
	     "       nsguardctl [-c|--check] [-D NAME=VALUE]... -f FILE|-\n"
	     "\n"
	     "Rules for entering namespaces, moving tasks between cgroups and CPU affinity.\n");
	for (i = 0; (k = command_at(i)); i++)
		printf("  %s%s%s\n        %s\n", k->words, *k->usage ? " " : "", k->usage, k->help);
	puts("\n"
	     "  TABLE      ns, cgroup or affinity\n"
	     "  OP         enter, create (ns); move (cgroup); setaffinity, io_uring, cpuset (affinity)\n"
	     "  keys in all tables:  op OP  uid|euid|auid|pid N|N-M  gid N|N-M  exe PATH\n"
	     "                       cgroup [is|under] PATH  in-ns NS  userns init|other  cap CAP\n"
	     "  keys of ns:          type mnt|uts|ipc|pid|net|user|cgroup|time  target NS|same|other\n"
	     "                       target-owner N|N-M\n"
	     "  keys of cgroup:      from|to|leaving [is|under] PATH  moves thread|process\n"
	     "                       opener-uid N|N-M  same-delegation yes|no\n"
	     "  keys of affinity:    cpus|effective-cpus intersects|subset|superset|equals LIST\n"
	     "                       cpus reset  target-cgroup [is|under] PATH\n"
	     "  cgroup and affinity: target self|other  target-uid N|N-M  target-exe PATH\n"
	     "  @SET       after a key of users, gid, auid or pid: what the set of that name has\n"
	     "  NS         a path, net:[4026532008], pid:N or host\n"
	     "\n"
	     "Lists by comma; \"not\" after a key means none of them. The rule with the lowest\n"
	     "priority decides, deny before allow. -f loads a file as one transaction; -c only\n"
	     "reads it, --echo shows how it was understood. --expect N changes no policy but that of\n"
	     "generation N; what --confirm SECONDS changes is taken back unless confirmed by then.\n"
	     "\n"
	     "exit codes: 0 done, 1 refused by the kernel, 2 usage, 3 module not loaded,\n"
	     "4 not privileged, 5 partial coverage, stale rules (status), no proof (probe),\n"
	     "6 somebody else changed the policy first");
}

static void print_commands(void)
{
	const struct command *k;
	unsigned int i;

	for (i = 0; (k = command_at(i)); i++)
		puts(k->words);
}

static void print_keys(void)
{
	const struct key *k;
	unsigned int i, t;

	for (i = 0; (k = lang_at(i)); i++) {
		printf("%s", k->word);
		for (t = 0; t < words_table.n; t++)
			if (k->tables & BIT(t))
				printf(" %s", words_get(&words_table, t));
		putchar('\n');
	}
}

int cmd_help(struct cursor *c)
{
	void (*print)(void) = print_help;
	const struct token *t;
	int code;

	code = cursor_word(c, &t);
	if (!code && t && !strcmp(t->text, "commands"))
		print = print_commands;
	else if (!code && t && !strcmp(t->text, "keys"))
		print = print_keys;
	else if (!code && t)
		code = complain(t, "no help on '%s' (commands or keys)", t->text);
	if (!code)
		code = cursor_end(c, "help");
	if (!code)
		code = cursor_options(c, OPT_GLOBAL, "help");
	if (code || (c->options & OPT_CHECK))
		return code;
	print();
	return 0;
}
