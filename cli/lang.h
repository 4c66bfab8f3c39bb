/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The language of rules. One table (lang.c) says which word is which attribute and what
 * kind of values it takes; one file per kind (kind-*.c) says how such values are said, sent,
 * read and shown. A new key is a line in that table.
 */
#ifndef NSGUARDCTL_LANG_H
#define NSGUARDCTL_LANG_H

#include <linux/nsguard.h>
#include "token.h"
#include "words.h"

struct json_object;
struct match;
struct nlattr;
struct nsfds;
struct rule;

/* A namespace: said as @word, or shown by the kernel as @named or @type:[@inum]. */
struct ns_value {
	const char *word;
	const char *named;
	bool dead;
	__u32 type;
	__u32 inum;
};

union value {
	struct {
		__u32 min;
		__u32 max;
	} range;
	const char *path;
	struct ns_value ns;
};

/**
 * struct kind - a kind of values
 * @parse: the words after the key (and after "not") into a match. 0 or CODE_USAGE
 * @put: the match's values into its open nest. 0, or CODE_* after a complaint
 * @get: one sub-attribute of a match; false when it is not one of this kind
 * @value: text of value @i, without quotes
 */
struct kind {
	int (*parse)(struct cursor *c, struct arena *a, const struct rule *r, struct match *m);
	int (*put)(struct buf *to, const struct rule *r, const struct match *m,
		   struct nsfds *fds);
	bool (*get)(const struct nlattr *nla, struct arena *a, struct match *m);
	void (*value)(struct buf *b, const struct match *m, unsigned int i);
};

extern const struct kind kind_bits;
extern const struct kind kind_range;
extern const struct kind kind_exe;
extern const struct kind kind_cgroup;
extern const struct kind kind_cpus;
extern const struct kind kind_ns;

/* How numbers of a range may be named. NAMES_UNSET: only the one that is no login. */
enum names { NAMES_NONE, NAMES_USER, NAMES_GROUP, NAMES_LOGIN, NAMES_CAP, NAMES_UNSET };

/**
 * struct key - a line of the grammar
 * @word: as it is said
 * @name: the attribute's name in the yaml, for JSON
 * @attr: NSGUARD_A_RULE_*
 * @tables: bits of the tables it belongs to
 * @kind: kind of its values
 * @words: for bits, and for NAMES_CAP, the words
 * @relation: for paths, the relation that holds when none is said
 * @names: for ranges, whose names stand for numbers
 */
struct key {
	const char *word;
	const char *name;
	__u16 attr;
	unsigned int tables;
	const struct kind *kind;
	const struct words *words;
	__u32 relation;
	enum names names;
};

/**
 * struct match - a key with its values
 * @key: which
 * @tok: of namespaces and sets, where the key was said; NULL when it came from the kernel
 * @not: none of the values
 * @has_relation: @relation is one
 * @relation: enum nsguard_relation
 * @n: number of values
 * @cap: room in @v
 * @v: the values, unless they are bits or a mask
 * @mask: for cpus, bit n of byte m is CPU 8m+n
 * @bits: for bits
 * @mask_len: its bytes
 * @set: name of the set that has the values, then there are none here; else NULL
 */
struct match {
	const struct key *key;
	const struct token *tok;
	bool not;
	bool has_relation;
	__u32 relation;
	unsigned int n;
	unsigned int cap;
	union value *v;
	const __u8 *mask;
	__u32 bits;
	unsigned int mask_len;
	const char *set;
};

#define RULE_MATCHES	32

/**
 * struct rule - a rule, as it was said or as the kernel shows it
 * @threads: lock lets in processes with several threads
 * @unknown: attribute or value of a newer kernel that this program cannot say, 0 for none
 * @n: number of matches
 * @sandbox: for verdict lock, else NULL
 */
struct rule {
	__u64 handle;
	__u64 hits;
	__u32 table;
	__u32 verdict;
	__s32 priority;
	bool dry_run;
	bool stale;
	bool threads;
	unsigned int unknown;
	unsigned int n;
	const char *sandbox;
	const char *comment;
	struct match match[RULE_MATCHES];
};

/* Of @r only as much as it has matches; its lists are shared. */
static inline void rule_copy(struct rule *to, const struct rule *r)
{
	memcpy(to, r, offsetof(struct rule, match) + r->n * sizeof(r->match[0]));
}

/* lang.c: the table */
const struct key *lang_find(const char *word, __u32 table);
const struct key *lang_of_attr(__u16 attr);
const struct key *lang_at(unsigned int i);

/* lang-parse.c: "TABLE VERDICT MATCH...", to the end of the words. @replaces: of rule replace. */
int rule_parse(struct cursor *c, struct arena *a, struct rule *r, bool replaces);
union value *match_push(struct arena *a, struct match *m);
/* Cuts *@rest at its next comma. */
const char *list_next(const char **rest, size_t *n);

/*
 * kind-ns.c: puts the numbers of the namespaces in place of what they were called. @m is of @r. 0,
 * or CODE_* after a complaint.
 */
int ns_resolve(const struct rule *r, struct match *m, struct arena *a);

/* kind-range.c: "N", "N-M" or a name as @k knows them, and back. */
int range_value_parse(const struct token *t, const struct key *k, const char *s, size_t n,
		      struct arena *a, union value *v);
void range_value_print(struct buf *b, const struct key *k, const union value *v);
/* As attribute @attr. */
void range_value_put(struct buf *to, unsigned int attr, const union value *v);

/* H18: does an allow rule know the one who acts by his executable alone? */
bool rule_trusts_exe(const struct rule *r);

/*
 * lang-netlink.c: a rule as an attribute at the end of @to. 0, or CODE_* after a complaint. @tok:
 * where it was said. @fds: NULL leaves out its namespaces, which take a look at this machine.
 */
int rule_put(struct buf *to, const struct rule *r, const struct token *tok, struct nsfds *fds);
void rule_get(const struct nlattr *attr, struct arena *a, struct rule *r);

/*
 * lang-print.c: "KEY [not] [RELATION] VALUES", and a whole rule from its verdict on, in words that
 * rule_parse() understands.
 */
void match_print(struct buf *b, const struct match *m);
void rule_print(struct buf *b, const struct rule *r, bool priority);
/* Lists in the order of their words, each once: what says the same reads the same. */
void rule_sort(struct rule *r, struct arena *a);
/* Can what rule_print() says be read back as the very same rule? */
bool rule_sayable(const struct rule *r);
struct json_object *rule_json(const struct rule *r);

#endif
