// SPDX-License-Identifier: GPL-2.0-only
/*
 * Real programs run from a test, see cmd.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wordexp.h>
#include "cmd.h"
#include "slow.h"

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int wait_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits until @deadline for @pid to end, then kills it. Return: as struct cmd's status. */
static int reap(pid_t pid, long long deadline)
{
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > deadline) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		usleep(1000);
	}
	return wait_status(status);
}

/* The child's side: stdin from /dev/null, the rest as given, dead when its parent dies. */
static void become(const char *const argv[], int out, int err)
{
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err < 0 ? 2 : err, 2) < 0)
		_exit(127);
	execvp(argv[0], (char *const *)argv);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/**
 * struct capture - one of the streams being read
 */
struct capture {
	int fd;
	char *text;
	size_t len, size;
};

/* Takes what is there. Return: 1, or 0 at the end. */
static int capture_more(struct capture *s)
{
	ssize_t n;

	if (s->size - s->len < 4096) {
		char *more = realloc(s->text, s->size * 2 + 8192);

		if (!more)
			return 0;
		s->text = more;
		s->size = s->size * 2 + 8192;
	}
	n = read(s->fd, s->text + s->len, s->size - s->len - 1);
	if (n <= 0)
		return 0;
	s->len += n;
	return 1;
}

static void capture_both(struct capture s[2], long long deadline)
{
	struct pollfd p[2] = { { s[0].fd, POLLIN, 0 }, { s[1].fd, POLLIN, 0 } };

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		long long left = deadline - now_ms();

		if (left <= 0 || poll(p, 2, left) <= 0)
			return;
		for (int i = 0; i < 2; i++)
			if (p[i].revents && !capture_more(&s[i]))
				p[i].fd = -1;
	}
}

int cmd_run(struct cmd *c, const char *const argv[])
{
	long long deadline = now_ms() + CMD_SECONDS * 1000LL * slow();
	struct capture s[2] = { 0 };
	int out[2], err[2];
	pid_t pid;

	cmd_free(c);
	c->status = -1;
	c->out = calloc(1, 1);
	c->err = calloc(1, 1);
	if (pipe2(out, O_CLOEXEC))
		return -1;
	if (pipe2(err, O_CLOEXEC)) {
		close(out[0]);
		close(out[1]);
		return -1;
	}
	pid = fork();
	if (pid == 0)
		become(argv, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	s[0].fd = out[0];
	s[1].fd = err[0];
	if (pid > 0) {
		capture_both(s, deadline);
		c->status = reap(pid, deadline);
	}
	for (int i = 0; i < 2; i++) {
		close(s[i].fd);
		if (!s[i].text)
			continue;
		s[i].text[s[i].len] = '\0';
		free(i ? c->err : c->out);
		*(i ? &c->err : &c->out) = s[i].text;
	}
	return c->status;
}

int cmd_line(struct cmd *c, const char *line)
{
	const char *const argv[] = { "bash", "-c", line, NULL };
	wordexp_t words;

	/* A shell is slow to start under emulation: only for what is more than words and quotes. */
	if (strpbrk(line, "$`=") || wordexp(line, &words, WRDE_NOCMD))
		return cmd_run(c, argv);
	cmd_run(c, (const char *const *)words.we_wordv);
	wordfree(&words);
	return c->status;
}

int cmd_linef(struct cmd *c, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	return cmd_line(c, line);
}

void cmd_free(struct cmd *c)
{
	free(c->out);
	free(c->err);
	c->out = NULL;
	c->err = NULL;
}

pid_t cmd_start(const char *line, int *fd)
{
	const char *const argv[] = { "bash", "-c", line, NULL };
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0)
		become(argv, out[1], -1);
	close(out[1]);
	*fd = out[0];
	if (pid < 0) {
		pid = -errno;
		close(out[0]);
	}
	return pid;
}

ssize_t cmd_read_line(int fd, char *line, size_t size, int seconds)
{
	long long deadline = now_ms() + seconds * 1000;
	struct pollfd p = { fd, POLLIN, 0 };
	size_t len = 0;

	/* One byte at a time: what follows the newline is for the next call. */
	while (len + 1 < size) {
		long long left = deadline - now_ms();

		if (left <= 0 || poll(&p, 1, left) <= 0)
			return -ETIME;
		if (read(fd, line + len, 1) != 1)
			return -EPIPE;
		if (line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return len;
}

int cmd_stop(pid_t pid, int fd, int sig)
{
	kill(pid, sig);
	close(fd);
	return reap(pid, now_ms() + 5000);
}
