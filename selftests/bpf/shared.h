/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test and its BPF program tell each other: the one global variable of every program in
 * this folder. Included by both, so it includes nothing.
 */
#ifndef NSG_TEST_BPF_SHARED_H
#define NSG_TEST_BPF_SHARED_H

/**
 * struct shared - written by the test: what to do; by the program: what it met
 * @refuse: refuse with EACCES, which is not nsguard's errno
 * @page: sleepable programs read a byte from there, and sleep until it is there; 0: do not
 * @calls: how often it ran
 * @returned: how often it came back from @page
 * @arg: of the last call, what tells which it was: a namespace's inode number, a cgroup's id, the
 *	first word of a mask (0 where there is none)
 * @refused: programs that run behind a function: how often it returned -EPERM, nsguard's errno
 */
struct shared {
	int refuse;
	unsigned long long page;
	unsigned long long calls;
	unsigned long long returned;
	unsigned long long arg;
	unsigned long long refused;
};

#endif
