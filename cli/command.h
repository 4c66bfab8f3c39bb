/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands: each a line in a table (command.c) with its function in cmd-*.c. Those that
 * change the policy become a list of changes and may stand in a file; the others run.
 */
#ifndef NSGUARDCTL_COMMAND_H
#define NSGUARDCTL_COMMAND_H

#include "define.h"
#include "lang.h"
#include "token.h"

#define COMPLAINTS	20	/* about a file; then it is probably no policy at all */

struct command;
struct sandbox_words;
struct set_words;

/**
 * struct change - one change of the policy
 * @command: the command it comes from
 * @tok: its first word
 * @cmd: NSGUARD_CMD_*
 * @table: or -1
 * @op: or -1
 * @mode: or -1
 * @verdict: or -1
 * @force: do it although it may lock everybody out
 * @handle: for rule del, else 0
 * @replaces: for the rule add of rule replace: the rule deleted right before it, else 0
 * @rule: for rule add, else NULL
 * @sandbox: for sandbox add, del and flush, else NULL
 * @set: for what changes sets and their elements, else NULL
 */
struct change {
	const struct command *command;
	const struct token *tok;
	__u8 cmd;
	__s8 table;
	__s8 op;
	__s8 mode;
	__s8 verdict;
	bool force;
	__u64 handle;
	__u64 replaces;
	struct rule *rule;
	struct sandbox_words *sandbox;
	struct set_words *set;
};

/**
 * struct changes - changes in the order in which they were said
 * @arena: owns the rules in them
 * @defines: names that stand for values in a file
 * @v: the changes
 * @n: how many
 * @cap: room
 */
struct changes {
	struct arena *arena;
	struct defines defines;
	struct change *v;
	size_t n;
	size_t cap;
};

/**
 * struct command - a line of the table
 * @words: one or two words
 * @usage: what follows them
 * @help: one line
 * @options: enum option, which of them it takes on the command line
 * @parse: for changes: words to changes. Return: 0 or CODE_USAGE
 * @run: for the others: does it all. Return: CODE_*
 */
struct command {
	const char *words;
	const char *usage;
	const char *help;
	unsigned int options;
	int (*parse)(struct cursor *c, struct changes *to);
	int (*run)(struct cursor *c);
};

const struct command *command_at(unsigned int i);
/* The command that @c's next words name. 0 and *@command, or CODE_USAGE. */
int command_find(struct cursor *c, const struct command **command);

/* Are @c's next words those of @k, which may be NULL? Then they are taken. */
bool command_again(struct cursor *c, const struct command *k);

/* The one that @run is of. */
const struct command *command_of(int (*run)(struct cursor *c));

/* change.c */
struct change *change_add(struct changes *to, __u8 cmd);
/* Parses one whole command that changes something; @allowed: options it may have here. */
int change_parse(struct cursor *c, const struct command *command, struct changes *to,
		 unsigned int allowed);
/* possible.c: what no kernel takes whatever is in force. 0, or CODE_USAGE after complaints. */
int changes_possible(const struct changes *ch);
/* Is what is sent what was said? */
int changes_check(const struct changes *ch, bool echo);
/*
 * Puts them in force, all or none. @file: where they come from (then no handles are printed) or
 * NULL; @c: options that were given.
 */
int changes_run(const struct changes *ch, const char *file, const struct cursor *c);

/**
 * struct outcome - what the module answered
 * @quiet: nobody asks for @handle, which is left empty then
 * @generation: of the policy since
 * @confirm: seconds within which that must be confirmed, 0: it stays
 * @handle: of the rules that were added, in order; to be freed
 * @n: how many
 * @cap: room
 */
struct outcome {
	bool quiet;
	__u64 generation;
	__u32 confirm;
	__u64 *handle;
	size_t n;
	size_t cap;
};

/* The same without a word, *@o being what came of it. */
int changes_apply(const struct changes *ch, const char *file, const struct cursor *c,
		  struct outcome *o);
/* Says what --confirm means now. Not on stdout, which programs read: they have it in the JSON. */
void outcome_say_trial(const struct outcome *o);

/* The names that -D gives. */
int changes_define(const struct cursor *c, struct changes *to);

/* file.c: all commands of a file ("-": stdin), all complaints of it. */
int file_parse(const char *name, struct changes *to);

/* cmd-*.c */
/* The words of a rule, as a change that adds it; @replaces: of rule replace. */
struct change *rule_add_parse(struct cursor *c, struct changes *to, bool replaces);
/* A rule's handle. 0, or CODE_USAGE after a complaint. */
int handle_parse(const struct token *t, __u64 *handle);
int cmd_mode_parse(struct cursor *c, struct changes *to);
int cmd_default_parse(struct cursor *c, struct changes *to);
int cmd_rule_add_parse(struct cursor *c, struct changes *to);
int cmd_rule_replace_parse(struct cursor *c, struct changes *to);
int cmd_rule_del_parse(struct cursor *c, struct changes *to);
int cmd_rule_flush_parse(struct cursor *c, struct changes *to);
int cmd_sandbox_add_parse(struct cursor *c, struct changes *to);
int cmd_sandbox_del_parse(struct cursor *c, struct changes *to);
int cmd_sandbox_flush_parse(struct cursor *c, struct changes *to);
int cmd_sandbox_list(struct cursor *c);
int cmd_set_add_parse(struct cursor *c, struct changes *to);
int cmd_set_del_parse(struct cursor *c, struct changes *to);
int cmd_set_flush_parse(struct cursor *c, struct changes *to);
int cmd_set_list(struct cursor *c);
int cmd_element_add_parse(struct cursor *c, struct changes *to);
int cmd_element_del_parse(struct cursor *c, struct changes *to);
int cmd_status(struct cursor *c);
int cmd_probe(struct cursor *c);
int cmd_rule_list(struct cursor *c);
int cmd_rule_test(struct cursor *c);
int cmd_confirm(struct cursor *c);
int cmd_rollback(struct cursor *c);
int cmd_save(struct cursor *c);
int cmd_sync(struct cursor *c);
int cmd_monitor(struct cursor *c);
int cmd_unload(struct cursor *c);
int cmd_help(struct cursor *c);

#endif
