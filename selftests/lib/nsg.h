/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second client of nsguard, on libmnl, that shares no code with nsguardctl: every
 * command, rules as data, raw messages, answers with the kernel's sentence and the
 * attribute it points at. Knows nothing of guarded operations, see ops.h.
 */
#ifndef NSG_TEST_NSG_H
#define NSG_TEST_NSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <libmnl/libmnl.h>
#include <linux/nsguard.h>

#define NSG_BIT(n)	(1u << (n))
#define NSG_VALUES	3	/* values of one match that a struct nsg_match can hold */
#define NSG_MATCHES	6
#define NSG_BUF		32768

/**
 * struct nsg - a connection and its last answer
 * @error: errno of the last command, 0 when it was done
 * @text: the kernel's sentence, empty when there was none
 * @offset: of the attribute at fault from the start of the message, 0 when none was named
 * @missing: the attribute the kernel misses (NLMSGERR_ATTR_MISS_TYPE), 0 when none
 * @cookie: what a refusal told beside its sentence (a u64), 0 when nothing
 * @handle: that the last command answered with, or 0
 * @generation: the same
 * @intr: the last dump was flagged as inconsistent
 * @watch: socket that gets the events, or NULL; where the kernel has no guarded group
 *	they are asked for with event-get
 */
struct nsg {
	struct mnl_socket *nl;
	unsigned int port;
	uint32_t seq;
	uint16_t family;
	uint32_t group;

	int error;
	char text[256];
	uint32_t offset;
	uint32_t missing;
	uint64_t cookie;
	uint64_t handle;
	uint64_t generation;
	bool intr;

	struct mnl_socket *watch;
	uint64_t seen;
};

/* Return: 0 or -errno (-ENOENT: no such family, the module is not loaded). */
int nsg_open(struct nsg *g);
void nsg_close(struct nsg *g);

enum nsg_kind { NSG_NONE, NSG_BITS, NSG_RANGE, NSG_PATH, NSG_NS, NSG_HOST, NSG_MASK, NSG_RESET,
		NSG_SET };

/**
 * struct nsg_match - one key of a rule; written with the M_ macros
 * @key: NSGUARD_A_RULE_*
 * @relation: enum nsguard_relation + 1, 0 for none
 * @named: bit set of NSGUARD_A_NS_*, words that stand for namespaces
 * @mask: CPUs; @bytes long
 * @set: name of a set
 */
struct nsg_match {
	uint8_t key;
	enum nsg_kind kind;
	bool negated;
	uint8_t relation;
	uint32_t bits;
	uint32_t range[NSG_VALUES][2];
	uint8_t ranges;
	const char *path[NSG_VALUES];
	int fd[NSG_VALUES];
	uint8_t fds;
	uint16_t named;
	uint64_t mask;
	uint8_t bytes;
	const char *set;
};

#define M_BITS(k, b)	{ .key = (k), .kind = NSG_BITS, .bits = (b) }
#define M_OP(op)	M_BITS(NSGUARD_A_RULE_OP, NSG_BIT(op))
#define M_TYPE(b)	M_BITS(NSGUARD_A_RULE_TYPE, b)
#define M_WHO(w)	M_BITS(NSGUARD_A_RULE_WHO, NSG_BIT(w))
#define M_RANGE(k, a, b) { .key = (k), .kind = NSG_RANGE, .range = { { a, b } }, .ranges = 1 }
#define M_UID(a, b)	M_RANGE(NSGUARD_A_RULE_UID, a, b)
#define M_PID(a, b)	M_RANGE(NSGUARD_A_RULE_PID, a, b)
#define M_PATH(k, r, p)	{ .key = (k), .kind = NSG_PATH, .relation = (r) + 1, .path = { p } }
#define M_EXE(k, p)	{ .key = (k), .kind = NSG_PATH, .path = { p } }
#define M_UNDER(k, p)	M_PATH(k, NSGUARD_RELATION_UNDER, p)
#define M_IS(k, p)	M_PATH(k, NSGUARD_RELATION_IS, p)
#define M_FD(k, f)	{ .key = (k), .kind = NSG_NS, .fd = { f }, .fds = 1 }
#define M_HOST(k)	{ .key = (k), .kind = NSG_HOST }
#define M_NAMED(k, w)	{ .key = (k), .kind = NSG_NS, .named = NSG_BIT(NSGUARD_A_NS_##w) }
#define M_TARGET(w)	M_NAMED(NSGUARD_A_RULE_TARGET, w)
#define M_MASK(k, r, m)	\
	{ .key = (k), .kind = NSG_MASK, .relation = (r) + 1, .mask = (m), .bytes = 8 }
#define M_CPUS(r, m)	M_MASK(NSGUARD_A_RULE_CPUS, NSGUARD_RELATION_##r, m)
#define M_RESET		{ .key = NSGUARD_A_RULE_CPUS, .kind = NSG_RESET, \
			  .relation = NSGUARD_RELATION_RESET + 1 }

#define M_SET(k, s)	{ .key = NSGUARD_A_RULE_##k, .kind = NSG_SET, .set = (s) }
#define M_NOT_SET(k, s)	\
	{ .key = NSGUARD_A_RULE_##k, .kind = NSG_SET, .set = (s), .negated = true }

/**
 * struct nsg_rule - a rule to be added
 * @comment: or NULL
 * @sandbox: for verdict lock, else NULL
 * @m: ends at the first one of kind NSG_NONE
 */
struct nsg_rule {
	enum nsguard_table table;
	enum nsguard_verdict verdict;
	int32_t priority;
	bool dry_run;
	const char *comment;
	const char *sandbox;
	struct nsg_match m[NSG_MATCHES];
};

#define NSG_RULE(t, v, ...) \
	(&(struct nsg_rule){ .table = NSGUARD_TABLE_##t, .verdict = NSGUARD_VERDICT_##v, \
			     .m = { __VA_ARGS__ } })
#define DENY(t, ...)	NSG_RULE(t, DENY, __VA_ARGS__)
#define ALLOW(t, ...)	NSG_RULE(t, ALLOW, __VA_ARGS__)

/* All of these return 0 or -errno and leave the answer in *@g. */
int nsg_rule_del(struct nsg *g, uint64_t handle);
int nsg_flush(struct nsg *g, int table);			/* -1: all */
int nsg_mode(struct nsg *g, enum nsguard_table table, enum nsguard_mode mode, bool force);
int nsg_default(struct nsg *g, enum nsguard_table table, int op, enum nsguard_verdict verdict,
		bool force);					/* @op -1: all */
int nsg_tx_begin(struct nsg *g);
int nsg_tx_commit(struct nsg *g);
int nsg_tx_abort(struct nsg *g);
int nsg_tx_commit_on_trial(struct nsg *g, uint32_t seconds);	/* taken back unless confirmed */
int nsg_confirm(struct nsg *g);
/*
 * @fn in a client of its own, which is killed when that is done; false: it could not. Return: 0, or
 * -errno when it did not come so far.
 */
int nsg_killed_after(bool (*fn)(struct nsg *g));
/* Rolls @g's open transaction back, if any, flushes, and restores defaults and modes. */
int nsg_reset(struct nsg *g);

/* Return: the handle, or 0 with the answer in *@g. */
uint64_t nsg_add(struct nsg *g, const struct nsg_rule *rule);

/**
 * struct nsg_msg - a message being built by hand
 *
 * Starts with nsg_msg(); attributes are put with libmnl on @nlh.
 */
struct nsg_msg {
	union {
		char buf[NSG_BUF];
		struct nlmsghdr nlh;
	};
};

struct nlmsghdr *nsg_msg(struct nsg *g, struct nsg_msg *m, uint8_t cmd, uint16_t flags);
/* A match as an attribute. */
void nsg_put_match(struct nlmsghdr *nlh, const struct nsg_match *m);
/* Opens NSGUARD_A_RULE with table and verdict; end it with mnl_attr_nest_end(). */
struct nlattr *nsg_put_rule(struct nlmsghdr *nlh, const struct nsg_rule *rule);
/* Sends and takes all answers; @cb sees the message of each, may be NULL. Return: 0 or -errno. */
int nsg_talk(struct nsg *g, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg);
/* Type of the attribute @g->offset points at in @nlh, innermost; -1 when there is none. */
int nsg_fault(const struct nsg *g, const struct nlmsghdr *nlh);

/**
 * struct nsg_info - a rule as it is listed
 * @keys: bit set of the NSGUARD_A_RULE_* it has
 */
struct nsg_info {
	uint64_t handle;
	uint64_t hits;
	uint32_t table;
	uint32_t verdict;
	int32_t priority;
	bool dry_run;
	bool stale;
	char comment[NSGUARD_COMMENT_MAX + 1];
	uint64_t keys;
};

/* Lists rules of @table (-1: all). Return: how many there are (up to @max in @info), or -errno. */
int nsg_list(struct nsg *g, int table, struct nsg_info *info, unsigned int max);
/* Return: found? */
bool nsg_find(struct nsg *g, uint64_t handle, struct nsg_info *info);
/* Hits of a rule, or ~0. */
uint64_t nsg_hits(struct nsg *g, uint64_t handle);

struct nsg_table {
	uint32_t mode;
	uint32_t fallback[8];
	uint32_t rules;
	uint64_t decisions;
	uint64_t denied;
	uint64_t would_deny;
	uint32_t coverage;
};

struct nsg_path {
	char name[32];
	char function[48];
	bool covered;
	bool detached;
	uint32_t table;
	uint64_t hits;
};

struct nsg_limit {
	char name[32];
	uint32_t value;
};

struct nsg_status {
	char version[32];
	uint64_t generation;
	uint32_t rules;
	uint32_t stale;
	uint64_t lost;
	uint32_t ceiling;
	uint32_t transactions;
	bool trial;
	uint32_t left;		/* seconds, of a change on trial */
	uint32_t sets;
	uint32_t elements;
	uint64_t set_bytes;
	struct nsg_table table[3];
	unsigned int paths;
	struct nsg_path path[40];
	unsigned int limits;
	struct nsg_limit limit[32];
};

int nsg_status(struct nsg *g, struct nsg_status *s);
/* Is the path covered? */
bool nsg_covers(struct nsg *g, const char *path);

/**
 * struct nsg_event - an event as it arrived
 * @has: bit set of the NSGUARD_A_EVENT_* that were there
 * @mask: the first 64 CPUs
 */
struct nsg_event {
	uint64_t has;
	uint64_t seq, lost, time;
	uint32_t table, op, verdict, mode, error;
	uint64_t handle;
	char function[64];
	uint32_t pid, tid, uid, auid;
	char comm[64];
	char exe[512];
	char cgroup[NSGUARD_PATH_MAX + 1];
	uint32_t ns_type, ns_inum;
	uint64_t from_id, to_id;
	char from[NSGUARD_PATH_MAX + 1];
	char to[NSGUARD_PATH_MAX + 1];
	uint32_t target_pid;
	uint64_t mask, effective;
	char sandbox[NSGUARD_SANDBOX_NAME_MAX + 1];
	uint64_t rollback;
};

#define NSG_HAS(e, what)	((e)->has >> NSGUARD_A_EVENT_##what & 1)

/* From here on events are kept for nsg_event_wait(). Return: 0 or -errno. */
int nsg_watch(struct nsg *g);
/*
 * Waits at most @ms milliseconds for an event by process @pid (0: any) of rule @handle (~0: any,
 * 0: the default); others are dropped. Return: did it come?
 */
bool nsg_event_wait(struct nsg *g, uint64_t handle, pid_t pid, int ms, struct nsg_event *e);
/* The newest @last events, oldest first. Return: how many there were, or -errno. */
int nsg_event_get(struct nsg *g, uint32_t last, struct nsg_event *e, unsigned int max);

/* nsg-parse.c: a message of ours into structures. */
int nsg_parse_info(const struct nlmsghdr *nlh, struct nsg_info *info);
int nsg_parse_status(const struct nlmsghdr *nlh, struct nsg_status *s);
int nsg_parse_event(const struct nlmsghdr *nlh, struct nsg_event *e);

#endif
