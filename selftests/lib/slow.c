// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time on slow kernels, see slow.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/time.h>
#include "slow.h"

unsigned int slow(void)
{
	const char *said = getenv("NSGUARD_SLOW");
	int n = said ? atoi(said) : 1;

	return n > 1 ? n : 1;
}

unsigned int slow_times(unsigned int n)
{
	return n > slow() ? n / slow() : 1;
}

unsigned int slow_asked(const char *name, unsigned int n)
{
	char line[4096] = "";
	const char *said;
	FILE *f = fopen("/proc/cmdline", "re");

	if (f) {
		said = fgets(line, sizeof(line), f);
		fclose(f);
	}
	said = strstr(line, name);
	return said ? strtoul(said + strlen(name), NULL, 0) : slow_times(n);
}

/* In place of the C library's: with it the harness bounds every test, for quick kernels. */
unsigned int alarm(unsigned int seconds)
{
	const struct itimerval new = { .it_value.tv_sec = (time_t)seconds * slow() };
	struct itimerval old;

	if (setitimer(ITIMER_REAL, &new, &old))
		return 0;
	return old.it_value.tv_sec + !!old.it_value.tv_usec;
}
