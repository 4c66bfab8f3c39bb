// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl unload where the module cannot go: what is certain beforehand costs no sandbox, and
 * what is deleted all the same is told. What it does to those locked in is sandbox_refuse's.
 */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include "lib/box.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "kselftest_harness.h"

#define DISABLED	"/proc/sys/kernel/modules_disabled"

FIXTURE(unload) {
	struct cmd c;
	struct nsg g;
	struct ns_set ns;
	unsigned long long generation;
};

FIXTURE_SETUP(unload)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, ctl_reload(""));
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ASSERT_EQ(0, box_add(&self->g, "box", &self->ns.fd[NSGUARD_NSTYPE_UTS], 1));
	ASSERT_NE(0, nsg_add(&self->g, DENY(NS, M_UID(4711, 4711))));
	self->generation = ctl_status().generation;
}

FIXTURE_TEARDOWN(unload)
{
	nsg_close(&self->g);
	ns_set_free(&self->ns);
	cmd_free(&self->c);
	/* A sandbox holds the module. */
	if (kmod_loaded("nsguard"))
		EXPECT_EQ(0, ctl_reset());
	EXPECT_EQ(0, ctl_reload(""));
}

#define EXPECT_ALL_THERE() do {							\
	struct box box_;							\
										\
	EXPECT_EQ(self->generation, ctl_status().generation);			\
	EXPECT_EQ(1, ctl_status().rules);					\
	EXPECT_EQ(0, box_get(&self->g, "box", &box_));				\
} while (0)

TEST_F(unload, without_cap)
{
	EXPECT_EQ(4, cmd_line(&self->c, "setpriv --bounding-set -sys_module nsguardctl unload"));
	EXPECT_HAS(self->c.err, "CAP_SYS_MODULE");
	EXPECT_ALL_THERE();
}

/* Nobody could set it back: it is only said to be so, in a mount namespace of its own. */
TEST_F(unload, modules_disabled)
{
	ASSERT_EQ(0, file_make("/tmp/disabled", "1\n"));
	EXPECT_EQ(1, cmd_linef(&self->c,
			       "unshare -m sh -c 'mount --bind %s %s && nsguardctl unload'",
			       "/tmp/disabled", DISABLED));
	unlink("/tmp/disabled");
	EXPECT_HAS(self->c.err, "kernel.modules_disabled");
	EXPECT_ALL_THERE();
}

/* A dump that nobody reads on holds the module. */
TEST_F(unload, in_use)
{
	static struct nsg_msg msg;
	struct nlmsghdr *nlh;
	struct nsg other;

	ASSERT_EQ(0, nsg_open(&other));
	nlh = nsg_msg(&other, &msg, NSGUARD_CMD_RULE_GET, NLM_F_DUMP);
	ASSERT_LT(0, mnl_socket_sendto(other.nl, nlh, nlh->nlmsg_len));
	/* Whoever holds the namespace open is in the sandbox. */
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl unload --force"));
	EXPECT_HAS(self->c.err, "somebody is using the module");
	EXPECT_HAS(self->c.err, "the sandboxes and all rules of table ns are deleted already");
	EXPECT_EQ(0, ctl_status().rules);
	nsg_close(&other);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl unload")) TH_LOG("%s", self->c.err);
	EXPECT_FALSE(kmod_loaded("nsguard"));
}

TEST_HARNESS_MAIN
