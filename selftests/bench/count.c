// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command and says what it took: instructions on the CPU, its own and the kernel's for it,
 * without what it waited. One line on stdout: "NAME FIGURE"; the command's own output goes to
 * /dev/null and its errors through.
 *
 * usage: count NAME COMMAND...
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage u;
	int status;
	pid_t pid;

	if (argc < 3)
		return 2;
	pid = fork();
	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execvp(argv[2], argv + 2);
		fprintf(stderr, "count: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		return 1;
	/* The scheduler's clock counts instructions: a microsecond is a thousand. */
	printf("%s %lld\n", argv[1],
	       ((u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000ll +
		u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
