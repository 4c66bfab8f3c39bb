// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes on trial: in force at once, and taken back unless confirmed in time, whatever has
 * become of the client. That is proved by denials, which must come and go again.
 */
#include "lib/act.h"
#include "lib/box.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/slow.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define HOST_IPC	"/proc/1/ns/ipc"
#define SHORT		"2"	/* seconds, for what shall be taken back */
#define AS_USER		"setpriv --reuid 1000 --regid 1000 --clear-groups "
#define SAVED_AND_MORE \
	"(nsguardctl save; echo rule add ns deny type uts; " \
	"echo rule add ns lock sandbox box uid 5) | nsguardctl -f - --confirm " SHORT
#define UTS		M_TYPE(NSG_BIT(NSGUARD_NSTYPE_UTS))

FIXTURE(trial) {
	struct cmd c;
	struct nsg g;
	unsigned long long before;
	long long keep;
};

FIXTURE_SETUP(trial)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	ASSERT_EQ(0, nsg_open(&self->g));
	self->keep = ctl_add("nsguardctl rule add ns deny type ipc");
	ASSERT_LT(0, self->keep);
	EXPECT_EQ(EPERM, act_setns(NULL, "ipc", HOST_IPC));
	self->before = ctl_status().generation;
}

FIXTURE_TEARDOWN(trial)
{
	nsg_close(&self->g);
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
	unlink("trial.nsg");
}

#define UNTIL_SETTLED(limit) do {					\
	for (int i_ = 0; i_ < (limit) * 20 && ctl_status().trial; i_++)	\
		usleep(50000);						\
	EXPECT_FALSE(ctl_status().trial);				\
} while (0)

/* As before, but for the number: it came back as a change of its own. */
#define EXPECT_TAKEN_BACK(changes) do {					\
	UNTIL_SETTLED(10);						\
	EXPECT_EQ(self->before + 2 * (changes), ctl_status().generation); \
	EXPECT_EQ(1, ctl_status().rules);				\
	EXPECT_EQ(1, ctl_hits(self->keep));				\
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));			\
	EXPECT_EQ(EPERM, act_setns(NULL, "ipc", HOST_IPC));		\
	EXPECT_EQ(2, ctl_hits(self->keep));				\
} while (0)

TEST_F(trial, taken_back)
{
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm " SHORT));
	EXPECT_EQ(0, strncmp(self->c.out, "handle ", 7)) TH_LOG("%s", self->c.out);
	EXPECT_HAS(self->c.err, "taken back in " SHORT " seconds unless confirmed");
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_TRUE(ctl_status().trial);
	EXPECT_TAKEN_BACK(1);
	/* It is too late. */
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl confirm"));
	EXPECT_HAS(self->c.err, "no change waits for confirmation");
}

TEST_F(trial, confirmed)
{
	long long rule;

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 3"));
	rule = atoll(self->c.out + 7);
	EXPECT_TRUE(ctl_quiet("nsguardctl confirm"));
	EXPECT_FALSE(ctl_status().trial);
	sleep(4);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(1, ctl_hits(rule));
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl confirm"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j mode cgroup audit --confirm 60"));
	EXPECT_HAS(self->c.out, "\"confirm\":60");
	EXPECT_STREQ("", self->c.err);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl --json confirm"));
	EXPECT_HAS(self->c.out, "{\"nsguard\":{\"generation\":");
}

#define CONFLICT(want, line) do {					\
	EXPECT_EQ(6, cmd_linef(&self->c, "nsguardctl " line " --expect %llu", want)); \
	EXPECT_HAS(self->c.err, "the policy is not of the generation expected: generation "); \
} while (0)

/* Who is late confirms nobody else's change. */
TEST_F(trial, expected)
{
	const unsigned long long mine = self->before + 1;
	char line[80];

	snprintf(line, sizeof(line), "(nsguardctl confirm --expect %llu)", mine);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 1"));
	EXPECT_HAS(self->c.err, line);
	UNTIL_SETTLED(10);
	EXPECT_EQ(1, cmd_linef(&self->c, "nsguardctl confirm --expect %llu", mine));
	EXPECT_HAS(self->c.err, "no change waits for confirmation");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 4"));
	CONFLICT(mine, "confirm");
	CONFLICT(mine, "rollback");
	EXPECT_TRUE(ctl_status().trial);
	EXPECT_TAKEN_BACK(2);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 60"));
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl confirm --expect %llu", self->before + 5));
	EXPECT_FALSE(ctl_status().trial);
	EXPECT_EQ(self->before + 5, ctl_status().generation);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

/* Whoever does not like it need not wait. */
TEST_F(trial, rolled_back)
{
	struct nsg_event e = { 0 };
	bool told = false;

	ASSERT_EQ(0, nsg_watch(&self->g));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 3"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TRUE(ctl_quiet("nsguardctl rollback"));
	EXPECT_FALSE(ctl_status().trial);
	EXPECT_TAKEN_BACK(1);
	for (int i = 0; i < 10 && !told; i++)
		told = nsg_event_wait(&self->g, 0, 0, 1000, &e) && NSG_HAS(&e, ROLLBACK);
	ASSERT_TRUE(told);
	EXPECT_EQ(self->before + 2, e.rollback);
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl rollback"));
	EXPECT_HAS(self->c.err, "no change waits for confirmation");
	/* Others pass again, and are not taken back when that time is over. */
	EXPECT_TRUE(ctl_quiet("nsguardctl mode cgroup audit"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode cgroup off --confirm 60"));
	sleep(4);
	EXPECT_TRUE(ctl_status().trial);
	EXPECT_EQ(4, cmd_line(&self->c, AS_USER "nsguardctl rollback"));
	EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl -j rollback --expect %llu",
			       self->before + 4));
	EXPECT_HAS(self->c.out, "{\"nsguard\":{\"generation\":");
	EXPECT_EQ(NSGUARD_MODE_AUDIT, ctl_status().table[NSGUARD_TABLE_CGROUP].mode);
	EXPECT_EQ(self->before + 5, ctl_status().generation);
}

static bool on_trial(struct nsg *g)
{
	return !nsg_tx_begin(g) && nsg_add(g, DENY(NS, UTS)) && !nsg_tx_commit_on_trial(g, 2);
}

/* kill -9: nobody is there who could put it right. */
TEST_F(trial, client_killed)
{
	EXPECT_EQ(0, nsg_killed_after(on_trial));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_TAKEN_BACK(1);
}

/* Everything a change can do: rules, modes (the table is attached again), defaults. */
TEST_F(trial, all_of_it)
{
	static const char file[] =
		"rule flush\n"
		"rule add ns deny type uts\n"
		"rule add cgroup deny to /elsewhere\n"
		"mode affinity off\n"
		"default ns create deny\n"
		"default cgroup deny\n";
	long long cpus = ctl_add("nsguardctl rule add affinity deny cpus intersects 0");
	struct nsg_status was, is;

	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	ASSERT_EQ(0, cgroup_make("/elsewhere"));
	was = ctl_status();
	ASSERT_EQ(0, file_make("trial.nsg", file));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f trial.nsg --confirm " SHORT))
		TH_LOG("%s", self->c.err);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(0, act_affinity(NULL, 128, 1, 0));
	EXPECT_EQ(0, act_setns(NULL, "ipc", HOST_IPC));
	UNTIL_SETTLED(10);
	is = ctl_status();
	EXPECT_EQ(was.generation + 2, is.generation);
	EXPECT_EQ(2, is.rules);
	for (int t = 0; t < 3; t++) {
		EXPECT_EQ(was.table[t].mode, is.table[t].mode);
		EXPECT_EQ(0, memcmp(was.table[t].fallback, is.table[t].fallback,
				    sizeof(is.table[t].fallback)));
	}
	EXPECT_EQ(0, act_move(NULL, "/elsewhere"));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	EXPECT_EQ(2, ctl_hits(cpus));
	EXPECT_EQ(1, ctl_hits(self->keep));
	EXPECT_EQ(EPERM, act_setns(NULL, "ipc", HOST_IPC));
	/* What came back is as good as ever: found, and deleted by its handle. */
	EXPECT_EQ(0, ctl_del(self->keep));
	EXPECT_EQ(0, act_setns(NULL, "ipc", HOST_IPC));
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type ipc"));
	EXPECT_EQ(0, cgroup_remove("/elsewhere"));
}

/* Elements that came and went, the larger before the smaller, and from one set to another. */
TEST_F(trial, elements)
{
	ASSERT_TRUE(ctl_quiet("nsguardctl set add a type uid elements 1,5"));
	ASSERT_TRUE(ctl_quiet("nsguardctl set add b type uid elements 7"));
	ASSERT_EQ(0, file_make("trial.nsg", "element del a 5\nelement add a 3\n"
					    "element del b 7\nelement add a 7\n"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f trial.nsg --confirm " SHORT))
		TH_LOG("%s", self->c.err);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list a"));
	EXPECT_HAS(self->c.out, "\n  1\n  3\n  7\n");
	UNTIL_SETTLED(10);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list a"));
	EXPECT_HAS(self->c.out, "\n  1\n  5\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl set list b"));
	EXPECT_HAS(self->c.out, "\n  7\n");
}

/* H28: who locks everybody out is back in the end. */
TEST_F(trial, default_deny)
{
	ASSERT_EQ(0, file_make("trial.nsg", "rule flush\ndefault ns deny\ndefault cgroup deny\n"
					    "default affinity deny\n"));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl -f trial.nsg"));
	EXPECT_HAS(self->c.err, "--force or --confirm");
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -f trial.nsg --confirm " SHORT))
		TH_LOG("%s", self->c.err);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(EPERM, act_affinity(NULL, 128, 1, 0));
	EXPECT_TAKEN_BACK(1);
}

TEST_F(trial, others_are_refused_meanwhile)
{
	static const char *const line[] = {
		"rule add ns deny type net", "mode ns off", "rule flush", "-f trial.nsg",
		"mode ns audit --confirm 5",
	};
	struct nsg late;

	ASSERT_EQ(0, file_make("trial.nsg", "mode ns off\nmode cgroup off\n"));
	/* One that began before finds another policy. */
	ASSERT_EQ(0, nsg_open(&late));
	ASSERT_EQ(0, nsg_tx_begin(&late));
	ASSERT_NE(0, nsg_add(&late, DENY(NS, M_UID(1, 1))));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule add ns deny type uts --confirm 60"));
	for (size_t i = 0; i < ARRAY_SIZE(line); i++) {
		EXPECT_EQ(1, cmd_linef(&self->c, "nsguardctl %s", line[i]));
		EXPECT_STREQ("", self->c.out);
		EXPECT_HAS(self->c.err, "a change waits for confirmation: ");
		EXPECT_HAS(self->c.err, " seconds left, made by uid 0, pid ");
	}
	EXPECT_EQ(-EBUSY, nsg_tx_begin(&self->g));
	EXPECT_EQ(-EAGAIN, nsg_tx_commit(&late));
	nsg_close(&late);
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_TRUE(ctl_status().trial);
	EXPECT_LT(30, ctl_status().left);
	EXPECT_GE(60, ctl_status().left);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, "\nON TRIAL: taken back in ");
	EXPECT_HAS(self->c.out, " seconds unless confirmed, made by uid 0 auid unset pid ");
	/* Looking and asking is nobody's change. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl rule list"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl save"));
	EXPECT_TRUE(ctl_quiet("nsguardctl confirm"));
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type net"));
}

TEST_F(trial, is_told)
{
	struct nsg_event e = { 0 };
	bool told = false;

	ASSERT_EQ(0, nsg_watch(&self->g));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode cgroup audit --confirm 1"));
	for (int i = 0; i < 10 && !told; i++)
		told = nsg_event_wait(&self->g, 0, 0, 1000, &e) && NSG_HAS(&e, ROLLBACK);
	ASSERT_TRUE(told);
	EXPECT_EQ(self->before + 2, e.rollback);
	EXPECT_EQ(0, e.uid);
	EXPECT_EQ(~0U, e.auid);
	EXPECT_STREQ("nsguardctl", e.comm);
	EXPECT_FALSE(NSG_HAS(&e, TABLE) || NSG_HAS(&e, VERDICT));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl monitor --last 1"));
	EXPECT_HAS(self->c.out, " ROLLBACK generation ");
	EXPECT_HAS(self->c.out, " \"nsguardctl\"\n  uid 0 auid unset\n");
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j monitor --last 1"));
	EXPECT_HAS(self->c.out, "\"rollback\":");
	EXPECT_EQ(0, cmd_line(&self->c, "dmesg | grep -c 'nsguard: rollback='"));
}

/* Nothing to change is nothing to confirm. */
TEST_F(trial, of_nothing)
{
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode ns enforce --confirm 60"));
	EXPECT_HAS(self->c.err, "nothing to confirm");
	EXPECT_FALSE(ctl_status().trial);
	EXPECT_EQ(self->before, ctl_status().generation);
}

/* Who was locked in or let out meanwhile would stay so. */
TEST_F(trial, sandboxes_stay)
{
	int fd[8], ns;

	ns_own(fd);
	ns = fd[NSGUARD_NSTYPE_UTS];
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns add blue && ip netns add red"));
	EXPECT_EQ(1, cmd_line(&self->c,
			      "nsguardctl sandbox add box target /run/netns/blue --confirm 60"));
	EXPECT_HAS(self->c.err, "sandboxes cannot change on trial");
	EXPECT_EQ(self->before, ctl_status().generation);
	ASSERT_TRUE(ctl_quiet("nsguardctl sandbox add box target /run/netns/blue"));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sandbox del box --confirm 60"));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sandbox flush --force --confirm 60"));
	ASSERT_EQ(0, file_make("trial.nsg", "sandbox flush\n"
					    "sandbox add box target /run/netns/red\n"));
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl -f trial.nsg --confirm 60"));
	EXPECT_HAS(self->c.err, "sandboxes cannot change on trial");
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	/* The same again, as a saved file says it, is no change; and lasts over the way back. */
	EXPECT_EQ(0, cmd_line(&self->c, SAVED_AND_MORE)) TH_LOG("%s", self->c.err);
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
	UNTIL_SETTLED(10);
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sandbox list"));
	EXPECT_HAS(self->c.out, "box");
	EXPECT_TRUE(ctl_quiet("nsguardctl sandbox del box"));
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns del blue; ip netns del red"));
	EXPECT_LE(0, ns);
	ns_close(fd);
}

/* The module goes, and with it what it was to take back. */
TEST_F(trial, unload)
{
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode ns off --confirm 1"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl unload")) TH_LOG("%s", self->c.err);
	sleep(2);
	ASSERT_EQ(0, ctl_reload(""));
	EXPECT_FALSE(ctl_status().trial);
	EXPECT_EQ(1, ctl_status().generation);
	nsg_close(&self->g);
	ASSERT_EQ(0, nsg_open(&self->g));
	/* While it is on its way. */
	for (unsigned int i = 0; i < slow_times(5); i++) {
		EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl mode ns audit --confirm 1"));
		usleep(985000 + 5000 * i);
		ASSERT_EQ(0, ctl_reload(""));
	}
}

TEST_F(trial, bad_input)
{
	static const uint32_t bad[] = { 0, NSGUARD_CONFIRM_MAX + 1, ~0U };
	struct nlmsghdr *nlh;
	struct nsg_msg *m = malloc(sizeof(*m));

	ASSERT_NE(NULL, m);
	ASSERT_EQ(0, nsg_tx_begin(&self->g));
	ASSERT_NE(0, nsg_add(&self->g, DENY(NS, UTS)));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, nsg_tx_commit_on_trial(&self->g, bad[i]));
		EXPECT_STREQ("confirm takes 1 to 3600 seconds", self->g.text);
	}
	nlh = nsg_msg(&self->g, m, NSGUARD_CMD_TX_COMMIT, 0);
	mnl_attr_put_u64(nlh, NSGUARD_A_CONFIRM, 5);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_EQ(NSGUARD_A_CONFIRM, nsg_fault(&self->g, nlh));
	/* The transaction is still there, to be committed. */
	EXPECT_EQ(0, nsg_tx_commit_on_trial(&self->g, NSGUARD_CONFIRM_MAX));
	EXPECT_EQ(NSGUARD_CONFIRM_MAX, ctl_status().left);
	EXPECT_EQ(0, nsg_confirm(&self->g));
	EXPECT_EQ(-ENOENT, nsg_confirm(&self->g));
	EXPECT_STREQ("no change waits for confirmation", self->g.text);
	nlh = nsg_msg(&self->g, m, NSGUARD_CMD_ROLLBACK, 0);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, 1);
	mnl_attr_put_u64(nlh, NSGUARD_A_GENERATION, 1);
	EXPECT_EQ(-EINVAL, nsg_talk(&self->g, nlh, NULL, NULL));
	EXPECT_STREQ("attribute given twice", self->g.text);
	EXPECT_EQ(NSGUARD_A_GENERATION, nsg_fault(&self->g, nlh));
	/* To confirm is to change the policy. */
	EXPECT_EQ(4, cmd_line(&self->c, AS_USER "nsguardctl confirm"));
	free(m);
}

TEST_HARNESS_MAIN
