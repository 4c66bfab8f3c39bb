// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where does net:[4026532008] show? In some thread's /proc/PID/ns, or mounted by name
 * (ip netns does that): asked once, since a file of rules may name thousands.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "lang.h"
#include "nsres.h"

#define NSFS	0x6e736673

static struct place {
	unsigned int type;
	__u32 inum;
	char *path;
} *places;
static size_t n_places, room;
static bool searched;

bool nssearch_is_ns(int fd, __u32 *inum)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) || fs.f_type != NSFS || fstat(fd, &st))
		return false;
	if (inum)
		*inum = (__u32)st.st_ino;
	return true;
}

static void note(const char *link, const char *path)
{
	const char *open = strchr(link, '[');
	size_t i;
	__u64 inum;
	int type;

	if (!open || open == link || open[-1] != ':')
		return;
	type = words_find(&words_nstype, link, (size_t)(open - 1 - link));
	if (type < 0 || !parse_u64(open + 1, strspn(open + 1, "0123456789"), 0xffffffff, &inum))
		return;
	/* Few differ: nearly all processes share the host's. */
	for (i = 0; i < n_places; i++)
		if (places[i].type == (unsigned int)type && places[i].inum == (__u32)inum)
			return;
	if (n_places == room) {
		room = room ? 2 * room : 64;
		places = xrealloc(places, room * sizeof(*places));
	}
	places[n_places].type = (unsigned int)type;
	places[n_places].inum = (__u32)inum;
	places[n_places].path = strdup(path);
	if (places[n_places].path)
		n_places++;
}

static void look_at_task(const char *dir)
{
	static const char *const also[] = { "pid_for_children", "time_for_children" };
	char path[128], link[64];
	unsigned int t;
	ssize_t n;

	for (t = 0; t < words_nstype.n + ARRAY_SIZE(also); t++) {
		snprintf(path, sizeof(path), "%s/ns/%s", dir,
			 t < words_nstype.n ? words_get(&words_nstype, t)
					    : also[t - words_nstype.n]);
		n = readlink(path, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		note(link, path);
	}
}

/* setns of most types is a thread's own affair, so every thread is looked at. */
static void look_at_tasks(void)
{
	DIR *proc = opendir("/proc"), *tasks;
	const struct dirent *p, *t;
	char dir[64];
	__u64 id;

	while (proc && (p = readdir(proc))) {
		if (!parse_u64(p->d_name, strlen(p->d_name), 0x7fffffff, &id))
			continue;
		snprintf(dir, sizeof(dir), "/proc/%llu/task", (unsigned long long)id);
		tasks = opendir(dir);
		while (tasks && (t = readdir(tasks))) {
			__u64 tid;

			if (!parse_u64(t->d_name, strlen(t->d_name), 0x7fffffff, &tid))
				continue;
			snprintf(dir, sizeof(dir), "/proc/%llu/task/%llu", (unsigned long long)id,
				 (unsigned long long)tid);
			look_at_task(dir);
		}
		if (tasks)
			closedir(tasks);
	}
	if (proc)
		closedir(proc);
}

/* \040 and its like stand for blanks in mountinfo. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
		    s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void look_at_mounts(void)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *save, *field[5];
	size_t cap = 0;
	unsigned int i;

	while (f && getline(&line, &cap, f) > 0) {
		if (!strstr(line, " - nsfs "))
			continue;
		field[0] = strtok_r(line, " ", &save);
		for (i = 1; i < ARRAY_SIZE(field) && field[i - 1]; i++)
			field[i] = strtok_r(NULL, " ", &save);
		if (i < ARRAY_SIZE(field) || !field[4])
			continue;
		unescape(field[4]);
		note(field[3], field[4]);
	}
	free(line);
	if (f)
		fclose(f);
}

int nssearch_open(unsigned int type, __u32 inum)
{
	size_t i;
	__u32 found;
	int fd;

	if (!searched) {
		look_at_mounts();
		look_at_tasks();
		searched = true;
	}
	for (i = 0; i < n_places; i++) {
		if (places[i].type != type || places[i].inum != inum)
			continue;
		fd = open(places[i].path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0 && nssearch_is_ns(fd, &found) && found == inum)
			return fd;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}
