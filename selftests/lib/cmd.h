/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Real programs run from a test: what they printed, how they ended. Every run is
 * bounded; nothing here knows nsguard.
 */
#ifndef NSG_TEST_CMD_H
#define NSG_TEST_CMD_H

#include <stddef.h>
#include <sys/types.h>

#define CMD_SECONDS	20	/* a program that takes longer is killed */

/**
 * struct cmd - a program that has ended
 * @status: exit status; 128 + N when signal N ended it; -1 when it ran out of time
 * @out: what it wrote to stdout, NUL terminated, never NULL
 * @err: the same for stderr
 *
 * The texts belong to the struct, are reused by its next run and freed by cmd_free().
 * A struct starts zeroed.
 */
struct cmd {
	int status;
	char *out;
	char *err;
};

/* Runs @argv (NULL terminated, looked up in PATH). Return: @c->status. */
int cmd_run(struct cmd *c, const char *const argv[]);
/* Runs one line as bash would, quotes and all. Return: @c->status. */
int cmd_line(struct cmd *c, const char *line);
/* The same with printf's conversions, at most 1023 bytes. */
int cmd_linef(struct cmd *c, const char *format, ...);
void cmd_free(struct cmd *c);

/*
 * Starts a line of bash in the background with its stdout on *@fd. Return: its pid or -errno.
 * To be ended with cmd_stop().
 */
pid_t cmd_start(const char *line, int *fd);
/*
 * Reads from @fd up to and without a newline, at most @seconds long. Return: length, -ETIME, or
 * -EPIPE at the end of the file.
 */
ssize_t cmd_read_line(int fd, char *line, size_t size, int seconds);
/* Ends it with @sig (later SIGKILL), reaps it and closes @fd. Return: as struct cmd's status. */
int cmd_stop(pid_t pid, int fd, int sig);

/* For tests: @part occurs in @text, or the test fails and shows both. */
#define EXPECT_HAS(text, part) do {					\
	const char *__text = (text), *__part = (part);			\
									\
	EXPECT_NE(NULL, strstr(__text, __part))				\
		TH_LOG("no \"%s\" in:\n%s", __part, __text);		\
} while (0)

#endif
