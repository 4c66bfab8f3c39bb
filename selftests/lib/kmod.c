// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel modules and the kernel log, see kmod.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "kmod.h"

int kmod_open(const char *name)
{
	struct utsname u;
	char path[256];
	int fd;

	uname(&u);
	snprintf(path, sizeof(path), "/lib/modules/%s/updates/%s.ko", u.release, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		snprintf(path, sizeof(path), "/lib/nsguard-test/%s.ko", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

int kmod_load(const char *name, const char *params)
{
	int fd = kmod_open(name), ret;

	if (fd < 0)
		return fd;
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int kmod_unload(const char *name)
{
	int ret = 0;

	for (int i = 0; i < 100; i++) {
		ret = syscall(SYS_delete_module, name, O_NONBLOCK) ? -errno : 0;
		/* In use (a livepatch in transition, a dump) is a matter of time. */
		if (ret != -EAGAIN && ret != -EBUSY)
			break;
		usleep(50000);
	}
	return ret;
}

bool kmod_loaded(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return access(path, F_OK) == 0;
}

int kmod_param(const char *name, const char *param, char *text, size_t size)
{
	char path[192];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", name, param);
	return file_read(path, text, size);
}

int kmod_param_set(const char *name, const char *param, const char *text)
{
	char path[192];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", name, param);
	return file_write(path, text);
}

static int write_to(const char *path, int flags, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int file_write(const char *path, const char *text)
{
	return write_to(path, 0, text);
}

int file_make(const char *path, const char *text)
{
	return write_to(path, O_CREAT | O_TRUNC, text);
}

int file_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0) {
		ret = -errno;
		n = 0;
	}
	text[n] = '\0';
	if (n > 0 && text[n - 1] == '\n')
		text[n - 1] = '\0';
	close(fd);
	return ret;
}

int klog_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

bool klog_find(int fd, const char *a, const char *b, char *line, size_t size)
{
	char record[8192];
	ssize_t n;

	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		/* EPIPE: records were overwritten, the next read goes on after them. */
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		record[strcspn(record, "\n")] = '\0';
		if (strstr(record, a) && strstr(record, b)) {
			const char *text = strchr(record, ';');

			snprintf(line, size, "%s", text ? text + 1 : record);
			return true;
		}
	}
	line[0] = '\0';
	return false;
}
