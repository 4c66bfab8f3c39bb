/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rules of nsguardctl(8) mean, worked out the slow and simple way: every rule against each
 * request, paths as text, nothing remembered. The module's answers are held against it; it
 * shares no code with the module.
 */
#ifndef NSG_TEST_MODEL_H
#define NSG_TEST_MODEL_H

#include "nsg.h"

#define MODEL_GIDS	4
#define MODEL_NS	8	/* namespaces known by number; 0 is none */

/**
 * struct model_request - an operation, completely described
 * @in_ns: by type, the number of the namespace the task is in; 0: the host's
 * @target: number of the namespace entered, 0: the host's
 * @box: number of the uts namespace that a sandbox is made of, 0: there is no sandbox
 * @type: of the namespace entered or made
 * @target_owner: uid of who owns the one entered
 * @delegated: paths of the cgroups that belong to others than root, up to a NULL
 * @effective: CPUs, as @mask
 */
struct model_request {
	enum nsguard_table table;
	enum nsguard_op op;
	uint32_t uid, euid, auid, pid;
	uint32_t gid[MODEL_GIDS];
	unsigned int gids;
	uint32_t userns;
	uint64_t cap;
	const char *cgroup, *exe;
	int in_ns[8];
	unsigned int type;
	int target;
	int box;
	uint32_t target_owner;
	const char *from, *to;
	const char *const *delegated;
	uint32_t opener_uid;
	uint32_t moves;
	bool reset;
	uint64_t mask, effective, possible;
	uint32_t who, target_uid;
	const char *target_cgroup, *target_exe;
};

/**
 * struct model_rule - a rule, as it was added
 * @handle: as the kernel gave it
 * @ns: by match, numbers of the namespaces its fds mean
 */
struct model_rule {
	struct nsg_rule rule;
	uint64_t handle;
	int ns[NSG_MATCHES][NSG_VALUES];
};

/* Does match @i of @r, not counting its "not", say yes? -1: it cannot be told. */
int model_match(const struct model_rule *r, unsigned int i, const struct model_request *req);
/* Do all of @r's matches match, "not" and all? */
bool model_matches(const struct model_rule *r, const struct model_request *req);
/* Is who acts locked in the sandbox, and this would lead out of it? Then no rule is asked. */
bool model_locked(const struct model_request *req);
/* The rule that decides, or NULL for the default. */
const struct model_rule *model_decide(const struct model_rule *rule, unsigned int n,
				      const struct model_request *req);

#endif
