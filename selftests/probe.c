// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl probe proves every path there is (H4), whatever the policy, wherever it is run
 * from, and leaves everything as it was. What it says when there is no proof is in probe_gap.c.
 */
#include "lib/ctl.h"
#include "lib/ops.h"
#include "lib/probed.h"
#include "kselftest_harness.h"

#define DENY_ALL \
	"for t in ns cgroup affinity; do nsguardctl default $t deny --force || exit 90; done;"
#define WITHOUT_CGROUP2 \
	"mount -o remount,nsdelegate /sys/fs/cgroup && unshare -m bash -c '" \
	"umount -l /sys/fs/cgroup && nsguardctl probe'; code=$?; " \
	"grep ' cgroup2 ' /proc/mounts; exit $code"
#define IN_V1 \
	"mkdir -p /tmp/v1 && mount -t cgroup -o none,name=nsgtest cgroup /tmp/v1 &&" \
	" mkdir -p /tmp/v1/a && echo $$ >/tmp/v1/a/tasks && nsguardctl probe; code=$?;" \
	" grep nsgtest /proc/$$/cgroup;" \
	" echo $$ >/tmp/v1/tasks; rmdir /tmp/v1/a; umount /tmp/v1; rmdir /tmp/v1; exit $code"

FIXTURE(probe) {
	struct probed p;
	struct cmd c;
	struct nsg_status before, after;
};

FIXTURE_SETUP(probe)
{
	ASSERT_EQ(0, ctl_reset());
	self->before = ctl_status();
	ASSERT_LT(0, self->before.paths);
}

FIXTURE_TEARDOWN(probe)
{
	cmd_free(&self->c);
	EXPECT_EQ(0, ctl_reset());
}

/* Every path is proved but the one that serves sandboxes; by each of the paths somebody came. */
TEST_F(probe, every_path)
{
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(0, self->p.status);
	EXPECT_EQ(self->before.paths, self->p.n);
	EXPECT_EQ(self->p.n - 1, probed_count(&self->p, "proved"));
	EXPECT_STREQ("off", probed_result(&self->p, "ns.birth"));
	EXPECT_STREQ("", probed_reason(&self->p, "ns.birth"));

	self->after = ctl_status();
	ASSERT_EQ(self->before.paths, self->after.paths);
	for (unsigned int i = 0; i < self->after.paths; i++) {
		EXPECT_TRUE(self->after.path[i].covered)
			TH_LOG("%s", self->after.path[i].name);
		if (!self->after.path[i].detached)
			EXPECT_LT(self->before.path[i].hits, self->after.path[i].hits)
				TH_LOG("%s", self->after.path[i].name);
	}
}

/* For people: aligned columns and nothing on stderr; and status believes in it from then on. */
TEST_F(probe, text)
{
	/* Found anew: not taken from what is to be tested. */
	bool patched = !cmd_line(&self->c,
				 "grep -qw bpf_lsm_namespace_install /proc/kallsyms");

	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl probe"));
	EXPECT_EQ(0, strncmp(self->c.out, "PATH                   FUNCTION ", 32))
		TH_LOG("%s", self->c.out);
	EXPECT_HAS(self->c.out, patched ? "\nns.enter.uts           bpf_lsm_namespace_install " :
					  "\nns.enter.uts           utsns_install ");
	EXPECT_HAS(self->c.out, " proved\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "NOT "));
	EXPECT_STREQ("", self->c.err);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, "  yes\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "  no\n")) TH_LOG("%s", self->c.out);
}

/* A denied operation proves the path it was denied on. Nothing can die where nothing is born. */
TEST_F(probe, all_denied)
{
	unsigned int missing;

	ASSERT_TRUE(probed_run(&self->p, DENY_ALL));
	EXPECT_EQ(5, self->p.status);
	EXPECT_STREQ("not proved", probed_result(&self->p, "ns.death"));
	EXPECT_NE(NULL, strstr(probed_reason(&self->p, "ns.death"), "no namespace can be made"));
	/* Nobody is born into another cpuset where nobody may be born into another cgroup. */
	missing = !strcmp("not proved", probed_result(&self->p, "cpuset"));
	EXPECT_EQ(self->p.n - 2 - missing, probed_count(&self->p, "proved"));
	self->after = ctl_status();
	/* Eight ways in, at least one birth and the user namespace's; four moves; four masks. */
	EXPECT_LE(self->before.table[0].denied + 10, self->after.table[0].denied);
	EXPECT_LE(self->before.table[1].denied + 4, self->after.table[1].denied);
	EXPECT_LE(self->before.table[2].denied + 4, self->after.table[2].denied);
}

/* The rules let one type of namespace be made: enough for all of it. */
TEST_F(probe, one_birth_allowed)
{
	ASSERT_LT(0, ctl_add("nsguardctl rule add ns allow op create type cgroup"));
	ASSERT_LT(0, ctl_add("nsguardctl rule add cgroup allow uid 0"));
	ASSERT_TRUE(probed_run(&self->p, DENY_ALL));
	EXPECT_EQ(0, self->p.status);
	EXPECT_STREQ("proved", probed_result(&self->p, "ns.death"));
	EXPECT_LT(self->before.table[0].denied, ctl_status().table[0].denied);
}

/* A table that is off has no points to prove; the deaths of namespaces are noted all the same. */
TEST_F(probe, table_off)
{
	ASSERT_TRUE(ctl_quiet("nsguardctl mode affinity off"));
	ASSERT_TRUE(ctl_quiet("nsguardctl mode ns off"));
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(0, self->p.status);
	EXPECT_STREQ("off", probed_result(&self->p, "setaffinity"));
	EXPECT_STREQ("off", probed_result(&self->p, "io_uring.sq_aff"));
	EXPECT_STREQ("off", probed_result(&self->p, "ns.enter.uts"));
	EXPECT_STREQ("off", probed_result(&self->p, "ns.create"));
	EXPECT_STREQ("proved", probed_result(&self->p, "ns.death"));
	EXPECT_STREQ("proved", probed_result(&self->p, "cgroup.procs"));
	/* Hits of earlier do not make it a proof. */
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl status | grep '^setaffinity '"));
	EXPECT_HAS(self->c.out, "  off\n");

	ASSERT_TRUE(ctl_quiet("nsguardctl mode affinity enforce"));
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_STREQ("proved", probed_result(&self->p, "setaffinity"));
	EXPECT_STREQ("off", probed_result(&self->p, "ns.enter.uts"));
}

/* While there is a sandbox, births are guarded, and proved by all three ways there are. */
TEST_F_TIMEOUT(probe, births, 60)
{
	EXPECT_EQ(0, cmd_line(&self->c, "unshare -n sleep 30 & pid=$!; sleep 0.5;"
					" nsguardctl sandbox add box target /proc/$pid/ns/net;"
					" code=$?; echo $pid; exit $code"));
	EXPECT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(0, self->p.status);
	EXPECT_STREQ("proved", probed_result(&self->p, "ns.birth"));
	EXPECT_EQ(self->p.n, probed_count(&self->p, "proved"));
	EXPECT_EQ(0, cmd_linef(&self->c, "kill %d; nsguardctl sandbox flush --force",
			       atoi(self->c.out)));
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_STREQ("off", probed_result(&self->p, "ns.birth"));
}

/* From a cgroup of its own, in a cgroup namespace of its own. */
TEST_F(probe, deep_inside)
{
	ASSERT_EQ(0, cg_make("/nsgtest/a"));
	EXPECT_TRUE(probed_run(&self->p, "echo $$ >/sys/fs/cgroup/nsgtest/a/cgroup.procs;"));
	EXPECT_EQ(0, self->p.status);
	EXPECT_STREQ("", probed_reason(&self->p, "cgroup.procs"));
	/* There the kernel makes no hierarchy of version 1 for anybody. */
	EXPECT_EQ(5, cmd_line(&self->c, "echo $$ >/sys/fs/cgroup/nsgtest/a/cgroup.procs;"
					" unshare -C nsguardctl probe"));
	EXPECT_HAS(self->c.out, "NOT PROVED: no hierarchy of version 1 is mounted, and none can ");
	EXPECT_HAS(self->c.out, "proved, on a cgroup2 mounted for it\n");
	EXPECT_EQ(NULL, strstr(self->c.out, "was ended by signal"));
	cg_remove("/nsgtest");
}

/* Where no cgroup2 is to be seen, one is mounted for the moment, and nobody's options change. */
TEST_F(probe, without_cgroup2)
{
	EXPECT_EQ(0, cmd_line(&self->c, WITHOUT_CGROUP2)) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, "proved, on a cgroup2 mounted for it\n");
	EXPECT_HAS(self->c.out, ",nsdelegate");
	EXPECT_EQ(0, cmd_line(&self->c, "mount -o remount /sys/fs/cgroup"));
}

/* A hierarchy of version 1 that is there is used. */
TEST_F(probe, in_v1)
{
	EXPECT_EQ(0, cmd_line(&self->c, IN_V1)) TH_LOG("%s", self->c.err);
	EXPECT_HAS(self->c.out, "\ncgroup.v1 ");
	EXPECT_EQ(NULL, strstr(self->c.out, "made for it")) TH_LOG("%s", self->c.out);
	/* It moved nowhere. */
	EXPECT_HAS(self->c.out, ":name=nsgtest:/a\n");
}

TEST_HARNESS_MAIN
