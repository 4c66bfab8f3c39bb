// SPDX-License-Identifier: GPL-2.0-only
/*
 * The grammar: every key of a rule, in the order in which a rule is printed. Parsing,
 * printing, JSON and the protocol all go by this table.
 */
#include <string.h>
#include "lang.h"

#define NS		BIT(NSGUARD_TABLE_NS)
#define CGROUP		BIT(NSGUARD_TABLE_CGROUP)
#define AFFINITY	BIT(NSGUARD_TABLE_AFFINITY)
#define ALL		(NS | CGROUP | AFFINITY)

/* word, name in the yaml, attribute, tables, kind, what the kind needs to know */
#define KEY(said, named, attribute, in, of, ...) \
	{ .word = said, .name = named, .attr = NSGUARD_A_RULE_##attribute, .tables = in, \
	  .kind = &(of), ##__VA_ARGS__ }
#define IS		.relation = NSGUARD_RELATION_IS
#define UNDER		.relation = NSGUARD_RELATION_UNDER

static const struct key keys[] = {
	KEY("op", "op", OP, ALL, kind_bits, .words = &words_op),
	KEY("type", "type", TYPE, NS, kind_bits, .words = &words_nstype),
	KEY("target", "target", TARGET, NS, kind_ns),
	KEY("target-owner", "target-owner", TARGET_OWNER, NS, kind_range, .names = NAMES_USER),
	KEY("from", "from", FROM, CGROUP, kind_cgroup, IS),
	KEY("to", "to", TO, CGROUP, kind_cgroup, IS),
	KEY("leaving", "leaving", LEAVING, CGROUP, kind_cgroup, UNDER),
	KEY("same-delegation", "same-delegation", SAME_DELEGATION, CGROUP, kind_bits,
	    .words = &words_same),
	KEY("moves", "moves", MOVES, CGROUP, kind_bits, .words = &words_moves),
	KEY("opener-uid", "opener-uid", OPENER_UID, CGROUP, kind_range, .names = NAMES_USER),
	KEY("target", "who", WHO, CGROUP | AFFINITY, kind_bits, .words = &words_who),
	KEY("target-uid", "target-uid", TARGET_UID, CGROUP | AFFINITY, kind_range,
	    .names = NAMES_USER),
	KEY("target-exe", "target-exe", TARGET_EXE, CGROUP | AFFINITY, kind_exe),
	KEY("target-cgroup", "target-cgroup", TARGET_CGROUP, AFFINITY, kind_cgroup, IS),
	KEY("cpus", "cpus", CPUS, AFFINITY, kind_cpus),
	KEY("effective-cpus", "effective-cpus", EFFECTIVE_CPUS, AFFINITY, kind_cpus),
	KEY("uid", "uid", UID, ALL, kind_range, .names = NAMES_USER),
	KEY("euid", "euid", EUID, ALL, kind_range, .names = NAMES_USER),
	KEY("gid", "gid", GID, ALL, kind_range, .names = NAMES_GROUP),
	KEY("auid", "auid", AUID, ALL, kind_range, .names = NAMES_LOGIN),
	KEY("pid", "pid", PID, ALL, kind_range, .names = NAMES_NONE),
	KEY("exe", "exe", EXE, ALL, kind_exe),
	KEY("cgroup", "cgroup", CGROUP, ALL, kind_cgroup, IS),
	KEY("in-ns", "in-ns", IN_NS, ALL, kind_ns),
	KEY("userns", "userns", USERNS, ALL, kind_bits, .words = &words_userns),
	KEY("cap", "cap", CAP, ALL, kind_range, .names = NAMES_CAP, .words = &words_cap),
};

const struct key *lang_find(const char *word, __u32 table)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if ((keys[i].tables & BIT(table)) && is_word(keys[i].word, word))
			return &keys[i];
	return NULL;
}

const struct key *lang_of_attr(__u16 attr)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].attr == attr)
			return &keys[i];
	return NULL;
}

const struct key *lang_at(unsigned int i)
{
	/* A rule has room for every key, or this does not compile. */
	(void)sizeof(char[ARRAY_SIZE(keys) <= RULE_MATCHES ? 1 : -1]);
	return i < ARRAY_SIZE(keys) ? &keys[i] : NULL;
}
