// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several namespaces made by one call (S2): a refused one refuses the call as a whole, whichever
 * it is; and what makes none is never judged as if it did. One type alone is ns_create's.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/sched.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define ALL	0xff
#define CREATE	M_OP(NSGUARD_OP_CREATE)

FIXTURE(ns_create_flags)
{
	struct nsg g;
	unsigned int makes;	/* types this call can make, bits of enum nsguard_nstype */
};

FIXTURE_VARIANT(ns_create_flags)
{
	enum op_kind kind;
};

FIXTURE_VARIANT_ADD(ns_create_flags, unshare) { .kind = OP_UNSHARE };
FIXTURE_VARIANT_ADD(ns_create_flags, clone) { .kind = OP_CLONE_OLD };
FIXTURE_VARIANT_ADD(ns_create_flags, clone3) { .kind = OP_CLONE };

FIXTURE_SETUP(ns_create_flags)
{
	nsg_setup(_metadata, &self->g);
	if (!nsg_covers(&self->g, "ns.create") || !nsg_covers(&self->g, "ns.create.user"))
		SKIP(return, "ns.create is not covered");
	/* A bit of clone's signal number is what asks the others for a time namespace. */
	self->makes = variant->kind == OP_CLONE_OLD ? ALL & ~NSG_BIT(NSGUARD_NSTYPE_TIME) : ALL;
}

FIXTURE_TEARDOWN(ns_create_flags)
{
	nsg_teardown(_metadata, &self->g);
}

static uint64_t flags_of(unsigned int types)
{
	uint64_t flags = 0;

	for (int t = 0; t < 8; t++)
		if (types & NSG_BIT(t))
			flags |= ns_flag[t];
	return flags;
}

/* The call, without the watch that op_run() keeps. Return: errno, or 0. */
static int call(enum op_kind kind, unsigned int types)
{
	struct clone_args args = { .flags = flags_of(types), .exit_signal = SIGCHLD };
	pid_t pid;

	if (kind == OP_UNSHARE)
		return unshare(flags_of(types)) ? errno : 0;
	if (kind == OP_CLONE)
		pid = syscall(SYS_clone3, &args, sizeof(args));
	else
		pid = syscall(SYS_clone, flags_of(types) | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

/* Is @types of @makes, and one type, a pair, all but one, or all of it? */
static bool is_tried(unsigned int types, unsigned int makes)
{
	int n = __builtin_popcount(types);

	return !(types & ~makes) && (n <= 2 || n >= __builtin_popcount(makes) - 1);
}

/* In a child: such sets with @type in them. Return: the first that was not refused, or 0. */
static unsigned int sets_with(enum op_kind kind, unsigned int makes, int type)
{
	char before[OP_STATE], after[OP_STATE];
	const struct op op = { .kind = OP_UNSHARE };
	int status;
	pid_t pid;

	pid = fork();
	if (pid) {
		waitpid(pid, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
	}
	op_state(&op, 0, before);
	for (unsigned int types = 1; types <= ALL; types++) {
		if (!is_tried(types, makes) || !(types & NSG_BIT(type)))
			continue;
		if (call(kind, types) != EPERM)
			_exit(types);
	}
	op_state(&op, 0, after);
	/* And no child was made either. */
	_exit(strcmp(before, after) || wait(NULL) != -1 || errno != ECHILD ? NSG_BIT(type) : 0);
}

TEST_F_TIMEOUT(ns_create_flags, one_refused_refuses_all, 60)
{
	struct nsg_status before, after;
	uint64_t handle;
	int n = 0;

	for (unsigned int types = 1; types <= ALL; types++)
		n += is_tried(types, self->makes) && types & 1;
	for (int t = 0; t < 8; t++) {
		if (!(self->makes & NSG_BIT(t)))
			continue;
		handle = must_add(_metadata, &self->g, DENY(NS, CREATE, M_TYPE(NSG_BIT(t))));
		ASSERT_EQ(0, nsg_status(&self->g, &before));
		EXPECT_EQ(0, sets_with(variant->kind, self->makes, t))
			TH_LOG("types with %s", ns_name[t]);
		ASSERT_EQ(0, nsg_status(&self->g, &after));
		/* Each call was refused once, by the one type. */
		EXPECT_EQ(n, nsg_hits(&self->g, handle));
		EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied + n,
			  after.table[NSGUARD_TABLE_NS].denied);
		EXPECT_EQ(0, nsg_rule_del(&self->g, handle));
	}
}

/* First, middle and last of what the kernel makes, among all others; and user, made before all. */
TEST_F(ns_create_flags, proof)
{
	static const enum nsguard_nstype types[] = {
		NSGUARD_NSTYPE_MNT, NSGUARD_NSTYPE_PID, NSGUARD_NSTYPE_NET, NSGUARD_NSTYPE_USER,
	};
	struct op op = { .kind = variant->kind, .types = flags_of(self->makes) };
	struct nsg_event e;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		prove(_metadata, &self->g, DENY(NS, CREATE, M_TYPE(NSG_BIT(types[i]))), &op, true,
		      true, &e);
		EXPECT_EQ(NSGUARD_OP_CREATE, e.op);
		EXPECT_EQ(types[i], e.ns_type);
	}
}

/* Seven types are made under a rule on the eighth. */
TEST_F(ns_create_flags, without_the_refused)
{
	struct op op = { .kind = variant->kind };

	for (int t = 0; t < 8; t++) {
		op.types = flags_of(self->makes & ~NSG_BIT(t));
		PROVE_PASSES(DENY(NS, CREATE, M_TYPE(NSG_BIT(t))), &op);
	}
}

/* What one type is allowed does not help the others. */
TEST_F(ns_create_flags, allow_is_for_its_type)
{
	struct nsg_rule allow = *ALLOW(NS, CREATE, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS)));
	struct op op = { .kind = variant->kind, .types = CLONE_NEWUTS };

	allow.priority = -1;
	must_add(_metadata, &self->g, DENY(NS, CREATE));
	must_add(_metadata, &self->g, &allow);
	EXPECT_OP(0, &op);
	op.types = CLONE_NEWUTS | CLONE_NEWIPC;
	EXPECT_OP(EPERM, &op);
	op.types = CLONE_NEWUTS | CLONE_NEWUSER;
	EXPECT_OP(EPERM, &op);
}

/* Audit lets all of them through and reports each that would have been refused. */
TEST_F(ns_create_flags, audit)
{
	const struct op op = {
		.kind = variant->kind, .types = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET,
	};
	unsigned int seen = 0;
	struct nsg_event e;
	struct op_child c;
	uint64_t handle;

	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	handle = must_add(_metadata, &self->g,
			  DENY(NS, CREATE, M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS) |
						  NSG_BIT(NSGUARD_NSTYPE_NET))));
	c = op_run(&op);
	EXPECT_EQ(0, c.err);
	EXPECT_TRUE(c.changed);
	EXPECT_EQ(2, nsg_hits(&self->g, handle));
	for (int i = 0; i < 2; i++) {
		EXPECT_TRUE(nsg_event_wait(&self->g, handle, c.pid, PROOF_MS, &e));
		EXPECT_FALSE(NSG_HAS(&e, ENFORCED));
		seen |= NSG_BIT(e.ns_type);
	}
	EXPECT_EQ(NSG_BIT(NSGUARD_NSTYPE_UTS) | NSG_BIT(NSGUARD_NSTYPE_NET), seen);
}

/* Flags the kernel itself refuses keep its errno, and are no business of ours (H17). */
TEST_F(ns_create_flags, errno_of_the_kernel)
{
	static const uint64_t wrong[] = {
		CLONE_NEWUSER | CLONE_FS, CLONE_NEWNS | CLONE_FS, CLONE_NEWPID | CLONE_THREAD,
	};
	struct op op = { .kind = variant->kind };
	struct op_child c;
	uint64_t handle;

	handle = must_add(_metadata, &self->g, DENY(NS, CREATE));
	for (size_t i = 0; variant->kind != OP_UNSHARE && i < ARRAY_SIZE(wrong); i++) {
		op.types = wrong[i];
		c = op_run(&op);
		EXPECT_EQ(EINVAL, c.err)
			TH_LOG("flags %#llx", (unsigned long long)wrong[i]);
	}
	if (variant->kind == OP_UNSHARE) {
		op.types = CLONE_NEWUTS | CLONE_VFORK;
		c = op_run(&op);
		EXPECT_EQ(EINVAL, c.err);
	}
	EXPECT_EQ(0, nsg_hits(&self->g, handle));
	op.types = CLONE_NEWUTS;
	EXPECT_OP(EPERM, &op);
}

/* --- what makes no namespace --- */

static void *thread(void *arg)
{
	return arg;
}

static int vforks(void)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0)
		_exit(0);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

static int spawns(void)
{
	static char *const argv[] = { "true", NULL };
	static char *const env[] = { NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/usr/bin/true", NULL, NULL, argv, env))
		return 1;
	return waitpid(pid, &status, 0) != pid || status;
}

static int forks_and_executes(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execl("/usr/bin/true", "true", NULL);
		_exit(1);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid || status;
}

/* Every way to start something that programs use, glibc's clone3() among them. */
static int starts(void)
{
	const struct op plain = { .kind = OP_CLONE }, old = { .kind = OP_CLONE_OLD };
	const struct op bits = { .kind = OP_CLONE, .types = CLONE_FS | CLONE_FILES | CLONE_IO };
	pthread_t t;

	if (pthread_create(&t, NULL, thread, NULL) || pthread_join(t, NULL))
		return -1;
	if (vforks() || spawns() || system("true"))
		return -2;
	if (unshare(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM))
		return -3;
	return op_run(&plain).err || op_run(&old).err || op_run(&bits).err ? -4 : 0;
}

TEST(ns_create_flags_none)
{
	/* The children's time namespace was chosen before: a fork and an exec enter it. */
	const struct op time = { .kind = OP_UNSHARE, .types = CLONE_NEWTIME };
	struct nsg_status before, after;
	uint64_t handle;
	struct nsg g;
	int status;
	pid_t pid;

	nsg_setup(_metadata, &g);
	pid = fork();
	if (pid == 0) {
		bool timed = !unshare(CLONE_NEWTIME);

		raise(SIGSTOP);
		/* By vfork() not all kernels let it. */
		_exit(timed ? forks_and_executes() : 0);
	}
	waitpid(pid, &status, WUNTRACED);
	handle = must_add(_metadata, &g, DENY(NS, CREATE));
	ASSERT_EQ(0, nsg_status(&g, &before));
	EXPECT_EQ(0, starts());
	kill(pid, SIGCONT);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, nsg_status(&g, &after));
	EXPECT_EQ(0, nsg_hits(&g, handle));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].decisions,
		  after.table[NSGUARD_TABLE_NS].decisions);
	/* The rule stands all the same. */
	EXPECT_OP(EPERM, &time);
	nsg_teardown(_metadata, &g);
}

/* H11: setns installs its namespaces by way of the function that makes them. */
TEST(ns_create_flags_setns)
{
	struct op op = { .kind = OP_SETNS };
	struct ns_set ns;
	uint64_t handle;
	struct nsg g;

	nsg_setup(_metadata, &g);
	ASSERT_EQ(0, ns_set_make(&ns, flags_of(ALL)));
	handle = must_add(_metadata, &g, DENY(NS, CREATE));
	for (int t = 0; t < 8; t++) {
		op.fd = ns.fd[t];
		for (int named = 0; named < 2; named++) {
			op.types = named ? ns_flag[t] : 0;
			EXPECT_OP(0, &op);
		}
	}
	op.fd = ns.pidfd;
	op.types = flags_of(ALL & ~NSG_BIT(NSGUARD_NSTYPE_USER));
	EXPECT_OP(0, &op);
	EXPECT_EQ(0, nsg_hits(&g, handle));
	op = (struct op){ .kind = OP_UNSHARE, .types = CLONE_NEWUTS };
	EXPECT_OP(EPERM, &op);
	ns_set_free(&ns);
	nsg_teardown(_metadata, &g);
}

TEST_HARNESS_MAIN
