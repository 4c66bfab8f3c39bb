// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may speak to the guard: CAP_MAC_ADMIN in the initial user namespace for everything
 * but the status, and only from the initial network namespace (H25).
 */
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <linux/capability.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include "kselftest_harness.h"
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define GROUPS	1024	/* multicast groups of generic netlink, at the very most */

FIXTURE(privilege)
{
	struct nsg g;
};

FIXTURE_VARIANT(privilege)
{
	int (*become)(void);
	bool open_before;	/* the socket is root's, and handed on */
};

static int nobody(void)
{
	return setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534);
}

static int root_elsewhere(void)
{
	return unshare(CLONE_NEWUSER);
}

/* Root with every capability but the one. */
static int without_mac_admin(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -1;
	data[CAP_TO_INDEX(CAP_MAC_ADMIN)].effective &= ~CAP_TO_MASK(CAP_MAC_ADMIN);
	return syscall(SYS_capset, &head, data);
}

FIXTURE_VARIANT_ADD(privilege, nobody) { .become = nobody };
FIXTURE_VARIANT_ADD(privilege, user_namespace) { .become = root_elsewhere };
FIXTURE_VARIANT_ADD(privilege, without_mac_admin) { .become = without_mac_admin };
FIXTURE_VARIANT_ADD(privilege, handed_to_nobody) { .become = nobody, .open_before = true };
FIXTURE_VARIANT_ADD(privilege, handed_to_user_namespace) {
	.become = root_elsewhere, .open_before = true
};

FIXTURE_SETUP(privilege)
{
	nsg_setup(_metadata, &self->g);
}

FIXTURE_TEARDOWN(privilege)
{
	nsg_teardown(_metadata, &self->g);
}

/* One after the other; returns the number of the first that was not refused as it must be. */
static int all_refused(struct nsg *g, uint64_t handle)
{
	int n = 0;

#define SAID(g)	strstr((g)->text, "CAP_MAC_ADMIN in the initial user namespace")
#define REFUSED(call) do { \
	n++; \
	(void)(call); \
	if (g->error != EPERM || !SAID(g)) \
		return n; \
} while (0)
/* 6.1 has no room for a sentence where a dump starts. */
#define REFUSED_DUMP(call) do { \
	n++; \
	(void)(call); \
	if (g->error != EPERM || (g->text[0] && !SAID(g))) \
		return n; \
} while (0)
	REFUSED(nsg_add(g, DENY(NS, M_UID(1, 1))));
	REFUSED(nsg_rule_del(g, handle));
	REFUSED(nsg_flush(g, -1));
	REFUSED(nsg_mode(g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, false));
	REFUSED(nsg_default(g, NSGUARD_TABLE_NS, -1, NSGUARD_VERDICT_DENY, true));
	REFUSED(nsg_tx_begin(g));
	REFUSED(nsg_tx_commit(g));
	REFUSED(nsg_tx_abort(g));
	REFUSED_DUMP(nsg_list(g, -1, NULL, 0));
	REFUSED_DUMP(nsg_event_get(g, 0, NULL, 0));
#undef REFUSED_DUMP
#undef REFUSED
#undef SAID
	return 0;
}

static int unprivileged(const struct _fixture_variant_privilege *variant, struct nsg *g,
			uint64_t handle)
{
	struct nsg_status s;
	int ret;

	if (variant->open_before && nsg_open(g))
		return 100;
	if (variant->become())
		return 101;
	if (!variant->open_before && nsg_open(g))
		return 102;
	/* The state is no secret. */
	if (nsg_status(g, &s) || !s.generation)
		return 103;
	ret = all_refused(g, handle);
	if (ret)
		fprintf(stderr, "# call %d: %s (%s)\n", ret, strerror(g->error), g->text);
	return ret;
}

TEST_F(privilege, refused)
{
	struct nsg_status before, after;
	uint64_t handle;
	int status;
	pid_t pid;

	handle = must_add(_metadata, &self->g, DENY(NS, M_UID(4711, 4711)));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	pid = fork();
	if (pid == 0) {
		struct nsg g;

		_exit(unprivileged(variant, &g, handle));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.generation, after.generation);
	EXPECT_EQ(1, nsg_list(&self->g, -1, NULL, 0));
	EXPECT_EQ(0, after.transactions);
}

/*
 * The group of events is for those who may read them, or there is none. Of a group the kernel
 * can ask for CAP_SYS_ADMIN alone (H25), which one of the variants has.
 */
TEST_F(privilege, group)
{
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		struct nsg g;
		int ret = variant->open_before ? nsg_open(&g) : 0;

		ret = ret ?: variant->become();
		ret = ret ?: variant->open_before ? 0 : nsg_open(&g);
		if (ret)
			_exit(100);
		if (g.group && variant->become == without_mac_admin)
			_exit(nsg_watch(&g) == 0 ? 0 : 1);
		_exit(nsg_watch(&g) == -EPERM ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/*
 * Who joined the group before there was one (H25). The kernel knows numbers only, and of one that
 * belongs to nobody it asks no capability: all there are, and the module is loaded afterwards.
 */
FIXTURE(early)
{
	struct nsg g;
};

FIXTURE_VARIANT(early)
{
	int (*become)(void);
	bool listens;		/* where the kernel has a group */
};

FIXTURE_VARIANT_ADD(early, nobody) { .become = nobody };
FIXTURE_VARIANT_ADD(early, user_namespace) { .become = root_elsewhere };
FIXTURE_VARIANT_ADD(early, root) { .listens = true };

FIXTURE_SETUP(early)
{
	memset(&self->g, 0, sizeof(self->g));
	ASSERT_EQ(0, kmod_unload("nsguard"));
}

FIXTURE_TEARDOWN(early)
{
	nsg_close(&self->g);
	EXPECT_EQ(0, ctl_reload(""));
}

/* Joins every number there is. Return: the socket, or -1. */
static int join_all(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	unsigned int id, joined = 0;

	/* A socket without a port of its own hears nothing. */
	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		return -1;
	for (id = 1; id <= GROUPS; id++)
		joined += !setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &id, sizeof(id));
	return joined ? fd : -1;
}

/* Is there a message of @family? */
static bool heard(int fd, uint16_t family)
{
	union {
		struct nlmsghdr nlh;
		char buf[NSG_BUF];
	} m;

	while (recv(fd, &m, sizeof(m), MSG_DONTWAIT) > 0)
		if (m.nlh.nlmsg_type == family)
			return true;
	return false;
}

/* The child joins, says so, and is told the family's number once there has been an event. */
static int join_and_hear(int (*become)(void), int pipe_out, int pipe_in)
{
	uint16_t family;
	int fd;

	if (become && become())
		return 100;
	fd = join_all();
	if (fd < 0)
		return 101;
	if (write(pipe_out, "", 1) != 1 || read(pipe_in, &family, sizeof(family)) != sizeof(family))
		return 102;
	return heard(fd, family);
}

TEST_F_TIMEOUT(early, hears, 60)
{
	static const struct actor uid_6000 = { .uid = 6000 };
	int up[2], down[2], status;
	struct nsg_event e;
	uint64_t handle;
	char c;
	pid_t pid;

	ASSERT_EQ(0, pipe2(up, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(down, O_CLOEXEC));
	pid = fork();
	if (pid == 0)
		_exit(join_and_hear(variant->become, up[1], down[0]));
	close(up[1]);
	close(down[0]);
	ASSERT_EQ(1, read(up[0], &c, 1));
	ASSERT_EQ(0, kmod_load("nsguard", ""));
	nsg_setup(_metadata, &self->g);
	handle = must_add(_metadata, &self->g, DENY(NS, M_UID(6000, 6000)));
	/* When the second one is here, whoever may hear of the first has. */
	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(EPERM, act_setns(&uid_6000, "uts", "/proc/1/ns/uts"));
		EXPECT_TRUE(nsg_event_wait(&self->g, handle, 0, PROOF_MS, &e));
	}
	ASSERT_EQ(sizeof(self->g.family),
		  write(down[1], &self->g.family, sizeof(self->g.family)));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(variant->listens && self->g.group, WEXITSTATUS(status));
	EXPECT_EQ(0, nsg_reset(&self->g));
	close(up[0]);
	close(down[1]);
}

/* In another network namespace there is no such family. */
TEST(privilege_network_namespace)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct nsg g;

		if (unshare(CLONE_NEWNET))
			_exit(100);
		_exit(nsg_open(&g) == -ENOENT ? 0 : 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
