// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces that locked tasks make (H23): the room for them, who else may have it, and that none
 * is left behind as a member of nothing. That each type joins is sandbox's.
 */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "kselftest_harness.h"
#include "lib/box.h"
#include "lib/kmod.h"
#include "lib/proof.h"

#define PROMISES	256	/* tasks that may be making namespaces at a time */
#define MEMBERS		4096	/* namespaces of all sandboxes together */
#define SECONDS		120	/* for a test; hundreds of tasks on a slow machine */

FIXTURE(sandbox_birth)
{
	struct nsg g;
	struct ns_set ns;
	int host[8];
	int uts;
	int ipc;
};

FIXTURE_SETUP(sandbox_birth)
{
	struct rlimit files = { 2 * MEMBERS, 2 * MEMBERS };

	nsg_setup(_metadata, &self->g);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	ASSERT_EQ(0, file_write("/proc/sys/user/max_uts_namespaces", "65536"));
	ASSERT_EQ(0, ns_set_make(&self->ns, CLONE_NEWUTS | CLONE_NEWIPC));
	ns_own(self->host);
	self->uts = self->ns.fd[NSGUARD_NSTYPE_UTS];
	self->ipc = self->ns.fd[NSGUARD_NSTYPE_IPC];
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
}

FIXTURE_TEARDOWN(sandbox_birth)
{
	ns_close(self->host);
	ns_set_free(&self->ns);
	nsg_teardown(_metadata, &self->g);
}

static int make(void *flags)
{
	return unshare(*(int *)flags) ? errno : 0;
}

static int enter(void *fd)
{
	return setns(*(int *)fd, 0) ? errno : 0;
}

/* Whoever has made one holds no room that others need. */
TEST_F_TIMEOUT(sandbox_birth, many_makers, SECONDS)
{
	static struct inmate in[PROMISES + 8];
	int uts = CLONE_NEWUTS, both = CLONE_NEWUTS | CLONE_NEWUSER;
	unsigned int n;

	for (n = 0; n < sizeof(in) / sizeof(in[0]); n++) {
		ASSERT_EQ(0, inmate_start(&in[n], self->uts));
		EXPECT_EQ(0, inmate_do(&in[n], make, n < 4 ? &both : &uts))
			TH_LOG("maker %u", n);
	}
	while (n)
		inmate_stop(&in[--n]);
}

/* Nor whoever has failed to: a namespace that its user may not have. */
static int make_too_many(void *arg)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNET) ? errno : 0;
}

TEST_F_TIMEOUT(sandbox_birth, many_failures, SECONDS)
{
	static struct inmate in[PROMISES + 4], other;
	int uts = CLONE_NEWUTS;
	unsigned int n;

	ASSERT_EQ(0, file_write("/proc/sys/user/max_net_namespaces", "0"));
	for (n = 0; n < sizeof(in) / sizeof(in[0]); n++) {
		ASSERT_EQ(0, inmate_start(&in[n], self->uts));
		EXPECT_EQ(ENOSPC, inmate_do(&in[n], make_too_many, NULL));
	}
	EXPECT_EQ(0, file_write("/proc/sys/user/max_net_namespaces", "65536"));
	/* Another sandbox has room of its own, and theirs comes back with a try that works. */
	ASSERT_EQ(0, box_add(&self->g, "other", &self->ipc, 1));
	ASSERT_EQ(0, inmate_start(&other, self->ipc));
	EXPECT_EQ(0, inmate_do(&other, make, &uts));
	inmate_stop(&other);
	EXPECT_EQ(0, inmate_do(&in[0], make, &uts));
	while (n)
		inmate_stop(&in[--n]);
	ASSERT_EQ(0, inmate_start(&in[0], self->uts));
	EXPECT_EQ(0, inmate_do(&in[0], make, &uts));
	inmate_stop(&in[0]);
}

/*
 * Does it in a child, who has the id *@id unless that is 0, and who stays if @stay. Return: what
 * @fn returned; *@id is the child's.
 */
static int in_child(pid_t *id, int (*fn)(void *), void *arg, bool stay)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)id, .set_tid_size = *id ? 1 : 0,
	};
	unsigned char ret = 255;
	int fd[2];

	if (!args.set_tid_size)
		args.set_tid = 0;
	if (pipe(fd))
		return 255;
	*id = syscall(SYS_clone3, &args, sizeof(args));
	if (!*id) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		ret = fn(arg);
		if (write(fd[1], &ret, 1) != 1)
			_exit(1);
		while (stay)
			pause();
		_exit(0);
	}
	close(fd[1]);
	if (*id < 0 || read(fd[0], &ret, 1) != 1)
		ret = 255;
	close(fd[0]);
	if (*id > 0 && !stay)
		waitpid(*id, NULL, 0);
	return ret;
}

static int make_often(void *flags)
{
	int err = 0;

	for (int i = 0; i < PROMISES / 2 - 1 && !err; i++)
		err = make(flags);
	return err;
}

/* What a task was promised that failed and is gone is not kept for the next with its id. */
static int use_id_again(void *arg)
{
	int uts = CLONE_NEWUTS;
	pid_t id = 0, other = 0;

	if (in_child(&id, make_too_many, NULL, false) != ENOSPC)
		return 100;
	if (in_child(&id, make_often, &uts, true))
		return 101;
	if (in_child(&other, make_too_many, NULL, true) != ENOSPC)
		return 102;
	other = 0;
	return in_child(&other, make, &uts, false);
}

TEST_F(sandbox_birth, same_id)
{
	struct inmate in;

	ASSERT_EQ(0, file_write("/proc/sys/user/max_net_namespaces", "0"));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(0, inmate_do(&in, use_id_again, NULL));
	inmate_stop(&in);
	EXPECT_EQ(0, file_write("/proc/sys/user/max_net_namespaces", "65536"));
}

/* Makes as many as it gets and holds them; how many, into *@arg. */
static int make_all(void *arg)
{
	unsigned int *n = arg;
	int err = 0, fd;

	for (*n = 0; *n < MEMBERS && !err; ++*n) {
		if (unshare(CLONE_NEWUTS)) {
			err = errno;
			continue;
		}
		/* Kept open, and with it the namespace. */
		fd = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			err = 255;
	}
	return err;
}

static int drop_all(void *arg)
{
	return close_range(64, ~0u, 0) ? errno : 0;
}

/* One sandbox can use up its own room, and not that of another. */
TEST_F_TIMEOUT(sandbox_birth, one_starves_no_other, SECONDS)
{
	unsigned int *n = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);
	struct inmate glutton, other;
	int uts = CLONE_NEWUTS;
	struct nsg_event e;

	ASSERT_EQ(0, box_add(&self->g, "other", &self->ipc, 1));
	ASSERT_EQ(0, inmate_start(&other, self->ipc));
	ASSERT_EQ(0, inmate_start(&glutton, self->uts));
	EXPECT_EQ(ENOSPC, inmate_do(&glutton, make_all, n));
	/* As many as it leaves: half, as long as nobody else has any. */
	EXPECT_LE(MEMBERS / 2 - 8, *n);
	EXPECT_GE(MEMBERS / 2, *n);
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, glutton.pid, PROOF_MS, &e));
	EXPECT_EQ(ENOSPC, e.error);
	EXPECT_STREQ("box", e.sandbox);
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(0, inmate_do(&other, make, &uts));
	EXPECT_EQ(ENOSPC, inmate_do(&glutton, make, &uts));
	EXPECT_EQ(0, inmate_do(&glutton, drop_all, NULL));
	usleep(200000);
	EXPECT_EQ(0, inmate_do(&glutton, make, &uts));
	inmate_stop(&glutton);
	inmate_stop(&other);
	munmap(n, 4096);
}

/* Where nobody is refused, one for which there is no room is at least told. */
TEST_F_TIMEOUT(sandbox_birth, outside_is_told, SECONDS)
{
	static int fd[MEMBERS];
	static char name[16][8];
	struct nsg_event e;
	struct inmate in;
	int uts = CLONE_NEWUTS;
	bool told = false;
	unsigned int n;

	for (n = 0; n < MEMBERS - 1; n++) {
		ASSERT_EQ(0, unshare(CLONE_NEWUTS));
		fd[n] = open("/proc/thread-self/ns/uts", O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd[n]);
	}
	ASSERT_EQ(0, setns(self->host[NSGUARD_NSTYPE_UTS], 0));
	for (unsigned int i = 0; i < 16; i++) {
		snprintf(name[i], sizeof(name[i]), "full%u", i);
		ASSERT_EQ(0, box_add(&self->g, name[i], fd + 256 * i, i < 15 ? 256 : 255));
	}
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	EXPECT_EQ(ENOSPC, inmate_do(&in, make, &uts));
	ASSERT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_OFF, true));
	EXPECT_EQ(0, inmate_do(&in, make, &uts));
	for (int i = 0; i < 10 && !told; i++)
		told = nsg_event_wait(&self->g, 0, in.pid, 500, &e) && !NSG_HAS(&e, ENFORCED) &&
		       e.error == ENOSPC && e.op == NSGUARD_OP_CREATE;
	EXPECT_TRUE(told);
	EXPECT_STREQ("box", e.sandbox);
	EXPECT_EQ(0, nsg_mode(&self->g, NSGUARD_TABLE_NS, NSGUARD_MODE_ENFORCE, true));
	inmate_stop(&in);
	while (n)
		close(fd[--n]);
}

/* Makes one namespace after the other until it is told to stop. */
static void *churn(void *stop)
{
	while (!*(volatile int *)stop)
		unshare(CLONE_NEWUTS);
	return NULL;
}

#define CHURNERS	2

struct churners {
	int *stop;
	pid_t pid[CHURNERS];
};

static int churners_start(struct churners *c, int fd)
{
	*c->stop = 0;
	for (int i = 0; i < CHURNERS; i++) {
		c->pid[i] = fork();
		if (c->pid[i] < 0)
			return -1;
		if (!c->pid[i]) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (setns(fd, 0))
				_exit(1);
			churn(c->stop);
			pause();
			_exit(0);
		}
	}
	return 0;
}

static void churners_end(struct churners *c)
{
	for (int i = 0; i < CHURNERS; i++) {
		kill(c->pid[i], SIGKILL);
		waitpid(c->pid[i], NULL, 0);
	}
}

/* Is one of them locked by a sandbox that is not? Whoever enters what they are in can tell. */
static int ghosts(struct churners *c, const int *host)
{
	int found = 0, status, fd;
	char path[64];
	pid_t pid;

	for (int i = 0; i < CHURNERS; i++) {
		snprintf(path, sizeof(path), "/proc/%d/ns/uts", c->pid[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		pid = fork();
		if (!pid)
			_exit(fd < 0 || setns(fd, 0) || setns(host[NSGUARD_NSTYPE_IPC], 0) ? 1 : 0);
		waitpid(pid, &status, 0);
		found += !WIFEXITED(status) || WEXITSTATUS(status);
		close(fd);
	}
	return found;
}

TEST_F_TIMEOUT(sandbox_birth, born_while_deleted, SECONDS)
{
	struct churners c = {
		.stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	struct box box;

	for (int i = 0; i < 5; i++) {
		ASSERT_EQ(0, churners_start(&c, self->uts));
		usleep(50000);
		ASSERT_EQ(0, box_del(&self->g, "box", true));
		*c.stop = 1;
		usleep(20000);
		EXPECT_EQ(0, ghosts(&c, self->host));
		churners_end(&c);
		ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
		ASSERT_EQ(0, box_get(&self->g, "box", &box));
		EXPECT_EQ(1, box.n);
	}
	munmap(c.stop, 4096);
}

/* A commit that fails half-way has locked nobody, not even for a moment. */
TEST_F_TIMEOUT(sandbox_birth, born_while_rolled_back, SECONDS)
{
	struct churners c = {
		.stop = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
	};
	int fd[2] = { self->ipc, self->uts };
	struct nsg_status before, after;

	ASSERT_EQ(0, churners_start(&c, self->ipc));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	for (int i = 0; i < 30; i++)
		EXPECT_EQ(-EEXIST, box_add(&self->g, "two", fd, 2));
	EXPECT_EQ(0, ghosts(&c, self->host));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	EXPECT_EQ(before.table[NSGUARD_TABLE_NS].denied, after.table[NSGUARD_TABLE_NS].denied);
	churners_end(&c);
	munmap(c.stop, 4096);
}

static int clone_with(void *flags)
{
	struct { uint64_t flags, rest[7]; } args = { *(int *)flags, { 0, 0, 0, SIGCHLD } };
	pid_t pid = syscall(SYS_clone3, &args, 64);

	if (pid < 0)
		return errno;
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return 0;
}

/* In two at once: what is made could belong to one only, and would lead out of the other. */
TEST_F(sandbox_birth, several)
{
	int uts = CLONE_NEWUTS, both = CLONE_NEWUTS | CLONE_NEWIPC, none = 0;
	struct nsg_event e;
	struct inmate in;

	ASSERT_EQ(0, box_del(&self->g, "box", true));
	ASSERT_EQ(0, inmate_start(&in, self->uts));
	ASSERT_EQ(0, inmate_do(&in, enter, &self->ipc));
	ASSERT_EQ(0, box_add(&self->g, "box", &self->uts, 1));
	ASSERT_EQ(0, box_add(&self->g, "other", &self->ipc, 1));
	EXPECT_EQ(EPERM, inmate_do(&in, make, &uts));
	EXPECT_TRUE(nsg_event_wait(&self->g, 0, in.pid, PROOF_MS, &e));
	EXPECT_EQ(NSGUARD_OP_CREATE, e.op);
	EXPECT_STREQ("(several)", e.sandbox);
	EXPECT_EQ(EPERM, inmate_do(&in, clone_with, &both));
	EXPECT_EQ(EPERM, inmate_do(&in, enter, &self->uts));
	EXPECT_EQ(EPERM, inmate_do(&in, enter, &self->ipc));
	EXPECT_EQ(0, inmate_do(&in, clone_with, &none));
	/* With one of them gone it is as any other. */
	EXPECT_EQ(0, box_del(&self->g, "other", true));
	EXPECT_EQ(0, inmate_do(&in, clone_with, &both));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	inmate_stop(&in);
}

/* Chosen for one's children before there was a sandbox: they are not let out by it. */
static int child_leaves(void *host)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(try_leave(host));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

TEST_F(sandbox_birth, chosen_before)
{
	struct ns_set ns;
	struct inmate in;
	struct box box;
	int time = CLONE_NEWTIME;

	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWTIME | CLONE_NEWIPC));
	ASSERT_EQ(0, inmate_start(&in, ns.fd[NSGUARD_NSTYPE_TIME]));
	ASSERT_EQ(0, inmate_do(&in, enter, &ns.fd[NSGUARD_NSTYPE_IPC]));
	ASSERT_EQ(0, inmate_do(&in, make, &time));
	ASSERT_EQ(0, box_add(&self->g, "time", &ns.fd[NSGUARD_NSTYPE_TIME], 1));
	EXPECT_EQ(0, inmate_do(&in, try_leave, self->host));
	EXPECT_EQ(0, inmate_do(&in, child_leaves, self->host));
	/* Who else is in what it is in is not locked by that. */
	ASSERT_EQ(0, box_get(&self->g, "time", &box));
	EXPECT_EQ(2, box.n);
	EXPECT_FALSE(box_has(&box, ns_inum(ns.fd[NSGUARD_NSTYPE_IPC]), true));
	inmate_stop(&in);
	ns_set_free(&ns);
}

/* Nor by a program: vfork's child shares all with its parent, and moves when it executes one. */
static int program_leaves(void *arg)
{
	int status;
	pid_t pid = vfork();

	if (pid < 0)
		return errno == EINVAL ? 70 : 71;
	if (!pid) {
		execlp("nsenter", "nsenter", "-t", "1", "-u", "true", NULL);
		_exit(100);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

TEST_F(sandbox_birth, chosen_before_exec)
{
	struct nsg_status before, after;
	int time = CLONE_NEWTIME, ret;
	struct inmate in;
	struct ns_set ns;

	ASSERT_EQ(0, ns_set_make(&ns, CLONE_NEWTIME));
	ASSERT_EQ(0, inmate_start(&in, ns.fd[NSGUARD_NSTYPE_TIME]));
	ASSERT_EQ(0, inmate_do(&in, make, &time));
	ret = inmate_do(&in, program_leaves, NULL);
	inmate_stop(&in);
	if (ret == 70) {
		ns_set_free(&ns);
		SKIP(return, "the kernel lets nobody share memory with another time namespace");
	}
	EXPECT_EQ(0, ret);
	ASSERT_EQ(0, inmate_start(&in, ns.fd[NSGUARD_NSTYPE_TIME]));
	ASSERT_EQ(0, inmate_do(&in, make, &time));
	ASSERT_EQ(0, box_add(&self->g, "time", &ns.fd[NSGUARD_NSTYPE_TIME], 1));
	ASSERT_EQ(0, nsg_status(&self->g, &before));
	EXPECT_EQ(1, inmate_do(&in, program_leaves, NULL));
	ASSERT_EQ(0, nsg_status(&self->g, &after));
	/* nsenter tries twice. */
	EXPECT_LT(before.table[NSGUARD_TABLE_NS].denied, after.table[NSGUARD_TABLE_NS].denied);
	inmate_stop(&in);
	ns_set_free(&ns);
}

TEST_HARNESS_MAIN
