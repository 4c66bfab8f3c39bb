// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time on slow kernels, see slow.h.
 */
#include <stdlib.h>
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

/* In place of the C library's: with it the harness bounds every test, for quick kernels. */
unsigned int alarm(unsigned int seconds)
{
	const struct itimerval new = { .it_value.tv_sec = (time_t)seconds * slow() };
	struct itimerval old;

	if (setitimer(ITIMER_REAL, &new, &old))
		return 0;
	return old.it_value.tv_sec + !!old.it_value.tv_usec;
}
