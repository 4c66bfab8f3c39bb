// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroup paths that fill their part of an event's record to the byte, with more to come: what had
 * no room is cut, and neither this record nor another one suffers. Events else: event.c.
 */
#include <limits.h>
#include <sched.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"
#include "lib/proof.h"

#define TOP	"/nsgtest"
#define RING	1024	/* records in the module's ring, the limit event-ring of status */
#define WHOLE	1020	/* bytes of a path when a record has but one, without "..." */
#define THIRD	337	/* the same when it has three */

FIXTURE(event_path)
{
	struct nsg g;
	struct nsg_event e;
	char path[PATH_MAX];
	char to[PATH_MAX];
};

FIXTURE_SETUP(event_path)
{
	nsg_setup(_metadata, &self->g);
	cg_remove(TOP);
}

FIXTURE_TEARDOWN(event_path)
{
	nsg_teardown(_metadata, &self->g);
	cg_remove(TOP);
}

/* Appends to @path a component of @n bytes @c. */
static void deeper(char *path, char c, size_t n)
{
	size_t len = strlen(path);

	path[len++] = '/';
	memset(path + len, c, n);
	path[len + n] = '\0';
}

static int become_deep(const void *path)
{
	static const uint32_t uid = 1000;

	return become_in_cgroup(path) ?: become_uid(&uid);
}

/* The last @n bytes of @whole, and that something is missing before them. */
#define EXPECT_CUT(whole, n, seen) do { \
	EXPECT_EQ((n) + 3, strlen(seen)); \
	EXPECT_EQ(0, strncmp("...", seen, 3)) \
		TH_LOG("%s", seen); \
	EXPECT_STREQ((whole) + strlen(whole) - (n), (seen) + 3); \
} while (0)

/* Asks for @mask @n times. Return: how many of them were not denied. */
static unsigned int asked(uint64_t mask, unsigned int n)
{
	unsigned int wrong = 0;

	while (n--)
		wrong += syscall(SYS_sched_setaffinity, 0, 8, &mask) != -1 || errno != EPERM;
	return wrong;
}

/*
 * Every record is used once more, the one the path was in as the last: events with a mask still
 * arrive whole, their numbers go on by one, and none is lost.
 */
static void once_around(struct __test_metadata *_metadata, struct _test_data_event_path *self)
{
	static const uint32_t uid = 1000;
	uint64_t last = self->e.seq + RING;
	struct nsg_status before, after;
	struct nsg_event e[4] = { 0 };
	int status;
	pid_t pid;

	must_add(_metadata, &self->g, DENY(AFFINITY, M_UID(1000, 1000)));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	pid = fork();
	if (pid == 0)
		_exit(become_uid(&uid) || asked(2, RING) ? 1 : 0);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	for (int i = 0; i < 500 && e[3].seq != last; i++) {
		usleep(20000);
		ASSERT_LE(0, nsg_event_get(&self->g, 4, e, 4));
	}
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(last - 3 + i, e[i].seq);
		EXPECT_EQ(pid, e[i].pid);
		EXPECT_TRUE(NSG_HAS(&e[i], MASK));
		EXPECT_EQ(2, e[i].mask);
	}
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.lost, after.lost);
}

TEST_F(event_path, whole_record)
{
	struct op op = { .kind = OP_SETNS, .become = become_deep, .arg = self->path };
	struct ns_set ns;

	strcpy(self->path, TOP);
	deeper(self->path, 'a', 250);
	deeper(self->path, 'b', 254);
	deeper(self->path, 'c', 254);
	deeper(self->path, 'd', 254);
	deeper(self->path, 'e', 254);
	ASSERT_EQ(0, cg_make(self->path));
	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWUTS));
	op.fd = ns.fd[NSGUARD_NSTYPE_UTS];
	prove(_metadata, &self->g, DENY(NS, M_UID(1000, 1000)), &op, true, true, &self->e);
	EXPECT_CUT(self->path, WHOLE, self->e.cgroup);
	ns_set_free(&ns);
	once_around(_metadata, self);
}

TEST_F(event_path, third_of_a_record)
{
	struct op op = { .kind = OP_PROCS, .from = self->path, .to = self->to, .other = true,
			 .become = become_deep, .arg = self->path };

	strcpy(self->path, TOP);
	deeper(self->path, 'a', 250);
	deeper(self->path, 'b', 168);
	strcpy(self->to, self->path);
	deeper(self->path, 'c', 167);
	deeper(self->to, 'd', 167);
	ASSERT_EQ(0, cg_make(self->path));
	ASSERT_EQ(0, cg_make(self->to));
	prove(_metadata, &self->g, DENY(CGROUP, M_UID(1000, 1000)), &op, true, true, &self->e);
	EXPECT_CUT(self->path, THIRD, self->e.cgroup);
	EXPECT_CUT(self->path, THIRD, self->e.from);
	EXPECT_CUT(self->to, THIRD, self->e.to);
	once_around(_metadata, self);
}

TEST_HARNESS_MAIN
