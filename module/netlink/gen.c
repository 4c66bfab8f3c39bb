// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	uapi/nsguard.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "gen.h"

#include "../../uapi/linux/nsguard.h"

/* Common nested types */
const struct nla_policy nsguard_match_nl_policy[NSGUARD_A_MATCH_SET + 1] = {
	[NSGUARD_A_MATCH_NOT] = { .type = NLA_FLAG, },
	[NSGUARD_A_MATCH_RELATION] = NLA_POLICY_MAX(NLA_U32, 6),
	[NSGUARD_A_MATCH_BITS] = { .type = NLA_U32, },
	[NSGUARD_A_MATCH_RANGE] = NLA_POLICY_NESTED(nsguard_range_nl_policy),
	[NSGUARD_A_MATCH_PATH] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_MATCH_NS] = NLA_POLICY_NESTED(nsguard_ns_nl_policy),
	[NSGUARD_A_MATCH_MASK] = { .type = NLA_BINARY, },
	[NSGUARD_A_MATCH_SET] = { .type = NLA_NUL_STRING, .len = NSGUARD_SET_NAME_MAX, },
};

const struct nla_policy nsguard_ns_nl_policy[NSGUARD_A_NS_OTHER + 1] = {
	[NSGUARD_A_NS_FD] = { .type = NLA_U32, },
	[NSGUARD_A_NS_HOST] = { .type = NLA_FLAG, },
	[NSGUARD_A_NS_TYPE] = NLA_POLICY_MAX(NLA_U32, 7),
	[NSGUARD_A_NS_INUM] = { .type = NLA_U32, },
	[NSGUARD_A_NS_DEAD] = { .type = NLA_FLAG, },
	[NSGUARD_A_NS_BORN] = { .type = NLA_FLAG, },
	[NSGUARD_A_NS_SAME] = { .type = NLA_FLAG, },
	[NSGUARD_A_NS_OTHER] = { .type = NLA_FLAG, },
};

const struct nla_policy nsguard_range_nl_policy[NSGUARD_A_RANGE_MAX + 1] = {
	[NSGUARD_A_RANGE_MIN] = { .type = NLA_U32, },
	[NSGUARD_A_RANGE_MAX] = { .type = NLA_U32, },
};

const struct nla_policy nsguard_request_nl_policy[NSGUARD_A_REQUEST_OPENER_UID + 1] = {
	[NSGUARD_A_REQUEST_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_REQUEST_OP] = NLA_POLICY_MAX(NLA_U32, 5),
	[NSGUARD_A_REQUEST_PID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_TARGET_PID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_UID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_EUID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_AUID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_GID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_USERNS] = NLA_POLICY_MAX(NLA_U32, 1),
	[NSGUARD_A_REQUEST_CAP] = { .type = NLA_U64, },
	[NSGUARD_A_REQUEST_CGROUP] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_EXE] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_NS] = NLA_POLICY_NESTED(nsguard_ns_nl_policy),
	[NSGUARD_A_REQUEST_TYPE] = NLA_POLICY_MAX(NLA_U32, 7),
	[NSGUARD_A_REQUEST_TARGET] = NLA_POLICY_NESTED(nsguard_ns_nl_policy),
	[NSGUARD_A_REQUEST_FROM] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_TO] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_THREAD] = { .type = NLA_FLAG, },
	[NSGUARD_A_REQUEST_MASK] = { .type = NLA_BINARY, },
	[NSGUARD_A_REQUEST_EFFECTIVE_MASK] = { .type = NLA_BINARY, },
	[NSGUARD_A_REQUEST_WHO] = NLA_POLICY_MAX(NLA_U32, 1),
	[NSGUARD_A_REQUEST_TARGET_UID] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_TARGET_CGROUP] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_TARGET_EXE] = { .type = NLA_NUL_STRING, .len = NSGUARD_PATH_MAX, },
	[NSGUARD_A_REQUEST_TARGET_OWNER] = { .type = NLA_U32, },
	[NSGUARD_A_REQUEST_OPENER_UID] = { .type = NLA_U32, },
};

const struct nla_policy nsguard_rule_nl_policy[NSGUARD_A_RULE_SAME_DELEGATION + 1] = {
	[NSGUARD_A_RULE_HANDLE] = { .type = NLA_U64, },
	[NSGUARD_A_RULE_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_RULE_VERDICT] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_RULE_PRIORITY] = { .type = NLA_S32, },
	[NSGUARD_A_RULE_COMMENT] = { .type = NLA_NUL_STRING, .len = NSGUARD_COMMENT_MAX, },
	[NSGUARD_A_RULE_DRY_RUN] = { .type = NLA_FLAG, },
	[NSGUARD_A_RULE_HITS] = { .type = NLA_U64, },
	[NSGUARD_A_RULE_STALE] = { .type = NLA_FLAG, },
	[NSGUARD_A_RULE_OP] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TYPE] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TARGET] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_FROM] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TO] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_LEAVING] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_CPUS] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_EFFECTIVE_CPUS] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_WHO] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TARGET_UID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TARGET_EXE] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TARGET_CGROUP] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_UID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_GID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_AUID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_PID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_EXE] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_CGROUP] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_IN_NS] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_SANDBOX] = { .type = NLA_NUL_STRING, .len = NSGUARD_SANDBOX_NAME_MAX, },
	[NSGUARD_A_RULE_THREADS] = { .type = NLA_FLAG, },
	[NSGUARD_A_RULE_EUID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_USERNS] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_CAP] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_TARGET_OWNER] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_OPENER_UID] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_MOVES] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
	[NSGUARD_A_RULE_SAME_DELEGATION] = NLA_POLICY_NESTED(nsguard_match_nl_policy),
};

const struct nla_policy nsguard_sandbox_nl_policy[NSGUARD_A_SANDBOX_STALE + 1] = {
	[NSGUARD_A_SANDBOX_NAME] = { .type = NLA_NUL_STRING, .len = NSGUARD_SANDBOX_NAME_MAX, },
	[NSGUARD_A_SANDBOX_NS] = NLA_POLICY_NESTED(nsguard_ns_nl_policy),
	[NSGUARD_A_SANDBOX_PID] = { .type = NLA_U32, },
	[NSGUARD_A_SANDBOX_STALE] = { .type = NLA_FLAG, },
};

const struct nla_policy nsguard_set_nl_policy[NSGUARD_A_SET_PAD + 1] = {
	[NSGUARD_A_SET_NAME] = { .type = NLA_NUL_STRING, .len = NSGUARD_SET_NAME_MAX, },
	[NSGUARD_A_SET_TYPE] = NLA_POLICY_MAX(NLA_U32, 3),
	[NSGUARD_A_SET_RANGE] = NLA_POLICY_NESTED(nsguard_range_nl_policy),
	[NSGUARD_A_SET_ELEMENTS] = { .type = NLA_U32, },
	[NSGUARD_A_SET_BYTES] = { .type = NLA_U64, },
	[NSGUARD_A_SET_TERSE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_RULE_GET - dump */
static const struct nla_policy nsguard_rule_get_nl_policy[NSGUARD_A_TABLE + 1] = {
	[NSGUARD_A_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
};

/* NSGUARD_CMD_RULE_ADD - do */
static const struct nla_policy nsguard_rule_add_nl_policy[NSGUARD_A_RULE + 1] = {
	[NSGUARD_A_RULE] = NLA_POLICY_NESTED(nsguard_rule_nl_policy),
};

/* NSGUARD_CMD_RULE_DEL - do */
static const struct nla_policy nsguard_rule_del_nl_policy[NSGUARD_A_HANDLE + 1] = {
	[NSGUARD_A_HANDLE] = { .type = NLA_U64, },
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_RULE_FLUSH - do */
static const struct nla_policy nsguard_rule_flush_nl_policy[NSGUARD_A_FORCE + 1] = {
	[NSGUARD_A_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_MODE_SET - do */
static const struct nla_policy nsguard_mode_set_nl_policy[NSGUARD_A_FORCE + 1] = {
	[NSGUARD_A_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_MODE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_DEFAULT_SET - do */
static const struct nla_policy nsguard_default_set_nl_policy[NSGUARD_A_FORCE + 1] = {
	[NSGUARD_A_TABLE] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_OP] = NLA_POLICY_MAX(NLA_U32, 5),
	[NSGUARD_A_VERDICT] = NLA_POLICY_MAX(NLA_U32, 2),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_TX_BEGIN - do */
static const struct nla_policy nsguard_tx_begin_nl_policy[NSGUARD_A_GENERATION + 1] = {
	[NSGUARD_A_GENERATION] = { .type = NLA_U64, },
};

/* NSGUARD_CMD_TX_COMMIT - do */
static const struct nla_policy nsguard_tx_commit_nl_policy[NSGUARD_A_CONFIRM + 1] = {
	[NSGUARD_A_GENERATION] = { .type = NLA_U64, },
	[NSGUARD_A_CONFIRM] = { .type = NLA_U32, },
};

/* NSGUARD_CMD_EVENT_GET - dump */
static const struct nla_policy nsguard_event_get_nl_policy[NSGUARD_A_LAST + 1] = {
	[NSGUARD_A_LAST] = { .type = NLA_U32, },
};

/* NSGUARD_CMD_SANDBOX_ADD - do */
static const struct nla_policy nsguard_sandbox_add_nl_policy[NSGUARD_A_SANDBOX + 1] = {
	[NSGUARD_A_SANDBOX] = NLA_POLICY_NESTED(nsguard_sandbox_nl_policy),
};

/* NSGUARD_CMD_SANDBOX_DEL - do */
static const struct nla_policy nsguard_sandbox_del_nl_policy[NSGUARD_A_SANDBOX + 1] = {
	[NSGUARD_A_SANDBOX] = NLA_POLICY_NESTED(nsguard_sandbox_nl_policy),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_RULE_TEST - do */
static const struct nla_policy nsguard_rule_test_nl_policy[NSGUARD_A_REQUEST + 1] = {
	[NSGUARD_A_REQUEST] = NLA_POLICY_NESTED(nsguard_request_nl_policy),
};

/* NSGUARD_CMD_CONFIRM - do */
static const struct nla_policy nsguard_confirm_nl_policy[NSGUARD_A_GENERATION + 1] = {
	[NSGUARD_A_GENERATION] = { .type = NLA_U64, },
};

/* NSGUARD_CMD_SET_GET - dump */
static const struct nla_policy nsguard_set_get_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
};

/* NSGUARD_CMD_SET_ADD - do */
static const struct nla_policy nsguard_set_add_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
};

/* NSGUARD_CMD_SET_DEL - do */
static const struct nla_policy nsguard_set_del_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
};

/* NSGUARD_CMD_SET_FLUSH - do */
static const struct nla_policy nsguard_set_flush_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_ELEMENT_ADD - do */
static const struct nla_policy nsguard_element_add_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
};

/* NSGUARD_CMD_ELEMENT_DEL - do */
static const struct nla_policy nsguard_element_del_nl_policy[NSGUARD_A_SET + 1] = {
	[NSGUARD_A_SET] = NLA_POLICY_NESTED(nsguard_set_nl_policy),
	[NSGUARD_A_FORCE] = { .type = NLA_FLAG, },
};

/* NSGUARD_CMD_ROLLBACK - do */
static const struct nla_policy nsguard_rollback_nl_policy[NSGUARD_A_GENERATION + 1] = {
	[NSGUARD_A_GENERATION] = { .type = NLA_U64, },
};

/* Ops table for nsguard */
const struct genl_ops nsguard_nl_ops[23] = {
	{
		.cmd	= NSGUARD_CMD_STATUS_GET,
		.doit	= nsguard_nl_status_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_RULE_GET,
		.start		= nsguard_nl_rule_get_start,
		.dumpit		= nsguard_nl_rule_get_dumpit,
		.done		= nsguard_nl_rule_get_done,
		.policy		= nsguard_rule_get_nl_policy,
		.maxattr	= NSGUARD_A_TABLE,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NSGUARD_CMD_RULE_ADD,
		.doit		= nsguard_nl_rule_add_doit,
		.policy		= nsguard_rule_add_nl_policy,
		.maxattr	= NSGUARD_A_RULE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_RULE_DEL,
		.doit		= nsguard_nl_rule_del_doit,
		.policy		= nsguard_rule_del_nl_policy,
		.maxattr	= NSGUARD_A_HANDLE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_RULE_FLUSH,
		.doit		= nsguard_nl_rule_flush_doit,
		.policy		= nsguard_rule_flush_nl_policy,
		.maxattr	= NSGUARD_A_FORCE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_MODE_SET,
		.doit		= nsguard_nl_mode_set_doit,
		.policy		= nsguard_mode_set_nl_policy,
		.maxattr	= NSGUARD_A_FORCE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_DEFAULT_SET,
		.doit		= nsguard_nl_default_set_doit,
		.policy		= nsguard_default_set_nl_policy,
		.maxattr	= NSGUARD_A_FORCE,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_TX_BEGIN,
		.doit		= nsguard_nl_tx_begin_doit,
		.policy		= nsguard_tx_begin_nl_policy,
		.maxattr	= NSGUARD_A_GENERATION,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_TX_COMMIT,
		.doit		= nsguard_nl_tx_commit_doit,
		.policy		= nsguard_tx_commit_nl_policy,
		.maxattr	= NSGUARD_A_CONFIRM,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= NSGUARD_CMD_TX_ABORT,
		.doit	= nsguard_nl_tx_abort_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_EVENT_GET,
		.start		= nsguard_nl_event_get_start,
		.dumpit		= nsguard_nl_event_get_dumpit,
		.policy		= nsguard_event_get_nl_policy,
		.maxattr	= NSGUARD_A_LAST,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= NSGUARD_CMD_SANDBOX_GET,
		.start	= nsguard_nl_sandbox_get_start,
		.dumpit	= nsguard_nl_sandbox_get_dumpit,
		.done	= nsguard_nl_sandbox_get_done,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NSGUARD_CMD_SANDBOX_ADD,
		.doit		= nsguard_nl_sandbox_add_doit,
		.policy		= nsguard_sandbox_add_nl_policy,
		.maxattr	= NSGUARD_A_SANDBOX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_SANDBOX_DEL,
		.doit		= nsguard_nl_sandbox_del_doit,
		.policy		= nsguard_sandbox_del_nl_policy,
		.maxattr	= NSGUARD_A_SANDBOX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_RULE_TEST,
		.doit		= nsguard_nl_rule_test_doit,
		.policy		= nsguard_rule_test_nl_policy,
		.maxattr	= NSGUARD_A_REQUEST,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_CONFIRM,
		.doit		= nsguard_nl_confirm_doit,
		.policy		= nsguard_confirm_nl_policy,
		.maxattr	= NSGUARD_A_GENERATION,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_SET_GET,
		.start		= nsguard_nl_set_get_start,
		.dumpit		= nsguard_nl_set_get_dumpit,
		.done		= nsguard_nl_set_get_done,
		.policy		= nsguard_set_get_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= NSGUARD_CMD_SET_ADD,
		.doit		= nsguard_nl_set_add_doit,
		.policy		= nsguard_set_add_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_SET_DEL,
		.doit		= nsguard_nl_set_del_doit,
		.policy		= nsguard_set_del_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_SET_FLUSH,
		.doit		= nsguard_nl_set_flush_doit,
		.policy		= nsguard_set_flush_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_ELEMENT_ADD,
		.doit		= nsguard_nl_element_add_doit,
		.policy		= nsguard_element_add_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_ELEMENT_DEL,
		.doit		= nsguard_nl_element_del_doit,
		.policy		= nsguard_element_del_nl_policy,
		.maxattr	= NSGUARD_A_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= NSGUARD_CMD_ROLLBACK,
		.doit		= nsguard_nl_rollback_doit,
		.policy		= nsguard_rollback_nl_policy,
		.maxattr	= NSGUARD_A_GENERATION,
		.flags		= GENL_CMD_CAP_DO,
	},
};
