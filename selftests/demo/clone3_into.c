// SPDX-License-Identifier: GPL-2.0-only
/*
 * clone3_into CGROUP COMMAND...: starts a command directly in another cgroup, by
 * clone3(CLONE_INTO_CGROUP). No tool of the system does that by itself; service
 * managers do. It only makes the call and says what came of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd, status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: clone3_into CGROUP COMMAND...\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "clone3_into: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	args.cgroup = (uint64_t)fd;
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0) {
		fprintf(stderr, "clone3_into: clone3: %s\n", strerror(errno));
		return 1;
	}
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "clone3_into: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
