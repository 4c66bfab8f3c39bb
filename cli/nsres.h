/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a person calls a namespace to an open file of it, which is what the
 * kernel is given: an inode number alone could be another namespace's by then (H20).
 */
#ifndef NSGUARDCTL_NSRES_H
#define NSGUARDCTL_NSRES_H

#include "token.h"

/**
 * struct nsfds - files that must stay open until the kernel has answered
 * @fd: they
 * @n: how many
 * @cap: room
 */
struct nsfds {
	int *fd;
	unsigned int n;
	unsigned int cap;
};

/* Keeps the storage. */
void nsfds_close(struct nsfds *fds);

/* Says what @s (@n bytes) is, without looking: false if it cannot name a namespace. */
bool nsres_plausible(const char *s, size_t n);

/*
 * Opens what @word names and appends it to @fds: one file, or for pid:N one for each type in @types
 * (bits of enum nsguard_nstype). "host" is not for here. @tok is for complaints.
 * Return: 0, or CODE_* after a complaint.
 */
int nsres_open(struct nsfds *fds, const struct token *tok, const char *word, __u32 types);

/* nssearch.c: an open file of the namespace TYPE:[INUM] wherever it shows, or -1. */
int nssearch_open(unsigned int type, __u32 inum);
/* Is @fd a namespace? Its inode number in *@inum. */
bool nssearch_is_ns(int fd, __u32 *inum);

#endif
