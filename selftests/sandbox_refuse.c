// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody is let out unasked, and nothing is a sandbox that cannot be one: refusals by errno,
 * sentence and who is inside, and that nothing changed.
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/cmd.h"
#include "lib/kmod.h"
#include "lib/proof.h"

FIXTURE(sandbox_refuse)
{
	struct nsg g;
	struct ns_set ns;
	struct inmate in;
	int host[8];
	int uts;
	uint64_t lock;
};

FIXTURE_SETUP(sandbox_refuse)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ns_own(self->host);
	self->uts = self->ns.fd[NSGUARD_NSTYPE_UTS];
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
	self->lock = box_lock(&self->g, "box", 0, false, 0);
	ASSERT_NE(0, self->lock);
	ASSERT_EQ(0, inmate_start(&self->in, self->uts));
}

FIXTURE_TEARDOWN(sandbox_refuse)
{
	inmate_stop(&self->in);
	ns_close(self->host);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

/* Refused, with a sentence that names who is inside; and he is still locked. */
#define REFUSED_FOR_INMATE(call) do { \
	char pid_[32]; \
	snprintf(pid_, sizeof(pid_), " %d", self->in.pid); \
	EXPECT_EQ(-EBUSY, call); \
	EXPECT_HAS(self->g.text, "locked in sandbox box"); \
	EXPECT_HAS(self->g.text, "--force"); \
	EXPECT_HAS(self->g.text, pid_); \
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host)); \
} while (0)

static int enter_one(void *fd)
{
	return setns(*(int *)fd, 0) ? errno : 0;
}

TEST_F(sandbox_refuse, rule_del)
{
	REFUSED_FOR_INMATE(nsg_rule_del(&self->g, self->lock));
	EXPECT_EQ(0, box_rule_del(&self->g, self->lock));
	/* Locked is who is in the sandbox, with a rule or without. */
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
}

TEST_F(sandbox_refuse, rule_flush)
{
	REFUSED_FOR_INMATE(nsg_flush(&self->g, -1));
	REFUSED_FOR_INMATE(nsg_flush(&self->g, NSGUARD_TABLE_NS));
	EXPECT_EQ(0, box_rule_flush(&self->g));
}

TEST_F(sandbox_refuse, sandbox_del)
{
	EXPECT_EQ(-EBUSY, box_del(&self->g, "box", true));
	EXPECT_HAS(self->g.text, "names it");
	EXPECT_EQ(0, box_rule_del(&self->g, self->lock));
	REFUSED_FOR_INMATE(box_del(&self->g, "box", false));
	REFUSED_FOR_INMATE(box_del(&self->g, NULL, false));
	EXPECT_EQ(0, box_del(&self->g, "box", true));
	EXPECT_EQ(0, inmate_do(&self->in, enter_one, &self->host[NSGUARD_NSTYPE_UTS]));
}

TEST_F(sandbox_refuse, mode)
{
	REFUSED_FOR_INMATE(nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, false));
	REFUSED_FOR_INMATE(nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, false));
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_AUDIT, true));
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
}

static int make_ipc(void *arg)
{
	return unshare(CLONE_NEWIPC) ? errno : 0;
}

/* Even while the table is off, what is made inside belongs to it. */
TEST_F(sandbox_refuse, births_while_off)
{
	struct box box;

	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, true));
	EXPECT_EQ(0, inmate_do(&self->in, make_ipc, NULL));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(2, box.n);
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, false));
}

/* The same again in one transaction, as a file loaded again: nobody leaves, nobody is asked. */
TEST_F(sandbox_refuse, loaded_again)
{
	struct box box;

	EXPECT_EQ(0, inmate_do(&self->in, make_ipc, NULL));
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	EXPECT_EQ(0, nsg_flush(&self->g, -1));
	EXPECT_EQ(0, box_del(&self->g, NULL, false));
	EXPECT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
	EXPECT_NE(0, box_lock(&self->g, "box", 0, false, 0));
	EXPECT_EQ(0, nsg_tx_commit(&self->g))
		TH_LOG("%s", self->g.text);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(2, box.n);
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
}

TEST_F(sandbox_refuse, transaction_as_a_whole)
{
	struct box box;
	int ipc = self->host[NSGUARD_NSTYPE_IPC];

	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	EXPECT_EQ(0, nsg_flush(&self->g, -1));
	EXPECT_EQ(0, box_del(&self->g, NULL, false));
	REFUSED_FOR_INMATE(nsg_tx_commit(&self->g));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_EQ(1, nsg_list(&self->g, NSGUARD_TABLE_NS, NULL, 0));
	(void)ipc;
}

static int load(struct cmd *c, const char *file)
{
	return cmd_linef(c, "printf '%s' | nsguardctl -f -", file);
}

/*
 * What may stop everything (H28) and who may be let out are two questions: a file that was saved
 * has force on its defaults, and lets nobody out by that.
 */
TEST_F(sandbox_refuse, forced_for_another_reason)
{
	struct nsg *g = &self->g;
	struct cmd c = {};
	struct box box;

	ASSERT_EQ(0, nsg_tx_begin(g));
	EXPECT_EQ(0, nsg_flush(g, -1));
	EXPECT_EQ(0, box_del(g, NULL, false));
	EXPECT_EQ(0, nsg_default(g, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, true));
	EXPECT_EQ(0, nsg_mode(g, NSGUARD_TABLE_CGROUP, NSGUARD_MODE_AUDIT, true));
	REFUSED_FOR_INMATE(nsg_tx_commit(g));
	EXPECT_EQ(1, load(&c, "rule flush\nsandbox flush\ndefault affinity deny --force\n"));
	EXPECT_HAS(c.err, "locked in sandbox box");
	EXPECT_EQ(1, load(&c, "rule flush affinity --force\nmode ns audit\n"));
	EXPECT_HAS(c.err, "locked in sandbox box");
	ASSERT_EQ(0, box_get(g, "box", &box));
	EXPECT_EQ(1, nsg_list(g, NSGUARD_TABLE_NS, NULL, 0));
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
	/* The other way round. */
	ASSERT_EQ(0, nsg_tx_begin(g));
	EXPECT_EQ(0, nsg_flush(g, -1));
	EXPECT_EQ(0, box_del(g, NULL, true));
	EXPECT_EQ(0, nsg_default(g, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, false));
	EXPECT_EQ(-EDEADLK, nsg_tx_commit(g));
	ASSERT_EQ(0, box_get(g, "box", &box));
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
	/* Each forced for itself. */
	ASSERT_EQ(0, nsg_tx_begin(g));
	EXPECT_EQ(0, nsg_flush(g, -1));
	EXPECT_EQ(0, box_del(g, NULL, true));
	EXPECT_EQ(0, nsg_default(g, NSGUARD_TABLE_AFFINITY, -1, NSGUARD_VERDICT_DENY, true));
	EXPECT_EQ(0, nsg_tx_commit(g));
	EXPECT_EQ(-ENOENT, box_get(g, "box", &box));
	cmd_free(&c);
}

TEST_F(sandbox_refuse, unload)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "nsguard", O_NONBLOCK));
	EXPECT_EQ(EWOULDBLOCK, errno);
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
}

#define REFUSED(err, part, call) do { \
	EXPECT_EQ(-(err), call); \
	EXPECT_HAS(self->g.text, part); \
} while (0)

TEST_F(sandbox_refuse, no_sandbox)
{
	struct nsg_rule deny = *DENY(NS, M_UID(0, 0));
	static struct nsg_msg msg;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int fd[2] = { self->uts, self->host[NSGUARD_NSTYPE_UTS] };
	struct box box;

	REFUSED(EEXIST, "of this name", box_add(&self->g, "box", fd, 1));
	REFUSED(EEXIST, "belongs to another sandbox", box_add(&self->g, "two", fd, 1));
	REFUSED(EINVAL, "host's namespaces", box_add(&self->g, "two", fd, 2));
	REFUSED(EINVAL, "ns of the sandbox is missing", box_add(&self->g, "two", fd, 0));
	REFUSED(EINVAL, "is named by", box_add(&self->g, "a b", fd, 1));
	REFUSED(EINVAL, "is named by", box_add(&self->g, "", fd, 1));
	fd[0] = 999;
	REFUSED(EBADF, "not open", box_add(&self->g, "two", fd, 1));
	REFUSED(ENOENT, "no such sandbox", box_del(&self->g, "two", false));
	EXPECT_EQ(0, box_lock(&self->g, "two", 0, false, 0));
	EXPECT_EQ(ENOENT, self->g.error);
	EXPECT_HAS(self->g.text, "no such sandbox");
	EXPECT_EQ(-ENOENT, box_get(&self->g, "two", &box));
	/* What belongs to lock belongs to nothing else. */
	nlh = nsg_msg(&self->g, &msg, NSGUARD_CMD_RULE_ADD, 0);
	nest = nsg_put_rule(nlh, &deny);
	mnl_attr_put_strz(nlh, NSGUARD_A_RULE_SANDBOX, "box");
	mnl_attr_nest_end(nlh, nest);
	REFUSED(EINVAL, "belongs to verdict lock", nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_EQ(NSGUARD_A_RULE_SANDBOX, nsg_fault(&self->g, nlh));
}

/* As an administrator says it. */
TEST_F(sandbox_refuse, cli)
{
	struct cmd c = {};
	char text[64];

	EXPECT_EQ(0, cmd_line(&c, "nsguardctl sandbox list"));
	snprintf(text, sizeof(text), "target uts:[%u]", ns_inum(self->uts));
	EXPECT_HAS(c.out, text);
	snprintf(text, sizeof(text), "%d", self->in.pid);
	EXPECT_HAS(c.out, text);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule list ns"));
	EXPECT_HAS(c.out, "lock sandbox box uid 0");
	EXPECT_EQ(1, cmd_line(&c, "nsguardctl rule flush"));
	EXPECT_HAS(c.err, "locked in sandbox box");
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl save >/tmp/sandbox.policy"));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl -f /tmp/sandbox.policy"))
		TH_LOG("%s", c.err);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl save | diff - /tmp/sandbox.policy"))
		TH_LOG("%s", c.out);
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule flush --force"));
	EXPECT_EQ(1, cmd_line(&c, "nsguardctl sandbox flush"));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl sandbox del box --force"));
	EXPECT_EQ(2, cmd_line(&c, "nsguardctl sandbox add box target pid:1"));
	EXPECT_HAS(c.err, "no namespace but the host's");
	EXPECT_EQ(0, cmd_linef(&c, "nsguardctl sandbox add box target pid:%d", self->in.pid));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl rule add ns lock sandbox box threads allow uid 5"));
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
	/* Unloading would let them out too. */
	snprintf(text, sizeof(text), " %d", self->in.pid);
	EXPECT_EQ(1, cmd_line(&c, "nsguardctl unload"));
	EXPECT_HAS(c.err, "locked in sandbox box");
	EXPECT_HAS(c.err, text);
	EXPECT_HAS(c.err, "--force");
	EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host));
	EXPECT_EQ(2, cmd_line(&c, "nsguardctl unload now"));
	EXPECT_EQ(0, cmd_line(&c, "nsguardctl unload --force"))
		TH_LOG("%s", c.err);
	EXPECT_FALSE(kmod_loaded("nsguard"));
	EXPECT_EQ(0, inmate_do(&self->in, enter_one, &self->host[NSGUARD_NSTYPE_UTS]));
	EXPECT_EQ(3, cmd_line(&c, "nsguardctl unload"));
	EXPECT_EQ(0, kmod_load("nsguard", ""));
	nsg_close(&self->g);
	EXPECT_EQ(0, nsg_open(&self->g));
	unlink("/tmp/sandbox.policy");
	cmd_free(&c);
}

TEST_HARNESS_MAIN
