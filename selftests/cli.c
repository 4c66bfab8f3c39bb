// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rules an administrator types, word for word as the documentation has them:
 * what nsguardctl answers, and the denial each causes. A denial is proved by its
 * errno, by nothing having changed (act.c looks), by the rule's hits, risen by one,
 * and by the same operation succeeding without the rule. Listing, files and JSON
 * are in cli_list.c, mistakes in cli_error.c.
 */
#include <stdlib.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "kselftest_harness.h"

/* Word for word. */
#define ADD_TYPE_AND_UID "nsguardctl rule add ns deny type uts,net uid 1000-1999"
#define ADD_TARGET_BLUE "nsguardctl rule add ns deny target /run/netns/blue"
#define ADD_TARGET_HOST "nsguardctl rule add ns deny target host cgroup not under /system.slice"
#define ADD_ALLOW_AUID "nsguardctl rule add ns allow auid 1000 priority -10 comment \"ops team\""
#define ADD_LEAVING "nsguardctl rule add cgroup deny leaving '/system.slice/docker-*.scope'"
#define ADD_FROM_TO "nsguardctl rule add cgroup deny from under /app.slice to not under /app.slice uid not 0"
#define ADD_EFFECTIVE "nsguardctl rule add affinity deny target-cgroup under /kubepods.slice effective-cpus intersects 0-1"
#define ADD_RESET "nsguardctl rule add affinity allow target-cgroup under /kubepods.slice cpus reset priority -10"
#define ADD_DRY_RUN "nsguardctl rule add affinity deny cpus intersects 0 dry-run"

#define BLUE		"/run/netns/blue"
#define HOST_UTS	"/proc/1/ns/uts"
#define HOST_NET	"/proc/1/ns/net"
#define HOST_IPC	"/proc/1/ns/ipc"
/* What CPU 0 is in the first byte of a mask, and both CPUs of the guest. */
#define CPU0		1
#define CPU1		2
#define CPUS		3

static const char *const cgroups[] = {
	"/system.slice/docker-1.scope/inner", "/system.slice/ssh.service", "/app.slice/a",
	"/app.slice/b", "/kubepods.slice/pod", "/elsewhere",
};

FIXTURE(line) {
	long long rule;
};

FIXTURE_SETUP(line)
{
	ASSERT_EQ(0, ctl_reset());
	for (size_t i = 0; i < ARRAY_SIZE(cgroups); i++)
		ASSERT_EQ(0, cgroup_make(cgroups[i]));
}

FIXTURE_TEARDOWN(line)
{
	EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, cgroup_remove("/system.slice"));
	EXPECT_EQ(0, cgroup_remove("/app.slice"));
	EXPECT_EQ(0, cgroup_remove("/kubepods.slice"));
	EXPECT_EQ(0, cgroup_remove("/elsewhere"));
}

/* The operation meets this errno, and the rule's hits rise by so much. */
#define EXPECT_MEETS(want, rise, rule, operation) do {			\
	long long __rule = (rule), __hits = ctl_hits(__rule);		\
									\
	EXPECT_EQ(want, operation);					\
	EXPECT_EQ(__hits + (rise), ctl_hits(__rule));			\
} while (0)

#define EXPECT_DENIED_BY(rule, operation)	EXPECT_MEETS(EPERM, 1, rule, operation)
#define EXPECT_ALLOWED_BY(rule, operation)	EXPECT_MEETS(0, 1, rule, operation)
#define EXPECT_MISSED_BY(rule, operation)	EXPECT_MEETS(0, 0, rule, operation)

#define DELETE(rule) do {						\
	long long __rule = (rule);					\
									\
	EXPECT_EQ(0, ctl_del(__rule));					\
	EXPECT_EQ(-1, ctl_hits(__rule));				\
} while (0)

#define DENIED(name)		((long long)ctl_status().table[NSGUARD_TABLE_##name].denied)
#define WOULD_DENY(name)	((long long)ctl_status().table[NSGUARD_TABLE_##name].would_deny)

TEST_F(line, ns_type_and_uid)
{
	const struct actor user = { .uid = 1000 }, last = { .uid = 1999 }, next = { .uid = 2000 };

	self->rule = ctl_add(ADD_TYPE_AND_UID);
	ASSERT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_setns(&user, "uts", HOST_UTS));
	EXPECT_DENIED_BY(self->rule, act_setns(&last, "net", HOST_NET));
	EXPECT_MISSED_BY(self->rule, act_setns(&user, "ipc", HOST_IPC));
	EXPECT_MISSED_BY(self->rule, act_setns(&next, "uts", HOST_UTS));
	EXPECT_MISSED_BY(self->rule, act_setns(NULL, "uts", HOST_UTS));
	DELETE(self->rule);
	EXPECT_EQ(0, act_setns(&user, "uts", HOST_UTS));
	EXPECT_EQ(0, act_setns(&last, "net", HOST_NET));
}

TEST_F(line, ns_target_path)
{
	struct cmd c = { 0 };

	ASSERT_EQ(0, cmd_line(&c, "ip netns add blue && ip netns add red")) TH_LOG("%s", c.err);
	self->rule = ctl_add(ADD_TARGET_BLUE);
	EXPECT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_setns(NULL, "net", BLUE));
	EXPECT_MISSED_BY(self->rule, act_setns(NULL, "net", "/run/netns/red"));
	EXPECT_MISSED_BY(self->rule, act_setns(NULL, "net", HOST_NET));
	/* The tool an administrator would try. */
	EXPECT_EQ(1, cmd_line(&c, "nsenter --net=" BLUE " true"));
	EXPECT_NE(NULL, strstr(c.err, "Operation not permitted"));
	DELETE(self->rule);
	EXPECT_EQ(0, act_setns(NULL, "net", BLUE));
	EXPECT_EQ(0, cmd_line(&c, "ip netns del blue; ip netns del red"));
	cmd_free(&c);
}

TEST_F(line, ns_target_host_from_outside_a_slice)
{
	const struct actor service = { .cgroup = "/system.slice/ssh.service" };
	const struct actor other = { .cgroup = "/app.slice/a" };

	self->rule = ctl_add(ADD_TARGET_HOST);
	ASSERT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_setns(&other, "uts", HOST_UTS));
	EXPECT_DENIED_BY(self->rule, act_setns(NULL, "net", HOST_NET));
	EXPECT_MISSED_BY(self->rule, act_setns(&service, "uts", HOST_UTS));
	DELETE(self->rule);
	EXPECT_EQ(0, act_setns(&other, "uts", HOST_UTS));
}

TEST_F(line, ns_allow_by_auid_before_a_deny)
{
	const struct actor ops = { .auid = 1000 }, other = { .auid = 1001 };
	long long deny = ctl_add("nsguardctl rule add ns deny type uts");
	struct cmd c = { 0 };
	char want[96];

	ASSERT_LT(0, deny);
	EXPECT_DENIED_BY(deny, act_setns(&ops, "uts", HOST_UTS));
	self->rule = ctl_add(ADD_ALLOW_AUID);
	ASSERT_LT(0, self->rule);
	EXPECT_ALLOWED_BY(self->rule, act_setns(&ops, "uts", HOST_UTS));
	EXPECT_DENIED_BY(deny, act_setns(&other, "uts", HOST_UTS));
	EXPECT_DENIED_BY(deny, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list"));
	snprintf(want, sizeof(want), "%6lld   -10     1  allow auid 1000 comment \"ops team\"\n",
		 self->rule);
	EXPECT_NE(NULL, strstr(c.out, want)) TH_LOG("no \"%s\" in\n%s", want, c.out);
	DELETE(self->rule);
	EXPECT_DENIED_BY(deny, act_setns(&ops, "uts", HOST_UTS));
	cmd_free(&c);
}

TEST_F(line, cgroup_leaving_a_pattern)
{
	const struct actor inside = { .cgroup = "/system.slice/docker-1.scope/inner" };
	const struct actor ssh = { .cgroup = "/system.slice/ssh.service" };

	self->rule = ctl_add(ADD_LEAVING);
	ASSERT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_move(&inside, "/elsewhere"));
	/* Within the same scope is not out of it; and nobody else is meant. */
	EXPECT_MISSED_BY(self->rule, act_move(&inside, "/system.slice/docker-1.scope/inner"));
	EXPECT_MISSED_BY(self->rule, act_move(&ssh, "/elsewhere"));
	EXPECT_MISSED_BY(self->rule, act_move(&ssh, "/system.slice/docker-1.scope/inner"));
	DELETE(self->rule);
	EXPECT_EQ(0, act_move(&inside, "/elsewhere"));
}

TEST_F(line, cgroup_from_to_and_uid)
{
	const struct actor user = { .cgroup = "/app.slice/a", .uid = 1000 };
	const struct actor root = { .cgroup = "/app.slice/a" };
	const struct actor stranger = { .cgroup = "/kubepods.slice/pod", .uid = 1000 };

	self->rule = ctl_add(ADD_FROM_TO);
	ASSERT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_move(&user, "/elsewhere"));
	EXPECT_MISSED_BY(self->rule, act_move(&user, "/app.slice/b"));
	EXPECT_MISSED_BY(self->rule, act_move(&root, "/elsewhere"));
	EXPECT_MISSED_BY(self->rule, act_move(&stranger, "/elsewhere"));
	DELETE(self->rule);
	EXPECT_EQ(0, act_move(&user, "/elsewhere"));
}

TEST_F(line, affinity_effective_mask_and_reset)
{
	const struct actor pod = { .cgroup = "/kubepods.slice/pod" };
	const struct actor app = { .cgroup = "/app.slice/a" };
	long long reset;

	self->rule = ctl_add(ADD_EFFECTIVE);
	ASSERT_LT(0, self->rule);
	EXPECT_DENIED_BY(self->rule, act_affinity(&pod, 128, CPU0, 0));
	/* runc's reset: 1024 ones. */
	EXPECT_DENIED_BY(self->rule, act_affinity(&pod, 128, 255, 255));
	EXPECT_MISSED_BY(self->rule, act_affinity(&app, 128, CPU0, 0));
	/* An empty mask is never judged: crun wants its EINVAL. */
	EXPECT_EQ(EINVAL, act_affinity(&pod, 128, 0, 0));

	reset = ctl_add(ADD_RESET);
	ASSERT_LT(0, reset);
	EXPECT_ALLOWED_BY(reset, act_affinity(&pod, 128, 255, 255));
	EXPECT_ALLOWED_BY(reset, act_affinity(&pod, 8192, 255, 255));
	EXPECT_DENIED_BY(self->rule, act_affinity(&pod, 128, CPU0, 0));
	EXPECT_DENIED_BY(self->rule, act_affinity(&pod, 128, CPU1, 0));
	DELETE(self->rule);
	EXPECT_EQ(0, act_affinity(&pod, 128, CPU0, 0));
}

TEST_F(line, affinity_dry_run)
{
	long long denied = DENIED(AFFINITY), would = WOULD_DENY(AFFINITY), deny;

	self->rule = ctl_add(ADD_DRY_RUN);
	ASSERT_LT(0, self->rule);
	EXPECT_ALLOWED_BY(self->rule, act_affinity(NULL, 128, CPU0, 0));
	EXPECT_MISSED_BY(self->rule, act_affinity(NULL, 128, CPU1, 0));
	EXPECT_EQ(would + 1, WOULD_DENY(AFFINITY));
	EXPECT_EQ(denied, DENIED(AFFINITY));
	/* Evaluation goes on behind it. */
	deny = ctl_add("nsguardctl rule add affinity deny cpus equals 0-1");
	ASSERT_LT(0, deny);
	EXPECT_DENIED_BY(deny, act_affinity(NULL, 128, CPUS, 0));
	EXPECT_EQ(2, ctl_hits(self->rule));
	EXPECT_EQ(denied + 1, DENIED(AFFINITY));
}

TEST_F(line, mode_enforce)
{
	self->rule = ctl_add("nsguardctl rule add ns deny type uts");
	ASSERT_LT(0, self->rule);
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns audit"));
	EXPECT_ALLOWED_BY(self->rule, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns off"));
	EXPECT_MISSED_BY(self->rule, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns enforce"));
	EXPECT_DENIED_BY(self->rule, act_setns(NULL, "uts", HOST_UTS));
}

TEST_F(line, default_cgroup_deny_wants_force)
{
	long long denied = DENIED(CGROUP);
	struct cmd c = { 0 };

	EXPECT_EQ(1, cmd_line(&c, "nsguardctl default cgroup deny"));
	EXPECT_NE(NULL, strstr(c.err, "--force")) TH_LOG("%s", c.err);
	EXPECT_EQ(0, act_move(NULL, "/elsewhere"));
	ASSERT_TRUE(ctl_quiet("nsguardctl default cgroup deny --force"));
	EXPECT_EQ(EPERM, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(denied + 1, DENIED(CGROUP));
	self->rule = ctl_add("nsguardctl rule add cgroup allow to /elsewhere");
	EXPECT_ALLOWED_BY(self->rule, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(EPERM, act_move(NULL, "/app.slice/a"));
	cmd_free(&c);
}

TEST_F(line, default_ns_enter_allow)
{
	ASSERT_TRUE(ctl_quiet("nsguardctl default ns enter deny --force"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	ASSERT_TRUE(ctl_quiet("nsguardctl default ns enter allow"));
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
}

TEST_HARNESS_MAIN
