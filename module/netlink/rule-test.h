/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A question of rule-test, for who reads it (rule-test.c) and who understands what is said in it
 * (rule-say.c), and nobody else.
 */
#ifndef NSGUARD_NETLINK_RULE_TEST_H
#define NSGUARD_NETLINK_RULE_TEST_H

#include "rule.h"

/**
 * struct nsguard_nl_question - a request under way, and what it holds
 * @nest: NSGUARD_A_REQUEST
 * @tb: what is in it; the last one of those that may be repeated
 * @extack: takes sentences
 * @said: who acts on whom
 * @req: what is asked
 * @has_said: @said is to be dropped
 * @mask: what @req.cpus points to
 * @effective: what @req.effective points to
 */
struct nsguard_nl_question {
	const struct nlattr *nest;
	const struct nlattr *tb[NSGUARD_A_REQUEST_MAX + 1];
	struct netlink_ext_ack *extack;
	struct nsguard_said said;
	struct nsguard_request req;
	bool has_said;
	struct cpumask *mask;
	struct cpumask *effective;
};

/* By NSGUARD_A_REQUEST_*. */
extern const char *const nsguard_nl_request_name[NSGUARD_A_REQUEST_MAX + 1];

/*
 * rule-say.c: what @q says of the two tasks instead of what is so of them, and of what is done.
 * May sleep. Return: 0, or an errno with its sentence; what @q holds then is to be dropped all the
 * same.
 */
int nsguard_nl_request_say(struct nsguard_nl_question *q);

#endif
