// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel that brings the points of kernel-glue/patches or of the posted series along: which
 * function stands for which path, that one request is one decision there, and that a refusal leaves
 * nothing behind. What the paths guard in general is proved elsewhere; op cpuset is in cpuset.c.
 */
#include <linux/sched.h>
#include <sched.h>
#include <sys/socket.h>
#include "kselftest_harness.h"
#include "lib/cmd.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define REFUSED	64	/* calls in a row */

/* Does the kernel have this function? It need not be one that nsguard uses. */
static bool kernel_has(const char *function)
{
	struct cmd c = { 0 };
	char line[128];
	bool has;

	snprintf(line, sizeof(line), "grep -q ' %s$' /proc/kallsyms", function);
	has = cmd_line(&c, line) == 0;
	cmd_free(&c);
	return has;
}

/* What status says of a path; its name is empty when there is no such. */
static struct nsg_path path_of(struct nsg *g, const char *name)
{
	struct nsg_path none = { 0 };
	struct nsg_status s;

	if (nsg_status(g, &s))
		return none;
	for (unsigned int i = 0; i < s.paths; i++)
		if (!strcmp(s.path[i].name, name))
			return s.path[i];
	return none;
}

/* Where the kernel has the function, it is the one in use. One test: it takes long to look. */
TEST(native_functions)
{
	static const struct {
		const char *path;
		const char *function;
	} row[] = {
		{ "ns.enter.mnt", "bpf_lsm_namespace_install" },
		{ "ns.enter.uts", "bpf_lsm_namespace_install" },
		{ "ns.enter.ipc", "bpf_lsm_namespace_install" },
		{ "ns.enter.pid", "bpf_lsm_namespace_install" },
		{ "ns.enter.net", "bpf_lsm_namespace_install" },
		{ "ns.enter.user", "bpf_lsm_namespace_install" },
		{ "ns.enter.cgroup", "bpf_lsm_namespace_install" },
		{ "ns.enter.time", "bpf_lsm_namespace_install" },
		{ "ns.create", "bpf_lsm_namespace_alloc" },
		{ "ns.create.user", "bpf_lsm_namespace_alloc" },
		{ "ns.death", "bpf_lsm_namespace_free" },
		{ "cgroup.procs", "bpf_lsm_cgroup_attach" },
		{ "cgroup.threads", "bpf_lsm_cgroup_attach" },
		{ "clone3", "bpf_lsm_cgroup_attach" },
	};
	struct nsg g;

	if (!kernel_has("bpf_lsm_namespace_install"))
		SKIP(return, "stock kernel");
	nsg_setup(_metadata, &g);
	for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
		struct nsg_path p = path_of(&g, row[i].path);

		EXPECT_STREQ(row[i].path, p.name);
		EXPECT_TRUE(p.covered)
			TH_LOG("%s", row[i].path);
		EXPECT_STREQ(row[i].function, p.function)
			TH_LOG("%s", row[i].path);
	}
	nsg_teardown(_metadata, &g);
}

/* A v1 hierarchy has no point of its own on any kernel. */
TEST(native_v1_is_seen_elsewhere)
{
	struct nsg g;

	nsg_setup(_metadata, &g);
	EXPECT_STREQ("cgroup_attach_task", path_of(&g, "cgroup.v1").function);
	nsg_teardown(_metadata, &g);
}

/*
 * One request is one decision and one hit of its path, also where two attached functions see
 * it. On every kernel.
 */
FIXTURE(once)
{
	struct nsg g;
};

FIXTURE_VARIANT(once)
{
	struct op op;
	const char *path;
	enum nsguard_table table;
};

#define ONCE(name, p, t, ...) \
	FIXTURE_VARIANT_ADD(once, name) \
	{ .path = p, .table = NSGUARD_TABLE_##t, .op = { __VA_ARGS__ } }

/* clang-format off */
ONCE(unshare, "ns.create", NS, .kind = OP_UNSHARE, .types = CLONE_NEWUTS);
ONCE(unshare_user, "ns.create.user", NS, .kind = OP_UNSHARE, .types = CLONE_NEWUSER);
ONCE(clone3_uts, "ns.create", NS, .kind = OP_CLONE, .types = CLONE_NEWUTS);
ONCE(procs, "cgroup.procs", CGROUP, .kind = OP_PROCS, .to = TOP "/b");
ONCE(procs_other, "cgroup.procs", CGROUP, .kind = OP_PROCS, .to = TOP "/b", .other = true);
ONCE(clone3_into, "clone3", CGROUP, .kind = OP_CLONE_INTO, .to = TOP "/b");
ONCE(setaffinity, "setaffinity", AFFINITY, .kind = OP_AFFINITY, .mask = 1);
/* clang-format on */

FIXTURE_SETUP(once)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/b"));
	if (!nsg_covers(&self->g, variant->path))
		SKIP(return, "%s is not covered", variant->path);
}

FIXTURE_TEARDOWN(once)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* Who else moves or asks meanwhile would be counted too: there is nobody in the guest. */
TEST_F(once, is_decided)
{
	struct nsg_status before, after;
	uint64_t hits, handle;
	struct op_child c;

	handle = must_add(_metadata, &self->g,
			  &(struct nsg_rule){ .table = variant->table,
					      .verdict = NSGUARD_VERDICT_ALLOW,
					      .m = { M_UID(0, ~0u) } });
	ASSERT_EQ(0, op_start(&c, &variant->op));
	hits = path_of(&self->g, variant->path).hits;
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	op_go(&c);
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	EXPECT_EQ(before.table[variant->table].decisions + 1,
		  after.table[variant->table].decisions);
	EXPECT_EQ(hits + 1, path_of(&self->g, variant->path).hits);
	EXPECT_EQ(1, nsg_hits(&self->g, handle));
}

/* What all kernel stacks take, in KiB: a child that is not freed keeps its own. */
static unsigned long stacks(void)
{
	struct cmd c = { 0 };
	unsigned long kib = 0;

	if (!cmd_line(&c, "sed -n 's/^KernelStack: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo"))
		kib = strtoul(c.out, NULL, 10);
	cmd_free(&c);
	return kib;
}

FIXTURE(newborn)
{
	struct nsg g;
};

FIXTURE_SETUP(newborn)
{
	nsg_setup(_metadata, &self->g);
	if (strcmp(path_of(&self->g, "clone3").function, "bpf_lsm_cgroup_attach"))
		SKIP(return, "stock kernel");
	cg_remove(TOP);
	ASSERT_EQ(0, cg_make(TOP "/b"));
}

FIXTURE_TEARDOWN(newborn)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* clone3() into a cgroup: whom it is about is the child, with a number of its own. */
TEST_F(newborn, is_the_task)
{
	const struct op op = { .kind = OP_CLONE_INTO, .to = TOP "/b" };
	struct nsg_event e;

	prove(_metadata, &self->g,
	      DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, TOP "/b"),
		   M_RANGE(NSGUARD_A_RULE_TARGET_UID, 0, 0)), &op, true, true, &e);
	EXPECT_STREQ("bpf_lsm_cgroup_attach", e.function);
	EXPECT_NE(0, e.target_pid);
	EXPECT_NE(e.pid, e.target_pid);
	EXPECT_NE(e.tid, e.target_pid);
	EXPECT_TRUE(NSG_HAS(&e, THREADGROUP));
	EXPECT_STREQ(TOP "/b", e.to);
	/* Nobody has that number. */
	EXPECT_EQ(-1, kill(e.target_pid, 0));
	EXPECT_EQ(ESRCH, errno);
}

TEST_F(newborn, leaves_nothing)
{
	const struct op op = { .kind = OP_CLONE_INTO, .to = TOP "/b" };
	unsigned long before = stacks();
	char text[64];

	EXPECT_LT(0, before);
	must_add(_metadata, &self->g, DENY(CGROUP, M_UNDER(NSGUARD_A_RULE_TO, TOP "/b")));
	for (int i = 0; i < REFUSED; i++)
		EXPECT_OP(EPERM, &op);
	/* At least 8 KiB each, had they stayed. A worker or two of the kernel may have come. */
	EXPECT_LT(stacks(), before + REFUSED * 8 / 2);
	ASSERT_EQ(0, file_read(CG2 TOP "/b/cgroup.procs", text, sizeof(text)));
	EXPECT_STREQ("", text);
	cg_remove(TOP);
	EXPECT_EQ(-1, access(CG2 TOP, F_OK));
}

FIXTURE(alloc)
{
	struct nsg g;
};

FIXTURE_VARIANT(alloc)
{
	enum nsguard_nstype type;
};

#define ALLOC(name, t) \
	FIXTURE_VARIANT_ADD(alloc, name) { .type = NSGUARD_NSTYPE_##t }

/* clang-format off */
ALLOC(mnt, MNT);
ALLOC(uts, UTS);
ALLOC(ipc, IPC);
ALLOC(pid, PID);
ALLOC(net, NET);
ALLOC(user, USER);
ALLOC(cgroup, CGROUP);
ALLOC(time, TIME);
/* clang-format on */

FIXTURE_SETUP(alloc)
{
	nsg_setup(_metadata, &self->g);
	if (strcmp(path_of(&self->g, "ns.create").function, "bpf_lsm_namespace_alloc"))
		SKIP(return, "stock kernel");
}

FIXTURE_TEARDOWN(alloc)
{
	nsg_teardown(_metadata, &self->g);
}

/*
 * In a user namespace of its own, which may have one namespace of @type: asks for that many times.
 * Then waits for word, and asks once more. Return: errno of the last time; 255 when there was no
 * refusal before.
 */
static int ask_again(enum nsguard_nstype type, int fd)
{
	char path[64], word;

	snprintf(path, sizeof(path), "/proc/sys/user/max_%s_namespaces", ns_name[type]);
	if (unshare(CLONE_NEWUSER) || file_write("/proc/self/uid_map", "0 0 1") ||
	    file_write("/proc/self/setgroups", "deny") ||
	    file_write("/proc/self/gid_map", "0 0 1") || file_write(path, "1"))
		return 254;
	for (int i = 0; i < REFUSED; i++)
		if (!unshare(ns_flag[type]) || errno != EPERM)
			return 255;
	if (write(fd, "", 1) != 1 || read(fd, &word, 1) != 1)
		return 253;
	return unshare(ns_flag[type]) ? errno : 0;
}

/* A refusal by the last check gives back what the first ones took: the count of the limit. */
TEST_F(alloc, refusal_leaves_no_count)
{
	uint64_t handle;
	int fd[2], status;
	char word;
	pid_t pid;

	/* Its own user namespace it may make. */
	handle = must_add(_metadata, &self->g,
			  DENY(NS, M_OP(NSGUARD_OP_CREATE), M_TYPE(NSG_BIT(variant->type)),
			       { .key = NSGUARD_A_RULE_IN_NS, .kind = NSG_HOST, .negated = true }));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(fd[0]);
		_exit(ask_again(variant->type, fd[1]));
	}
	close(fd[1]);
	if (read(fd[0], &word, 1) == 1) {
		EXPECT_EQ(REFUSED, nsg_hits(&self->g, handle));
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
		EXPECT_EQ(1, write(fd[0], "", 1));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status))
		TH_LOG("%s", strerror(WEXITSTATUS(status)));
	close(fd[0]);
}

TEST_HARNESS_MAIN
