// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces by path, by pid:N and by net:[N]. Opens files and asks nothing of nsguard.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "lang.h"
#include "nsres.h"

static void keep(struct nsfds *fds, int fd)
{
	if (fds->n == fds->cap) {
		fds->cap = fds->cap ? 2 * fds->cap : 16;
		fds->fd = xrealloc(fds->fd, fds->cap * sizeof(*fds->fd));
	}
	fds->fd[fds->n++] = fd;
}

void nsfds_close(struct nsfds *fds)
{
	while (fds->n)
		close(fds->fd[--fds->n]);
}

/* TYPE:[INUM], as readlink and lsns write it. */
static bool parse_link(const char *s, size_t n, unsigned int *type, __u32 *inum)
{
	const char *open = memchr(s, '[', n);
	size_t head = open ? (size_t)(open - s) : 0;
	int v;
	__u64 u;

	if (head < 2 || s[head - 1] != ':' || s[n - 1] != ']')
		return false;
	v = words_find(&words_nstype, s, head - 1);
	if (v < 0 || !parse_u64(open + 1, n - head - 2, UINT32_MAX, &u))
		return false;
	*type = (unsigned int)v;
	*inum = (__u32)u;
	return true;
}

static bool parse_pid(const char *s, size_t n, __u64 *pid)
{
	return n > 4 && !memcmp(s, "pid:", 4) && parse_u64(s + 4, n - 4, INT32_MAX, pid) && *pid;
}

bool nsres_plausible(const char *s, size_t n)
{
	unsigned int type;
	__u32 inum;
	__u64 pid;

	return (n == 4 && !memcmp(s, "host", 4)) || memchr(s, '/', n) ||
	       parse_pid(s, n, &pid) || parse_link(s, n, &type, &inum);
}

static int fail(const struct token *tok, const char *word, const char *path, int error)
{
	const char *colon = strcmp(word, path) ? ": " : "";
	const char *what = *colon ? path : "";

	if (error == ENOENT || error == ENOTDIR)
		complain(tok, "namespace %s%s%s: does not exist", word, colon, what);
	else
		complain(tok, "namespace %s%s%s: cannot be opened: %s", word, colon, what,
			 strerror(error));
	return error == EPERM || error == EACCES ? CODE_NOT_PRIVILEGED : CODE_USAGE;
}

static int open_path(struct nsfds *fds, const struct token *tok, const char *word, const char *path)
{
	/* O_NONBLOCK: what is no namespace may be a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fail(tok, word, path, errno);
	keep(fds, fd);
	if (nssearch_is_ns(fd, NULL))
		return 0;
	return complain(tok, "'%s' is not a namespace", path);
}

/* All of a process's namespaces; the time namespace is missing on kernels without it. */
static int open_pid(struct nsfds *fds, const struct token *tok, const char *word, __u64 pid,
		    __u32 types)
{
	char path[64];
	unsigned int t;
	int code;

	snprintf(path, sizeof(path), "/proc/%llu", (unsigned long long)pid);
	if (access(path, F_OK))
		return fail(tok, word, path, errno);
	for (t = 0; t < words_nstype.n; t++) {
		if (!(types & BIT(t)))
			continue;
		snprintf(path, sizeof(path), "/proc/%llu/ns/%s", (unsigned long long)pid,
			 words_get(&words_nstype, t));
		if (access(path, F_OK) && errno == ENOENT && t != NSGUARD_NSTYPE_PID)
			continue;
		code = open_path(fds, tok, word, path);
		if (code)
			return code;
	}
	return 0;
}

int nsres_open(struct nsfds *fds, const struct token *tok, const char *word, __u32 types)
{
	size_t n = strlen(word);
	unsigned int type;
	unsigned int before = fds->n;
	__u32 inum;
	__u64 pid;
	int fd, code;

	if (parse_pid(word, n, &pid)) {
		code = open_pid(fds, tok, word, pid, types);
		if (!code && fds->n == before)
			code = complain(tok, "%s has no namespace of the types asked for", word);
		return code;
	}
	if (!parse_link(word, n, &type, &inum))
		return open_path(fds, tok, word, word);
	fd = nssearch_open(type, inum);
	if (fd < 0)
		return complain(tok,
				"namespace %s: does not exist, or no process and no mount shows it",
				word);
	keep(fds, fd);
	return 0;
}
