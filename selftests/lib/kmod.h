/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel modules and the kernel log, for tests that load, unload and read what
 * the kernel said about it.
 */
#ifndef NSG_TEST_KMOD_H
#define NSG_TEST_KMOD_H

#include <stdbool.h>
#include <stddef.h>

/* The .ko of @name: nsguard's own, or one of selftests/mod. Return: an open file or -errno. */
int kmod_open(const char *name);
/* Loads @name with @params ("" for none). Return: 0 or -errno. */
int kmod_load(const char *name, const char *params);
/* Unloads @name, waiting a few seconds for it to be free. Return: 0 or -errno. */
int kmod_unload(const char *name);
bool kmod_loaded(const char *name);

/* Text of /sys/module/@name/parameters/@param without its newline. Return: 0 or -errno. */
int kmod_param(const char *name, const char *param, char *text, size_t size);
/* Writes it. Return: 0 or -errno, which may be what the module made of it. */
int kmod_param_set(const char *name, const char *param, const char *text);

/* Writes @text to @path in one write. Return: 0 or -errno. */
int file_write(const char *path, const char *text);
/* Makes the file anew with @text in it. Return: 0 or -errno. */
int file_make(const char *path, const char *text);
/* Reads @path into @text, without the last newline. Return: 0 or -errno. */
int file_read(const char *path, char *text, size_t size);

/* The kernel log from here on: an open file, or -errno. */
int klog_open(void);
/*
 * Looks on through the log for a line that has all of @a and @b (either may be ""). The line is
 * left in @line. Return: found?
 */
bool klog_find(int fd, const char *a, const char *b, char *line, size_t size);

#endif
