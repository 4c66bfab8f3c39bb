// SPDX-License-Identifier: GPL-2.0-only
/*
 * Members of a sandbox die and the kernel gives their numbers to others (S3, S4): whoever is in
 * the new namespace is not locked, for each type, whether the dead one was named or born inside.
 */
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/inum.h"
#include "lib/proof.h"

FIXTURE(ns_death_sandbox)
{
	struct nsg g;
	struct ns_set old, new;
	struct inum_plug plug;
	int host[8];
};

FIXTURE_VARIANT(ns_death_sandbox)
{
	enum nsguard_nstype type;
};

#define VARIANT(name, t) \
	FIXTURE_VARIANT_ADD(ns_death_sandbox, name) { .type = NSGUARD_NSTYPE_##t }

/* clang-format off */
VARIANT(mnt, MNT);
VARIANT(uts, UTS);
VARIANT(ipc, IPC);
VARIANT(pid, PID);
VARIANT(net, NET);
VARIANT(user, USER);
VARIANT(cgroup, CGROUP);
VARIANT(time, TIME);
/* clang-format on */

FIXTURE_SETUP(ns_death_sandbox)
{
	memset(&self->old, -1, sizeof(self->old));
	memset(&self->new, -1, sizeof(self->new));
	nsg_setup(_metadata, &self->g);
	ns_own(self->host);
}

FIXTURE_TEARDOWN(ns_death_sandbox)
{
	ns_close(self->host);
	ns_set_free(&self->old);
	ns_set_free(&self->new);
	inum_unplug(&self->plug);
	nsg_teardown(_metadata, &self->g);
}

/* Leaves everything it can leave: 0, or 1 + the first type whose host namespace is refused. */
static int free_to_go(void *fds)
{
	static const enum nsguard_nstype types[] = {
		NSGUARD_NSTYPE_IPC, NSGUARD_NSTYPE_UTS, NSGUARD_NSTYPE_NET,
	};
	const int *host = fds;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (setns(host[types[i]], 0))
			return 1 + types[i];
	return 0;
}

/* In a user namespace of his own nobody has power over the host's: the errno tells who refuses. */
static int may_not(void *fds)
{
	const int *host = fds;

	return setns(host[NSGUARD_NSTYPE_IPC], 0) && errno == EPERM ? 0 : 1;
}

/* A new namespace gets the number @inum; a task in it is not locked, and listed nowhere. */
static void expect_free(struct __test_metadata *_metadata,
			struct _test_data_ns_death_sandbox *self, enum nsguard_nstype type,
			uint32_t inum)
{
	struct nsg_status before, after;
	struct inmate in;
	struct box box;

	EXPECT_EQ(0, inum_plug(&self->plug, inum))
		TH_LOG("number %u did not become free", inum);
	ASSERT_EQ(0, ns_set_make(&self->new, ns_flag[type]));
	ASSERT_EQ(inum, ns_inum(self->new.fd[type]));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	ASSERT_EQ(0, inmate_start(&in, self->new.fd[type]));
	EXPECT_EQ(0, inmate_do(&in, type == NSGUARD_NSTYPE_USER ? may_not : free_to_go,
			       self->host));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied, after.table[NSGUARD_TABLE_NS].denied);
	if (!box_get(&self->g, "box", &box)) {
		EXPECT_FALSE(box_holds(&box, in.pid));
		EXPECT_FALSE(box_has(&box, inum, false));
		EXPECT_FALSE(box_has(&box, inum, true));
	}
	inmate_stop(&in);
}

TEST_F(ns_death_sandbox, named)
{
	struct inmate in;
	struct box box = { .stale = false };
	uint32_t inum;

	ASSERT_EQ(0, ns_set_make(&self->old, ns_flag[variant->type]));
	inum = ns_inum(self->old.fd[variant->type]);
	ASSERT_EQ(0, box_add(&self->g, "box", &self->old.fd[variant->type], 1));
	ASSERT_EQ(0, inmate_start(&in, self->old.fd[variant->type]));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	inmate_stop(&in);
	ns_set_free(&self->old);
	for (int i = 0; i < 500 && !box.stale; i++) {
		ASSERT_EQ(0, box_get(&self->g, "box", &box));
		usleep(10000);
	}
	EXPECT_TRUE(box.stale);
	expect_free(_metadata, self, variant->type, inum);
}

struct birth {
	int flag;
	const char *name;
	uint32_t *inum;
};

static int be_born(void *arg)
{
	struct birth *b = arg;
	int fd[2], status;
	uint32_t inum = 0;
	pid_t pid, init = 0;

	if (pipe(fd))
		return 100;
	pid = fork();
	if (pid == 0) {
		if (unshare(b->flag))
			_exit(1);
		/* A pid namespace is shown once it has an init. */
		if (b->flag == CLONE_NEWPID)
			init = fork();
		if (b->flag == CLONE_NEWPID && !init)
			for (;;)
				pause();
		inum = ns_self(b->name);
		if (init) {
			kill(init, SIGKILL);
			waitpid(init, NULL, 0);
		}
		_exit(write(fd[1], &inum, sizeof(inum)) == sizeof(inum) ? 0 : 2);
	}
	if (waitpid(pid, &status, 0) != pid || status ||
	    read(fd[0], &inum, sizeof(inum)) != sizeof(inum))
		return 101;
	close(fd[0]);
	close(fd[1]);
	/* It comes back by a place both can see. */
	*b->inum = inum;
	return 0;
}

/* Made by somebody inside, so it was the sandbox's; with its death its number is not. */
TEST_F(ns_death_sandbox, born)
{
	static const char *const names[8] = {
		"mnt", "uts", "ipc", "pid_for_children", "net", "user", "cgroup",
		"time_for_children",
	};
	uint32_t *inum = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			      -1, 0);
	struct birth b = { ns_flag[variant->type], names[variant->type], inum };
	struct inmate in;
	struct box box;
	int uts;

	ASSERT_NE(MAP_FAILED, inum);
	ASSERT_EQ(0, ns_set_make(&self->old, CLONE_NEWUTS));
	uts = self->old.fd[NSGUARD_NSTYPE_UTS];
	ASSERT_EQ(0, box_add(&self->g, "box", &uts, 1));
	ASSERT_EQ(0, inmate_start(&in, uts));
	EXPECT_EQ(0, inmate_do(&in, be_born, &b));
	ASSERT_NE(0, *inum);
	for (int i = 0; i < 500; i++) {
		ASSERT_EQ(0, box_get(&self->g, "box", &box));
		if (!box_has(&box, *inum, true))
			break;
		usleep(10000);
	}
	EXPECT_FALSE(box_has(&box, *inum, true));
	expect_free(_metadata, self, variant->type, *inum);
	/* And whoever is inside still is. */
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	inmate_stop(&in);
	munmap(inum, 4096);
}

TEST_HARNESS_MAIN
