// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sync of sandboxes: by the namespaces their words stand for; one that differs is made
 * anew with the rules that lock into it, and nobody inside is let go unasked.
 */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include "lib/box.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/act.h"
#include "kselftest_harness.h"

FIXTURE(sync_sandbox) {
	struct cmd c;
	struct nsg g;
	struct ns_set ns;
	struct inmate in;
	int host[8];
	uint32_t uts, ipc;
	unsigned long long before;
	long long lock;
};

static long long handle_of(struct cmd *c, const char *words)
{
	if (cmd_linef(c, "nsguardctl rule list | awk '/%s/ { print $1 }'", words))
		return -1;
	return *c->out ? atoll(c->out) : -1;
}

FIXTURE_SETUP(sync_sandbox)
{
	ASSERT_EQ(0, ctl_reset());
	ASSERT_EQ(0, chdir("/tmp"));
	ASSERT_EQ(0, nsg_open(&self->g));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS | CLONE_NEWIPC));
	ns_own(self->host);
	self->uts = ns_inum(self->ns.fd[NSGUARD_NSTYPE_UTS]);
	self->ipc = ns_inum(self->ns.fd[NSGUARD_NSTYPE_IPC]);
	ASSERT_EQ(0, cmd_linef(&self->c, "cat >base.nsg <<END\n"
			       "rule flush\nsandbox flush\nset flush\n"
			       "sandbox add box target uts:[%u]\n"
			       "rule add ns lock sandbox box uid 0\n"
			       "rule add ns deny type time uid 77\n"
			       "rule add ns deny type cgroup\nEND\n", self->uts));
	ASSERT_EQ(0, cmd_line(&self->c, "nsguardctl sync base.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, "+ sandbox box target uts:[");
	self->lock = handle_of(&self->c, "lock sandbox");
	ASSERT_LT(0, self->lock);
	ASSERT_EQ(0, inmate_start(&self->in, self->ns.fd[NSGUARD_NSTYPE_UTS]));
	EXPECT_EQ(1, ctl_hits(self->lock));
	self->before = ctl_status().generation;
}

FIXTURE_TEARDOWN(sync_sandbox)
{
	inmate_stop(&self->in);
	ns_close(self->host);
	ns_set_free(&self->ns);
	cmd_free(&self->c);
	nsg_close(&self->g);
	EXPECT_EQ(0, ctl_reset());
	unlink("base.nsg");
	unlink("other.nsg");
	unlink("saved.nsg");
}

#define EXPECT_LOCKED() EXPECT_EQ(0, inmate_do(&self->in, try_leave, self->host))

static int make_ipc(void *arg)
{
	return unshare(CLONE_NEWIPC) ? errno : 0;
}

/* By number, by path or by process; and what was made inside is no difference. */
TEST_F(sync_sandbox, nothing_differs)
{
	EXPECT_EQ(0, inmate_do(&self->in, make_ipc, NULL));
	EXPECT_PRINTS("", "nsguardctl sync base.nsg");
	EXPECT_PRINTS("", "nsguardctl save | nsguardctl sync -");
	EXPECT_EQ(0, cmd_linef(&self->c, "sed 's,uts:.*,/proc/%d/ns/uts,' base.nsg >other.nsg",
			       self->ns.pid));
	EXPECT_PRINTS("", "nsguardctl sync other.nsg --dry-run && nsguardctl sync other.nsg");
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(1, ctl_hits(self->lock));
	EXPECT_EQ(self->lock, handle_of(&self->c, "lock sandbox"));
}

/* One namespace more: only that is shown, the lock rule is said again, nobody is let go. */
TEST_F(sync_sandbox, another_namespace)
{
	struct box box;
	char want[64];
	long long other = handle_of(&self->c, "uid 77");

	snprintf(want, sizeof(want), "+ sandbox box target pid:%d\n", self->ns.pid);
	ASSERT_EQ(0, cmd_linef(&self->c, "sed 's/^sandbox add.*/&,pid:%d/' base.nsg >other.nsg",
			       self->ns.pid));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg --dry-run"));
	EXPECT_HAS(self->c.out, want);
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, want);
	EXPECT_EQ(NULL, strstr(self->c.out, "- sandbox")) TH_LOG("%s", self->c.out);
	EXPECT_HAS(self->c.out, "- rule ns lock sandbox box uid 0 # handle ");
	EXPECT_HAS(self->c.out, "+ rule ns lock sandbox box uid 0 # handle ");
	EXPECT_EQ(NULL, strstr(self->c.out, "deny"));
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_EQ(other, handle_of(&self->c, "uid 77"));
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_has(&box, self->uts, false));
	EXPECT_TRUE(box_has(&box, self->ipc, false));
	EXPECT_TRUE(box_holds(&box, self->in.pid));
	EXPECT_LOCKED();
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");

	/* And back: it stays the sandbox's, like what was made inside, and lets nobody go. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync base.nsg | grep sandbox.box.target"));
	snprintf(want, sizeof(want), "- sandbox box target ipc:[%u]\n", self->ipc);
	EXPECT_STREQ(want, self->c.out);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_has(&box, self->ipc, true));
	EXPECT_LOCKED();
	EXPECT_PRINTS("", "nsguardctl sync base.nsg");
}

#define REFUSED_FOR_INMATE() do { \
	char pid_[32]; \
	snprintf(pid_, sizeof(pid_), " %d", self->in.pid); \
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sync other.nsg")); \
	EXPECT_HAS(self->c.err, " locked in sandbox box: pid"); \
	EXPECT_HAS(self->c.err, pid_); \
	EXPECT_HAS(self->c.err, "; use --force"); \
	EXPECT_STREQ("", self->c.out); \
	EXPECT_EQ(self->before, ctl_status().generation); \
	EXPECT_EQ(1, ctl_hits(self->lock)); \
	EXPECT_LOCKED(); \
} while (0)

/* Whatever would let somebody go is refused as by the direct commands. */
TEST_F(sync_sandbox, lets_nobody_go)
{
	/* The rule, the sandbox with it, and all of the table. */
	ASSERT_EQ(0, cmd_line(&self->c, "grep -v 'ns lock' base.nsg >other.nsg"));
	REFUSED_FOR_INMATE();
	ASSERT_EQ(0, cmd_line(&self->c, "grep -v ' box ' base.nsg >other.nsg"));
	REFUSED_FOR_INMATE();
	/* What is forced in the file is its default, which saves so, and not this. */
	ASSERT_EQ(0, cmd_line(&self->c, "echo default cgroup allow --force >>other.nsg"));
	REFUSED_FOR_INMATE();
	ASSERT_EQ(0, cmd_line(&self->c, "(cat base.nsg; echo mode ns audit) >other.nsg"));
	REFUSED_FOR_INMATE();
	ASSERT_EQ(0, cmd_line(&self->c, "echo mode cgroup audit --force >>other.nsg"));
	REFUSED_FOR_INMATE();

	ASSERT_EQ(0, cmd_line(&self->c, "grep -v ' box ' base.nsg >other.nsg"));
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg --force"));
	EXPECT_HAS(self->c.out, "- sandbox box target uts:[");
	EXPECT_EQ(self->before + 1, ctl_status().generation);
	EXPECT_PRINTS("", "nsguardctl sandbox list");
}

/* A mode that is forced in its line may let go, as with -f. */
TEST_F(sync_sandbox, mode_forced_in_the_file)
{
	ASSERT_EQ(0, cmd_line(&self->c, "(cat base.nsg; echo mode ns audit --force) >other.nsg"));
	EXPECT_PRINTS("- mode ns enforce\n+ mode ns audit\n", "nsguardctl sync other.nsg");
	EXPECT_EQ(1, ctl_hits(self->lock));
}

/* With nobody inside nothing needs force; a sandbox goes after its rules, and comes before them. */
TEST_F(sync_sandbox, round_trip)
{
	static const char *const changes[] = {
		"rule flush && nsguardctl sandbox flush",
		"rule flush && nsguardctl sandbox del two",
		"rule flush ns",
		"sandbox add also target /run/netns/sync3",
		"rule add ns lock sandbox one threads allow uid 5",
	};

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync --force - </dev/null"));
	EXPECT_PRINTS("", "nsguardctl sandbox list");
	ASSERT_EQ(0, cmd_line(&self->c, "for i in 1 2 3; do ip netns add sync$i; done;"
			      "nsguardctl sandbox add two target /run/netns/sync2;"
			      "nsguardctl sandbox add one target /run/netns/sync1;"
			      "nsguardctl rule add ns lock sandbox two uid 6;"
			      "nsguardctl rule add ns lock sandbox one uid 6;"
			      "nsguardctl save >saved.nsg")) TH_LOG("%s", self->c.err);
	EXPECT_STREQ("", self->c.err);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		EXPECT_EQ(0, cmd_linef(&self->c, "nsguardctl %s", changes[i]))
			TH_LOG("%s: %s", changes[i], self->c.err);
		EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl save | cmp -s - saved.nsg"));
		EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync saved.nsg"))
			TH_LOG("%s: %s", changes[i], self->c.err);
		EXPECT_LT(0, strlen(self->c.out));
		EXPECT_PRINTS("", "nsguardctl save | diff saved.nsg -");
		EXPECT_PRINTS("", "nsguardctl sync saved.nsg");
	}
	/* A namespace that was made again is another one. */
	EXPECT_EQ(0, cmd_line(&self->c, "ip netns del sync2; ip netns add sync2;"
			      "sed 's,net:.*],/run/netns/sync2,;"
			      "/ one /s/sync2/sync1/' saved.nsg >other.nsg"));
	for (int i = 0; i < 50 && cmd_line(&self->c, "nsguardctl rule list | grep STALE"); i++)
		usleep(100000);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl sync other.nsg | grep sandbox.*target"));
	EXPECT_HAS(self->c.out, "- sandbox two target net:[");
	EXPECT_HAS(self->c.out, "+ sandbox two target /run/netns/sync2\n");
	EXPECT_PRINTS("", "nsguardctl sync other.nsg");
	EXPECT_EQ(0, cmd_line(&self->c, "for i in 1 2 3; do ip netns del sync$i; done"));
}

TEST_F(sync_sandbox, refused)
{
	static const struct {
		const char *change;
		int status;
		const char *says;
	} bad[] = {
		{ "sed s,uts:.*,/run/netns/none,", 2,
		  "other.nsg:4:24: namespace /run/netns/none: does not exist" },
		{ "sed '/^sandbox add/d'", 2, "other.nsg:4:1: the file makes no sandbox box" },
		{ "sed 's/^sandbox add.*/&\\n&/'", 2,
		  "other.nsg:5:1: the sandbox box is made in line 4 of the file, too" },
		{ "sed 's/uts:.*/pid:1/'", 2,
		  "other.nsg:4:24: pid:1 has no namespace but the host's" },
		{ "sed 's/ box/ bix/'", 2, "belongs to sandbox box, which must go before: by" },
		{ "sed 's/uts:.*/host/'", 2, "the host's namespaces cannot belong to a sandbox" },
		{ "sed s,uts:.*,/proc/1/ns/uts,", 1,
		  "other.nsg:4:1: sandbox add: the host's namespaces cannot belong to a sandbox" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, cmd_linef(&self->c, "%s base.nsg >other.nsg", bad[i].change));
		EXPECT_EQ(bad[i].status, cmd_line(&self->c, "nsguardctl sync other.nsg"))
			TH_LOG("%s", bad[i].change);
		EXPECT_HAS(self->c.err, bad[i].says);
		EXPECT_STREQ("", self->c.out);
		EXPECT_EQ(self->before, ctl_status().generation);
		EXPECT_EQ(0, ctl_status().transactions);
	}
	EXPECT_LOCKED();
	EXPECT_EQ(1, ctl_hits(self->lock));
}

TEST_F(sync_sandbox, json)
{
	char want[256];

	ASSERT_EQ(0, cmd_linef(&self->c, "sed '/^sandbox add/a\\\n"
			       "sandbox add two target /proc/%d/ns/ipc\n"
			       "' base.nsg >other.nsg", self->ns.pid));
	snprintf(want, sizeof(want), "\"removed\":[],\"added\":[\"/proc/%d/ns/ipc\"]}],",
		 self->ns.pid);
	/* What cannot be taken back is refused on trial. */
	EXPECT_EQ(1, cmd_line(&self->c, "nsguardctl sync other.nsg --confirm 5"));
	EXPECT_HAS(self->c.err, "sandboxes cannot change on trial");
	EXPECT_EQ(self->before, ctl_status().generation);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl -j sync other.nsg | tr -d '\\\\'"));
	EXPECT_HAS(self->c.out, "[{\"name\":\"two\",\"before\":false,\"after\":true,");
	EXPECT_HAS(self->c.out, want);
	EXPECT_EQ(1, ctl_hits(self->lock));
}

TEST_HARNESS_MAIN
