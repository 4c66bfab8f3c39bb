/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy in force, read as a whole: its status and its rules of the very same generation.
 */
#ifndef NSGUARDCTL_POLICY_H
#define NSGUARDCTL_POLICY_H

#include <time.h>
#include <linux/nsguard.h>
#include "lang.h"
#include "module.h"

struct nlattr;

#define TABLES		3
#define OPS		6
#define READ_SECONDS	30	/* until a reader gives up whom changes always overtake */

/**
 * struct table_state - a table as status shows it
 * @present: the module has it
 * @verdict: default by operation, -1 for operations that are none of the table's
 */
struct table_state {
	bool present;
	__u32 mode;
	int verdict[OPS];
	__u32 rules;
	__u64 decisions;
	__u64 denied;
	__u64 would_deny;
	__u32 coverage;
};

/**
 * struct policy - what was read
 * @generation: of all of it
 * @status: the status answer's attributes
 * @table: by table
 * @rules: the dump
 */
struct policy {
	__u64 generation;
	struct buf status;
	struct table_state table[TABLES];
	struct dump rules;
};

/* Status only. 0 or CODE_* after a complaint. */
int policy_status(struct module *nl, struct policy *p);
/*
 * Status and the rules of @table (-1: all), fetched again when the policy changes between the
 * two, for READ_SECONDS at most.
 */
int policy_read(struct module *nl, const char *what, int table, struct policy *p);
/* The same in steps, for who reads more than that. These queue what is to be sent: */
void policy_ask_status(struct module *nl);
int policy_ask_rules(struct module *nl, const char *what, int table);
/* Takes the answer to the former; @arg: the struct policy. */
void policy_keep_status(unsigned int index, const struct nlattr *attrs, int len, void *arg);
/* Are its rules of the generation of its status? */
bool policy_fits(const struct policy *p, int table);
/* What was read did not fit together. 0: read again; CODE_*: it was for too long. */
int policy_again(const char *what, time_t *since);
/* How many rules the status says @table (-1: all) has. */
unsigned int policy_rules(const struct policy *p, int table);
/* Calls @fn for each rule in the order of the dump; the rule is valid for the call. */
void policy_each(const struct policy *p, void (*fn)(const struct rule *r, void *arg), void *arg);
/*
 * A namespace that is gone cannot be named again: it is left out of lists, and said in @gone.
 * Return: false when nothing of a list remains, since an empty list means something else.
 */
bool rule_drop_dead(struct rule *r, struct arena *a, struct buf *gone);
void policy_free(struct policy *p);
/* What all its operations say, -1 when they differ. */
int table_default(const struct table_state *t);
/* "enter allow create deny", or one word when all its operations say the same and @brief. */
void table_defaults(struct buf *b, const struct table_state *t, bool brief);
/* How many sets it has. */
unsigned int policy_sets(const struct policy *p);
/* Parses the status into @tb, NSGUARD_A_STATUS_MAX + 1 pointers. */
void policy_attrs(const struct policy *p, struct nlattr *tb[]);

#endif
