/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The difference between the policy in force and a file that says all of one. Reads and
 * compares; the command that shows and applies it is cmd-sync.c.
 */
#ifndef NSGUARDCTL_SYNC_H
#define NSGUARDCTL_SYNC_H

#include "command.h"
#include "policy.h"

/**
 * struct sync_rule - a rule of one side
 * @key: what it says, with values in one order: equal for equal rules
 * @handle: in force, else 0
 * @change: what adds it, else NULL
 * @text: in words, with its table
 * @same: the other side has it too
 */
struct sync_rule {
	const char *key;
	__u64 handle;
	const struct change *change;
	const char *text;
	bool same;
};

struct sync_rules {
	struct sync_rule *v;
	size_t n;
	size_t cap;
};

/**
 * struct sync - both sides
 * @arena: owns the strings
 * @file: rules of the file
 * @force: in force
 * @mode: what the file says of a table, -1 when it says nothing
 * @verdict: the same of defaults
 * @forced: something in the file is
 * @sandboxes: where the file says that there are no sandboxes, or NULL
 * @sets: the same of sets
 */
struct sync {
	struct arena arena;
	struct sync_rules file;
	struct sync_rules force;
	int mode[TABLES];
	int verdict[TABLES][OPS];
	bool forced;
	const struct token *sandboxes;
	const struct token *sets;
};

/* What @ch, all of a file, says in the end. 0, or CODE_USAGE after a complaint. */
int sync_file(struct sync *s, const struct changes *ch);
/* Names in the file are resolved, and compared with @p. 0, or CODE_* after a complaint. */
int sync_compare(struct sync *s, const struct policy *p);
/* What makes @p what the file says, to be sent. */
void sync_changes(const struct sync *s, const struct policy *p, const struct change *as,
		  struct changes *to);
void sync_free(struct sync *s);

#endif
