// SPDX-License-Identifier: GPL-2.0-only
/*
 * A kernel whose functions have the names the guard knows and other arguments, or whose structs
 * have their members elsewhere (H6): none of that may be attached to. There is no such kernel to
 * boot, so it is the guard that expects something else: a word of what it asks the kernel's BTF
 * is altered in the module before it is loaded.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "lib/act.h"
#include "lib/ctl.h"
#include "lib/kmod.h"
#include "lib/ops.h"
#include "kselftest_harness.h"

#define HOST_UTS	"/proc/1/ns/uts"
#define BTF		"/sys/kernel/btf/vmlinux"
#define DIFFERENT	": its arguments are others than this nsguard knows"
#define LIST_ATTACHED	\
	"grep -E '^(bpf_lsm_|utsns_install|netns_install|cgroup_attach|io_)[a-z_]* ' " \
	"/sys/kernel/tracing/enabled_functions"

/*
 * Spells @word otherwise where it is a constant of the program, which comes before the module's own
 * BTF: a kernel may compare that with its own. Return: how many times.
 */
static unsigned int alter(char *text, size_t size, const char *word)
{
	const char *btf = memmem(text, size, "\x9f\xeb\x01", 4);
	size_t end = btf ? (size_t)(btf - text) : size, n = strlen(word);
	unsigned int altered = 0;

	for (size_t at = 1; at + n < end; at++) {
		if (text[at - 1] || memcmp(text + at, word, n + 1))
			continue;
		text[at + n - 1] = '?';
		altered++;
	}
	return altered;
}

/*
 * Loads nsguard with each string constant @word spelled otherwise; "": as it is. Return: 0 or
 * -errno, -ENOMSG when there is no such constant.
 */
static int load_altered(const char *word)
{
	int fd = kmod_open("nsguard"), ret = 0;
	struct stat st;
	size_t size;
	char *text;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st)) {
		close(fd);
		return -EIO;
	}
	size = st.st_size;
	text = malloc(size);
	if (!text || read(fd, text, size) != (ssize_t)size)
		ret = -EIO;
	close(fd);
	if (!ret && *word && !alter(text, size, word))
		ret = -ENOMSG;
	if (!ret && syscall(SYS_init_module, text, size, ""))
		ret = -errno;
	free(text);
	return ret;
}

FIXTURE(layout) {
	int log;
	char line[1024];
	struct nsg_status normal;
	struct cmd c;
};

FIXTURE_SETUP(layout)
{
	self->log = klog_open();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, ctl_reload(""));
	self->normal = ctl_status();
	ASSERT_LT(0, self->normal.paths);
	if (access(BTF, R_OK))
		SKIP(return, "the kernel has no BTF to ask");
	ASSERT_EQ(0, kmod_unload("nsguard"));
	/* Only what comes from here on. */
	close(self->log);
	self->log = klog_open();
}

FIXTURE_TEARDOWN(layout)
{
	cmd_free(&self->c);
	close(self->log);
	EXPECT_EQ(0, ctl_reload(""));
}

static const struct nsg_path *path(const struct nsg_status *s, const char *name)
{
	static const struct nsg_path none;

	for (unsigned int i = 0; i < s->paths; i++)
		if (!strcmp(s->path[i].name, name))
			return &s->path[i];
	return &none;
}

/* Loading is refused, in words that name @function, and nothing is left attached. */
#define EXPECT_REFUSED(word, function) do {					\
	EXPECT_EQ(-EOPNOTSUPP, load_altered(word));				\
	EXPECT_FALSE(kmod_loaded("nsguard"));					\
	EXPECT_TRUE(klog_find(self->log, "nsguard: cannot attach to " function,	\
			      DIFFERENT, self->line, sizeof(self->line)));	\
	cmd_line(&self->c, LIST_ATTACHED);					\
	EXPECT_STREQ("", self->c.out);						\
	EXPECT_EQ(0, act_setns(NULL, "uts", HOST_UTS));				\
} while (0)

/* The way the others are loaded is no reason for anything. */
TEST_F(layout, unaltered)
{
	struct nsg_status s;

	EXPECT_EQ(0, load_altered(""));
	s = ctl_status();
	EXPECT_EQ(self->normal.paths, s.paths);
	for (unsigned int i = 0; i < s.paths; i++) {
		EXPECT_STREQ(self->normal.path[i].function, s.path[i].function);
		EXPECT_EQ(self->normal.path[i].covered, s.path[i].covered);
	}
	EXPECT_LT(0, ctl_add("nsguardctl rule add ns deny type uts"));
	EXPECT_EQ(EPERM, act_setns(NULL, "uts", HOST_UTS));
}

/* An argument is another struct: a path that must be covered is not. */
TEST_F(layout, argument)
{
	EXPECT_REFUSED("nsset", "");
}

/* There are arguments enough and structs of that name, but a member is not where it was. */
TEST_F(layout, member)
{
	const char *function = path(&self->normal, "cgroup.procs")->function;

	if (!strcmp(function, "cgroup_attach_task")) {
		EXPECT_REFUSED("cgrp_link", "cgroup_attach_task");
		return;
	}
	/* A patched kernel has a better function, and only v1 hierarchies need this one. */
	EXPECT_EQ(0, load_altered("cgrp_link"));
	EXPECT_TRUE(klog_find(self->log, "nsguard: cgroup.v1 is not covered: cgroup_attach_task",
			      DIFFERENT, self->line, sizeof(self->line)));
	self->normal = ctl_status();
	EXPECT_FALSE(path(&self->normal, "cgroup.v1")->covered);
	EXPECT_TRUE(path(&self->normal, "cgroup.procs")->covered);
}

/* A path that may be left out is, and is said to be; the others are none the worse for it. */
TEST_F(layout, of_what_may_be_left_out)
{
	const struct op poller = { .kind = OP_SQ_AFF, .mask = 1, .before = 2 };
	const struct op other = { .kind = OP_AFFINITY, .mask = 1, .before = 2 };
	struct nsg_status s;

	if (!path(&self->normal, "io_uring.sq_aff")->covered)
		SKIP(return, "io_uring.sq_aff is not covered");
	EXPECT_EQ(0, load_altered("io_uring_params"));
	EXPECT_TRUE(klog_find(self->log,
			      "nsguard: io_uring.sq_aff is not covered: io_sq_offload_create",
			      DIFFERENT, self->line, sizeof(self->line)));
	s = ctl_status();
	EXPECT_FALSE(path(&s, "io_uring.sq_aff")->covered);
	EXPECT_TRUE(path(&s, "io_uring.iowq_aff")->covered);
	/* Not all that it should guard: status says so by its exit, too. */
	EXPECT_EQ(5, cmd_line(&self->c, "nsguardctl status"));
	EXPECT_HAS(self->c.out, "io_sq_offload_create" DIFFERENT);
	cmd_line(&self->c, LIST_ATTACHED);
	EXPECT_EQ(NULL, strstr(self->c.out, "io_sq_offload_create "));
	EXPECT_HAS(self->c.out, "io_wq_cpu_affinity ");

	EXPECT_LT(0, ctl_add("nsguardctl rule add affinity deny cpus intersects 0"));
	EXPECT_EQ(0, op_run(&poller).err);
	EXPECT_EQ(EPERM, op_run(&other).err);
}

TEST_HARNESS_MAIN
