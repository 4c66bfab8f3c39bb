/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of a rule: which kind of values each takes and where it may stand. One table,
 * in match.c; a new match is a row there.
 */
#ifndef NSGUARD_MATCH_H
#define NSGUARD_MATCH_H

#include "../rule.h"

/**
 * enum nsguard_kind - the values a key takes, which member of struct nsguard_match
 * @NSGUARD_KIND_NONE: not a key
 * @NSGUARD_KIND_BITS: @bits
 * @NSGUARD_KIND_RANGE: @range
 * @NSGUARD_KIND_PATTERN: @pattern, by relation
 * @NSGUARD_KIND_EXE: @exe
 * @NSGUARD_KIND_NS: @ns
 * @NSGUARD_KIND_MASK: @mask, by relation
 */
enum nsguard_kind {
	NSGUARD_KIND_NONE,
	NSGUARD_KIND_BITS,
	NSGUARD_KIND_RANGE,
	NSGUARD_KIND_PATTERN,
	NSGUARD_KIND_EXE,
	NSGUARD_KIND_NS,
	NSGUARD_KIND_MASK,
};

/**
 * enum nsguard_answer - what one match says about one request
 * @NSGUARD_NO: none of the values matches
 * @NSGUARD_YES: one does
 * @NSGUARD_UNKNOWN: the point that asks cannot tell; neither the key nor its
 *	negation matches
 */
enum nsguard_answer {
	NSGUARD_NO,
	NSGUARD_YES,
	NSGUARD_UNKNOWN,
};

/* Kind of @key's values; NSGUARD_KIND_NONE when it is none of NSGUARD_A_RULE_*'s matches. */
enum nsguard_kind nsguard_key_kind(u8 key);
/* May @key stand in a rule of @table? */
bool nsguard_key_in_table(u8 key, enum nsguard_table table);

/* More than the highest NSGUARD_A_RULE_*. */
#define NSGUARD_KEYS	64
/* The inode number of who acts's namespace of @type. */
u32 nsguard_subject_inum(struct nsguard_request *req, enum nsguard_nstype type);
/* Is the namespace that is entered the one of its type that who acts is in? Only for op enter. */
bool nsguard_object_is_same(struct nsguard_request *req);
/* policy/pattern.c: is @cgrp matched? RCU read side; v1 under cgroup_mutex as well (H19). */
bool nsguard_pattern_matches(const struct nsguard_pattern *p, enum nsguard_relation relation,
			     struct cgroup *cgrp);
/* @cgrp or the one above it that has @level, NULL when @cgrp lies higher. */
struct cgroup *nsguard_cgroup_at(struct cgroup *cgrp, int level);

#endif
