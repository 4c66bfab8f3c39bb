/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rule, as the module keeps it: immutable once it is published, shared by all
 * snapshots that contain it (H27). Only counters, the chain of those alike, the identity behind an
 * executable's path and the death of a namespace change underneath.
 */
#ifndef NSGUARD_RULE_H
#define NSGUARD_RULE_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include "limits.h"
#include "request.h"
#include "sandbox.h"

struct nsguard_set;

/* The keys of a rule are named by their attributes, NSGUARD_A_RULE_UID and so on. */

/**
 * struct nsguard_range - ids from @min to @max, both included
 */
struct nsguard_range {
	u32 min;
	u32 max;
};

/**
 * struct nsguard_nsid - identity of a namespace, for as long as rules name it
 * @node: in the table of identities, by inum; under that table's lock
 * @ref: one for each value that names it
 * @type: its type
 * @inum: its inode number, which the kernel uses again after its death
 * @dead: set once, by the death hook; never cleared (H20)
 * @rcu: freed after a grace period, the death hook looks it up under RCU
 *
 * See policy/nsid.c for its life.
 */
struct nsguard_nsid {
	struct hlist_node node;
	struct kref ref;
	enum nsguard_nstype type;
	u32 inum;
	bool dead;
	struct rcu_head rcu;
};

/**
 * struct nsguard_exe_id - which inode an executable is, as nsguard_glue_exe() tells it
 * @dev: device
 * @ino: inode number
 * @gen: its generation
 * @rcu: freed after a grace period
 */
struct nsguard_exe_id {
	dev_t dev;
	u64 ino;
	u32 gen;
	struct rcu_head rcu;
};

/**
 * struct nsguard_exe - an executable named by a path
 * @ref: one for each value that names it
 * @node: in the list of executables the worker looks up again
 * @chain: those whose paths hash alike
 * @hash: of @path
 * @path: as it was said, absolute
 * @id: which inode that is at present, or NULL when there is none; RCU
 *
 * See policy/exe.c (H18).
 */
struct nsguard_exe {
	struct kref ref;
	struct list_head node;
	struct hlist_node chain;
	u32 hash;
	char *path;
	struct nsguard_exe_id __rcu *id;
};

/**
 * struct nsguard_pattern - a cgroup path, split at its slashes
 * @text: as it was said: absolute, no trailing slash but for "/", no empty,
 *	"." or ".." component
 * @n: number of components, 0 for "/"
 * @component: each a string in @buf; '*' stands for any run of characters,
 *	backslash for itself
 * @buf: storage of the components
 */
struct nsguard_pattern {
	const char *text;
	unsigned int n;
	const char **component;
	char *buf;
};

/**
 * struct nsguard_ns_value - a namespace named in a rule
 * @id: its identity, NULL when @named
 * @named: 0, or NSGUARD_A_NS_HOST (target: the initial namespace of the type in question; in-ns:
 *	all of the task's namespaces are the initial ones), NSGUARD_A_NS_SAME (target only: the one
 *	the task is in) or NSGUARD_A_NS_OTHER (any but that)
 */
struct nsguard_ns_value {
	struct nsguard_nsid *id;
	u8 named;
};

/**
 * enum nsguard_from - where the values of a match are
 * @NSGUARD_FROM_RULE: in the rule
 * @NSGUARD_FROM_NAME: in a set that is not looked up yet
 * @NSGUARD_FROM_SET: in a set
 */
enum nsguard_from {
	NSGUARD_FROM_RULE,
	NSGUARD_FROM_NAME,
	NSGUARD_FROM_SET,
};

/**
 * struct nsguard_match - one key of a rule with its values
 * @key: NSGUARD_A_RULE_*
 * @not: none of the values may match
 * @relation: enum nsguard_relation, how values are compared, where the key has relations
 * @n: number of values; 1 for bits and masks
 * @from: enum nsguard_from; values are in the rule unless it says otherwise, and @n is 0 then
 * @bits: set of enum values, for op, type and who
 * @range: ids, for uid and its like
 * @pattern: cgroup paths
 * @exe: executables
 * @ns: namespaces
 * @mask: CPUs, nr_cpu_ids bits
 * @set_name: name of a set; in the request the rule came with, and valid as long
 * @set: a set, a reference; found when the rule goes into a draft
 */
struct nsguard_match {
	u8 key;
	bool not;
	u8 relation;
	u8 n;
	u8 from;
	union {
		u32 bits;
		struct nsguard_range *range;
		struct nsguard_pattern *pattern;
		struct nsguard_exe **exe;
		struct nsguard_ns_value *ns;
		struct cpumask *mask;
		const char *set_name;
		struct nsguard_set *set;
	};
};

static_assert(NSGUARD_MAX_VALUES <= U8_MAX);

/**
 * struct nsguard_rule_extra - what few rules have
 * @sandbox: whose namespaces it lets in, for verdict lock, else NULL; referenced. Found by
 *	its name when the rule goes into a draft
 * @sandbox_name: that name, or empty
 * @comment: or NULL
 */
struct nsguard_rule_extra {
	struct nsguard_sandbox *sandbox;
	char sandbox_name[NSGUARD_SANDBOX_NAME_MAX + 1];
	char *comment;
};

/**
 * struct nsguard_rule - a rule
 * @ref: one for each layer and draft it is in
 * @ops: bit set of operations it is about, never 0
 * @handle: its number, global, never used twice
 * @hash: over everything that makes two rules identical (not handle,
 *	comment, counters)
 * @priority: lowest decides first
 * @table: enum nsguard_table, the table it belongs to
 * @verdict: enum nsguard_verdict, what it says
 * @dry_run: report, and go on with the next rule
 * @threads: lock: processes with several threads too (H24)
 * @n: number of matches
 * @decides: bit set of operations it decides about: @ops, or none when it is dry-run
 * @alike: the next of a chain of struct nsguard_alike, under the policy's mutex
 * @hits: how often it matched; never reset, shared by all snapshots
 * @extra: or NULL
 * @match: the matches, sorted by key; all of them must match. Their values come behind them, in
 *	the same piece of memory
 *
 * There may be a million of them: a byte more is a megabyte.
 *
 * A decision sees a rule only through a snapshot, and a snapshot drops its
 * references after a grace period: the last put may free at once.
 */
struct nsguard_rule {
	struct kref ref;
	u32 ops;
	u64 handle;
	u32 hash;
	s32 priority;
	u8 table;
	u8 verdict;
	bool dry_run;
	bool threads;
	u8 n;
	u8 decides;
	struct nsguard_rule *alike;
	atomic64_t hits;
	struct nsguard_rule_extra *extra;
	struct nsguard_match match[];
};

static_assert(NSGUARD_OPS <= 8);	/* bits of @decides */

static inline struct nsguard_sandbox *nsguard_rule_sandbox(const struct nsguard_rule *rule)
{
	return rule->extra ? rule->extra->sandbox : NULL;
}

/* Empty unless it locks. */
static inline const char *nsguard_rule_sandbox_name(const struct nsguard_rule *rule)
{
	return rule->extra ? rule->extra->sandbox_name : "";
}

static inline const char *nsguard_rule_comment(const struct nsguard_rule *rule)
{
	return rule->extra ? rule->extra->comment : NULL;
}

/* policy/rule.c */

/* What @n values of @key take of a rule's memory: a multiple of a pointer's size. */
size_t nsguard_values_size(u8 key, unsigned int n);
/*
 * A rule with room for @matches, and @values bytes behind them; all zero but @n == @matches and the
 * reference, which is the caller's. What is put into its matches belongs to it. NULL without
 * memory.
 */
struct nsguard_rule *nsguard_rule_alloc(unsigned int matches, size_t values);
/* Room for what few rules have. Return: 0 or -ENOMEM. */
int nsguard_rule_extend(struct nsguard_rule *rule);
void nsguard_rule_get(struct nsguard_rule *rule);
/* May sleep. */
void nsguard_rule_put(struct nsguard_rule *rule);
/* Name of the set that has @m's values, NULL when they are in the rule. */
const char *nsguard_match_set(const struct nsguard_match *m);
/* Do both say the same? Handle, comment and counters are not compared. */
bool nsguard_rule_same(const struct nsguard_rule *a, const struct nsguard_rule *b);
u32 nsguard_rule_hash(const struct nsguard_rule *rule);
/* Can it never match again, because the namespaces it names are gone? */
bool nsguard_rule_stale(const struct nsguard_rule *rule);
/*
 * Why @rule can never match, as a sentence in static storage, with *@key the
 * NSGUARD_A_RULE_* at fault; NULL when it may.
 */
const char *nsguard_rule_contradiction(const struct nsguard_rule *rule, u8 *key);

/*
 * policy/pattern.c. -EINVAL or -E2BIG with a sentence in *@why (static storage), or -ENOMEM;
 * then nothing is left to free. Freeing one that is all zero is harmless.
 */
int nsguard_pattern_init(struct nsguard_pattern *p, const char *text, const char **why);
void nsguard_pattern_free(struct nsguard_pattern *p);

/* policy/exe.c. May sleep. An ERR_PTR with a sentence in *@why (static storage) on failure. */
struct nsguard_exe *nsguard_exe_get(const char *path, const char **why);
void nsguard_exe_put(struct nsguard_exe *exe);

/*
 * policy/nsid.c. @fd: of the calling task. May sleep. An ERR_PTR with a sentence in *@why
 * (static storage) on failure.
 */
struct nsguard_nsid *nsguard_nsid_get(unsigned int fd, const char **why);
void nsguard_nsid_put(struct nsguard_nsid *id);

#endif
