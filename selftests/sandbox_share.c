// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a locked task shares something with: io_uring's threads, memory (H24), and the rules
 * themselves. What it can do alone is sandbox_escape's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/proof.h"

FIXTURE(sandbox_share)
{
	struct nsg g;
	struct ns_set ns;
	int host[8];
	int uts;
	void *shared;		/* with inmates */
};

FIXTURE_SETUP(sandbox_share)
{
	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS));
	ns_own(self->host);
	self->uts = self->ns.fd[NSGUARD_NSTYPE_UTS];
	self->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->shared);
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
}

FIXTURE_TEARDOWN(sandbox_share)
{
	ns_close(self->host);
	ns_set_free(&self->ns);
	munmap(self->shared, 4096);
	nsg_teardown(_metadata, &self->g);
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 200;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 201;
}

/* io_uring's threads are where the task is. */
static int workers_inside(void *arg)
{
	uint32_t own = ns_self("uts");
	int threads = 0, err = uring_worker();
	char path[300];
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if (err)
		return err == ENOSYS || err == EPERM ? 70 : 62;
	for (int i = 0; i < 100 && threads < 2; i++) {
		usleep(10000);
		threads = 0;
		dir = opendir("/proc/self/task");
		while ((d = readdir(dir))) {
			snprintf(path, sizeof(path), "/proc/self/task/%s/ns/uts", d->d_name);
			if (*d->d_name == '.')
				continue;
			if (stat(path, &st) || st.st_ino != own)
				return 63;
			threads++;
		}
		closedir(dir);
	}
	return threads < 2 ? 64 : 0;
}

TEST_F(sandbox_share, io_uring_workers)
{
	struct inmate in;
	struct box box;
	int ret;

	ASSERT_EQ(0, inmate_start(&in, self->uts));
	ret = inmate_do(&in, workers_inside, NULL);
	if (ret == 70) {
		inmate_stop(&in);
		SKIP(return, "the kernel has no io_uring");
	}
	EXPECT_EQ(0, ret);
	ASSERT_EQ(0, box_get(&self->g, "box", &box));
	EXPECT_TRUE(box_holds(&box, in.pid));
	inmate_stop(&in);
}

/* H24: a process that shares memory with one outside, without being its thread. */
static int enter_and_exit(void *fd)
{
	_exit(setns(*(int *)fd, 0) ? errno : 0);
}

static int enter_sharing(int fd)
{
	static char stack[65536];
	pid_t pid = clone(enter_and_exit, stack + sizeof(stack), CLONE_VM | SIGCHLD, &fd);

	return wait_for(pid);
}

TEST_F(sandbox_share, shared_memory)
{
	uint64_t lock = box_lock(&self->g, "box", 0, false, 0);

	ASSERT_NE(0, lock);
	EXPECT_EQ(EPERM, enter_sharing(self->uts));
	EXPECT_EQ(0, box_rule_del(&self->g, lock));
	ASSERT_NE(0, box_lock(&self->g, "box", 0, true, 0));
	EXPECT_EQ(0, enter_sharing(self->uts));
}

/* Whoever only looks at a process's memory does not keep it out. */
static void look_at(pid_t pid)
{
	char path[64], text[4096];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		fd = open(path, O_RDONLY);
		while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
			;
		if (fd >= 0)
			close(fd);
	}
}

TEST_F(sandbox_share, looked_at)
{
	pid_t looker, enterer;

	ASSERT_NE(0, box_lock(&self->g, "box", 0, false, 0));
	enterer = fork();
	if (!enterer) {
		for (int i = 0; i < 500; i++)
			if (setns(self->uts, 0))
				_exit(errno);
		_exit(0);
	}
	looker = fork();
	if (!looker)
		look_at(enterer);
	EXPECT_EQ(0, wait_for(enterer));
	kill(looker, SIGKILL);
	wait_for(looker);
}

struct rules {
	struct nsg *g;		/* a connection made outside */
	char *text;
};

static int change_rules(void *arg)
{
	struct rules *r = arg;
	struct nsg own;

	if (nsg_open(&own))
		return 65;
	if (box_del(&own, "box", true) != -EPERM)
		return 66;
	strcpy(r->text, own.text);
	if (nsg_mode(&own, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, true) != -EPERM)
		return 67;
	if (box_rule_flush(&own) != -EPERM || nsg_tx_begin(&own) != -EPERM)
		return 68;
	/* One that was begun outside and lacks only the last word. */
	return nsg_tx_commit(r->g) == -EPERM ? 0 : 69;
}

TEST_F(sandbox_share, change_rules)
{
	struct rules r = { .text = self->shared };
	struct inmate in;
	struct nsg outside;
	struct box box;

	ASSERT_EQ(0, nsg_open(&outside));
	ASSERT_EQ(0, nsg_tx_begin(&outside));
	ASSERT_EQ(0, box_del(&outside, "box", true));
	r.g = &outside;
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, change_rules, &r));
	EXPECT_NE(NULL, strstr(r.text, "locked in a sandbox"));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	EXPECT_EQ(0, box_get(&self->g, "box", &box));
	inmate_stop(&in);
	nsg_close(&outside);
}

TEST_HARNESS_MAIN
