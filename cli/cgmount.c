// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looks for the calling process's cgroup among the mounts. Mounts nothing itself: a second
 * mount of cgroup2 could change the options of the first.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cgmount.h"
#include "util.h"

/* struct mount - a line of /proc/self/mountinfo; its words lie in the line */
struct mount {
	char *root;
	char *dir;
	char *type;
	char *options;
};

/* mountinfo has \040 and the like for blanks. */
static void unescape(char *s)
{
	char *to = s;
	int i;

	while (*s) {
		if (s[0] != '\\') {
			*to++ = *s++;
			continue;
		}
		for (i = 1; i <= 3 && s[i] >= '0' && s[i] <= '7'; i++)
			;
		if (i <= 3) {
			*to++ = *s++;
			continue;
		}
		*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
		s += 4;
	}
	*to = '\0';
}

/* "36 35 98:0 ROOT DIR rw,noatime master:1 - TYPE SOURCE OPTIONS" */
static bool mount_read(char *line, struct mount *m)
{
	char *word, *rest = line;
	unsigned int i;

	*m = (struct mount){ 0 };
	line[strcspn(line, "\n")] = '\0';
	for (i = 0; (word = strsep(&rest, " ")) && strcmp(word, "-"); i++) {
		if (i == 3)
			m->root = word;
		if (i == 4)
			m->dir = word;
	}
	m->type = strsep(&rest, " ");
	(void)strsep(&rest, " ");
	m->options = rest;
	if (!m->dir || !m->options)
		return false;
	unescape(m->root);
	unescape(m->dir);
	return true;
}

/* Is each word of @words one of @options? Both are lists by comma. */
static bool has_all(const char *options, const char *words)
{
	size_t n;

	for (; *words; words += n + (words[n] == ',')) {
		const char *o = options;

		n = strcspn(words, ",");
		while (*o && (strcspn(o, ",") != n || strncmp(o, words, n))) {
			o += strcspn(o, ",");
			o += *o == ',';
		}
		if (!*o)
			return false;
	}
	return true;
}

/* The part of @path below @root, NULL when it does not lie there. */
static const char *below(const char *path, const char *root)
{
	size_t n = strcmp(root, "/") ? strlen(root) : 0;

	if (strncmp(path, root, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

static int open_below(const struct mount *m, const char *path)
{
	const char *rest = below(path, m->root);
	struct buf name = { 0 };
	int fd = -1;

	/* Outside this process's cgroup namespace; of a mount that was made outside. */
	if (!rest || strstr(path, "/.."))
		return -1;
	buf_fmt(&name, "%s%s", m->dir, rest);
	fd = open(buf_cstr(&name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_free(&name);
	if (fd >= 0 && faccessat(fd, "cgroup.procs", W_OK, 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* "0::PATH" of version 2, "4:cpu,cpuacct:PATH" or "1:name=x:PATH" of version 1 */
static int open_in(const struct mount *m)
{
	bool two = !strcmp(m->type, "cgroup2");
	char *line = NULL, *rest, *words;
	FILE *f = fopen("/proc/self/cgroup", "re");
	size_t room = 0;
	int fd = -1;

	while (f && fd < 0 && getline(&line, &room, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		(void)strsep(&rest, ":");
		words = strsep(&rest, ":");
		if (rest && two == !*words && (two || has_all(m->options, words)))
			fd = open_below(m, rest);
	}
	free(line);
	if (f)
		fclose(f);
	return fd;
}

int own_cgroup_open(const char *type)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;
	struct mount m;
	int fd = -1;

	if (!f)
		return -1;
	while (fd < 0 && getline(&line, &room, f) > 0)
		if (mount_read(line, &m) && !strcmp(m.type, type))
			fd = open_in(&m);
	free(line);
	fclose(f);
	if (fd < 0)
		errno = ENOENT;
	return fd;
}
