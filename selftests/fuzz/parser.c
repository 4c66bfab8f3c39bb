// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's way into nsguardctl's parser, linked with the sources nsguardctl is made of: bytes
 * are a policy file, as "nsguardctl --check --echo -f FILE" reads one. What was understood is said
 * and read again, and must then be said in the same words.
 */
#include <pwd.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"

#define NAME	"fuzz.nsg"
#define LARGEST	65536	/* of a policy that is tried; libFuzzer keeps to far less by itself */

static const void *text;
static size_t size;

/* The parser opens its file by name: this one is in memory. libFuzzer's own are real ones. */
FILE *__real_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode)
{
	if (strcmp(name, NAME))
		return __real_fopen(name, mode);
	/* Of nothing fmemopen() makes no file. */
	return fmemopen((void *)(uintptr_t)(size ? text : "\n"), size ? size : 1, "r");
}

/* Who is known here must not depend on this machine, and not take a look into a file each. */
struct passwd *__wrap_getpwnam(const char *name);
struct passwd *__wrap_getpwnam(const char *name)
{
	static struct passwd root, nobody = { .pw_uid = 65534 };

	return !strcmp(name, "root") ? &root : !strcmp(name, "nobody") ? &nobody : NULL;
}

struct group *__wrap_getgrnam(const char *name);
struct group *__wrap_getgrnam(const char *name)
{
	static struct group root, www = { .gr_gid = 33 };

	return !strcmp(name, "root") ? &root : !strcmp(name, "www-data") ? &www : NULL;
}

/* Reads @n bytes @p as a policy. Return: what was understood, to be freed; NULL: it is none. */
static char *echo(const void *p, size_t n, size_t *said_size)
{
	struct arena arena = { 0 };
	struct changes ch = { .arena = &arena };
	FILE *out = stdout;
	char *said = NULL;
	bool possible;
	int code;

	text = p;
	size = n;
	code = file_parse(NAME, &ch);
	if (!code) {
		possible = !changes_possible(&ch);
		stdout = open_memstream(&said, said_size);
		code = changes_check(&ch, true);
		fclose(stdout);
		stdout = out;
		/* A rule that cannot be read back is a fault of ours, unless it is too large. */
		if (code && possible)
			abort();
	}
	if (code) {
		free(said);
		said = NULL;
	}
	free(ch.v);
	arena_free(&arena);
	return said;
}

/* By the name libFuzzer calls it by. */
int try_one(const uint8_t *data, size_t n) __asm__("LLVMFuzzerTestOneInput");
int try_one(const uint8_t *data, size_t n)
{
	char *said, *again;
	size_t said_size, again_size;

	if (n > LARGEST)
		return 0;
	said = echo(data, n, &said_size);
	if (!said)
		return 0;
	again = echo(said, said_size, &again_size);
	if (!again || again_size != said_size || memcmp(again, said, said_size)) {
		fprintf(stderr, "said:\n%sand again:\n%s", said, again ? again : "(a fault)\n");
		abort();
	}
	free(said);
	free(again);
	return 0;
}
