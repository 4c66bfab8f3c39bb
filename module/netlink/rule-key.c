// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of a rule's keys on the wire. What a key means is not said here.
 */
#include "rule.h"

#define PATHS	(BIT(NSGUARD_RELATION_IS) | BIT(NSGUARD_RELATION_UNDER))
#define MASKS	(BIT(NSGUARD_RELATION_INTERSECTS) | BIT(NSGUARD_RELATION_SUBSET) | \
		 BIT(NSGUARD_RELATION_SUPERSET) | BIT(NSGUARD_RELATION_EQUALS))

const struct nsguard_nl_key nsguard_nl_keys[NSGUARD_A_RULE_MAX + 1] = {
	[NSGUARD_A_RULE_OP]		= { "op" },
	[NSGUARD_A_RULE_TYPE]		= { "type" },
	[NSGUARD_A_RULE_TARGET]		= { "target" },
	[NSGUARD_A_RULE_FROM]		= { "from", PATHS, NSGUARD_RELATION_IS },
	[NSGUARD_A_RULE_TO]		= { "to", PATHS, NSGUARD_RELATION_IS },
	[NSGUARD_A_RULE_LEAVING]	= { "leaving", PATHS, NSGUARD_RELATION_UNDER },
	[NSGUARD_A_RULE_CPUS]		= { "cpus", MASKS | BIT(NSGUARD_RELATION_RESET), -1 },
	[NSGUARD_A_RULE_EFFECTIVE_CPUS]	= { "effective-cpus", MASKS, -1 },
	[NSGUARD_A_RULE_WHO]		= { "who" },
	[NSGUARD_A_RULE_TARGET_UID]	= { "target-uid" },
	[NSGUARD_A_RULE_TARGET_EXE]	= { "target-exe" },
	[NSGUARD_A_RULE_TARGET_CGROUP]	= { "target-cgroup", PATHS, NSGUARD_RELATION_IS, true },
	[NSGUARD_A_RULE_UID]		= { "uid" },
	[NSGUARD_A_RULE_GID]		= { "gid" },
	[NSGUARD_A_RULE_AUID]		= { "auid" },
	[NSGUARD_A_RULE_PID]		= { "pid" },
	[NSGUARD_A_RULE_EXE]		= { "exe" },
	[NSGUARD_A_RULE_CGROUP]		= { "cgroup", PATHS, NSGUARD_RELATION_IS, true },
	[NSGUARD_A_RULE_IN_NS]		= { "in-ns" },
	[NSGUARD_A_RULE_EUID]		= { "euid" },
	[NSGUARD_A_RULE_USERNS]		= { "userns" },
	[NSGUARD_A_RULE_CAP]		= { "cap" },
	[NSGUARD_A_RULE_TARGET_OWNER]	= { "target-owner" },
	[NSGUARD_A_RULE_OPENER_UID]	= { "opener-uid" },
	[NSGUARD_A_RULE_MOVES]		= { "moves" },
	[NSGUARD_A_RULE_SAME_DELEGATION] = { "same-delegation" },
};

const u8 nsguard_nl_carrier[NSGUARD_KINDS] = {
	[NSGUARD_KIND_BITS]	= NSGUARD_A_MATCH_BITS,
	[NSGUARD_KIND_RANGE]	= NSGUARD_A_MATCH_RANGE,
	[NSGUARD_KIND_PATTERN]	= NSGUARD_A_MATCH_PATH,
	[NSGUARD_KIND_EXE]	= NSGUARD_A_MATCH_PATH,
	[NSGUARD_KIND_NS]	= NSGUARD_A_MATCH_NS,
	[NSGUARD_KIND_MASK]	= NSGUARD_A_MATCH_MASK,
};

const char *const nsguard_nl_table_name[NSGUARD_TABLES] = {
	[NSGUARD_TABLE_NS]		= "ns",
	[NSGUARD_TABLE_CGROUP]		= "cgroup",
	[NSGUARD_TABLE_AFFINITY]	= "affinity",
};

const char *const nsguard_nl_match_name[NSGUARD_A_MATCH_MAX + 1] = {
	[NSGUARD_A_MATCH_NOT]		= "not",
	[NSGUARD_A_MATCH_RELATION]	= "relation",
	[NSGUARD_A_MATCH_BITS]		= "bits",
	[NSGUARD_A_MATCH_RANGE]		= "range",
	[NSGUARD_A_MATCH_PATH]		= "path",
	[NSGUARD_A_MATCH_NS]		= "ns",
	[NSGUARD_A_MATCH_MASK]		= "mask",
	[NSGUARD_A_MATCH_SET]		= "set",
};
