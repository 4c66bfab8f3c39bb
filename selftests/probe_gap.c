// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl probe where there is nothing to prove, or no proof: it says so with the reason and
 * ends with the right code. Gaps are made with seccomp: the system call seems to be done, and the
 * attached function never hears of it.
 */
#include <stddef.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/probed.h"
#include "kselftest_harness.h"

#define URING_SWITCH	"/proc/sys/kernel/io_uring_disabled"

FIXTURE(gap) {
	struct probed p;
	struct cmd c;
};

FIXTURE_SETUP(gap)
{
	ASSERT_EQ(0, ctl_reset());
}

FIXTURE_TEARDOWN(gap)
{
	cmd_free(&self->c);
}

/*
 * From here on the system call @nr returns -@err (0: as if it were done) and does nothing. Return:
 * 0 or -errno (-EINVAL: a kernel without seccomp).
 */
static int intercept(int nr, int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

#define INTERCEPT(nr, err) do {						\
	int ret_ = intercept(nr, err);					\
									\
	if (ret_ == -EINVAL)						\
		SKIP(return, "this kernel has no seccomp");		\
	ASSERT_EQ(0, ret_);						\
} while (0)

/* H4: the operation went well, and nobody came by: that is what it is all for. */
TEST_F(gap, done_and_not_called)
{
	const char *reason;

	INTERCEPT(SYS_sched_setaffinity, 0);
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(5, self->p.status);
	EXPECT_STREQ("not proved", probed_result(&self->p, "setaffinity"));
	reason = probed_reason(&self->p, "setaffinity");
	EXPECT_HAS(reason, "sched_setaffinity was done, and ");
	EXPECT_HAS(reason, " was not called");
	EXPECT_STREQ("not proved", probed_result(&self->p, "setaffinity.effective"));
	EXPECT_STREQ("proved", probed_result(&self->p, "cgroup.procs"));
	EXPECT_EQ(5, cmd_line(&self->c, "nsguardctl probe"));
	EXPECT_HAS(self->c.out, "  NOT PROVED: sched_setaffinity was done, and ");
}

/* Somebody else has refused it first: told by its errno. */
TEST_F(gap, refused_before)
{
	INTERCEPT(SYS_setns, ENOMEM);
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(5, self->p.status);
	EXPECT_EQ(8, probed_count(&self->p, "not proved"));
	EXPECT_HAS(probed_reason(&self->p, "ns.enter.net"),
		   "setns(net): Cannot allocate memory, before ");
	EXPECT_STREQ("proved", probed_result(&self->p, "ns.create"));
}

TEST_F(gap, no_death)
{
	INTERCEPT(SYS_unshare, ENOSPC);
	ASSERT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(5, self->p.status);
	EXPECT_HAS(probed_reason(&self->p, "ns.death"), "no namespace can be made that could die");
	EXPECT_STREQ("not proved", probed_result(&self->p, "ns.create.user"));
	EXPECT_STREQ("proved", probed_result(&self->p, "ns.enter.user"));
}

TEST_F(gap, io_uring_disabled)
{
	char was[16];

	if (file_read(URING_SWITCH, was, sizeof(was)))
		SKIP(return, "io_uring cannot be disabled on this kernel");
	ASSERT_EQ(0, file_write(URING_SWITCH, "2"));
	EXPECT_TRUE(probed_run(&self->p, ""));
	EXPECT_EQ(0, file_write(URING_SWITCH, was));
	EXPECT_EQ(5, self->p.status);
	EXPECT_EQ(2, probed_count(&self->p, "not proved"));
	EXPECT_STREQ("io_uring is disabled (kernel.io_uring_disabled)",
		     probed_reason(&self->p, "io_uring.sq_aff"));
	EXPECT_STREQ("io_uring is disabled (kernel.io_uring_disabled)",
		     probed_reason(&self->p, "io_uring.iowq_aff"));
}

/* Without privilege nothing is tried at all. */
TEST_F(gap, not_privileged)
{
	struct nsg_status before = ctl_status(), after;

	EXPECT_EQ(4, cmd_line(&self->c, "setpriv --reuid 1000 --clear-groups nsguardctl probe"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_HAS(self->c.err, "CAP_SYS_ADMIN");
	EXPECT_EQ(4, cmd_line(&self->c,
			      "setpriv --bounding-set -sys_admin nsguardctl --json probe"));
	EXPECT_STREQ("", self->c.out);
	after = ctl_status();
	for (unsigned int i = 0; i < before.paths; i++)
		if (!strncmp(before.path[i].name, "ns.enter.", 9))
			EXPECT_EQ(before.path[i].hits, after.path[i].hits);
}

TEST_F(gap, not_loaded)
{
	ASSERT_EQ(0, kmod_unload("nsguard"));
	EXPECT_EQ(3, cmd_line(&self->c, "nsguardctl probe"));
	EXPECT_STREQ("", self->c.out);
	EXPECT_HAS(self->c.err, "not loaded");
	EXPECT_EQ(0, kmod_load("nsguard", ""));
}

TEST_F(gap, usage)
{
	EXPECT_EQ(2, cmd_line(&self->c, "nsguardctl probe all"));
	EXPECT_HAS(self->c.err, "'all'");
	EXPECT_EQ(2, cmd_line(&self->c, "nsguardctl probe --force"));
	EXPECT_HAS(self->c.err, "--force");
	EXPECT_EQ(2, cmd_line(&self->c, "nsguardctl probe --quick"));
	EXPECT_HAS(self->c.err, "--quick");
	EXPECT_STREQ("", self->c.out);
	EXPECT_EQ(0, cmd_line(&self->c, "nsguardctl --check probe"));
	EXPECT_STREQ("", self->c.out);
}

TEST_HARNESS_MAIN
