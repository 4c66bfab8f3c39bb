// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl as tests use it, see ctl.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ctl.h"
#include "kmod.h"

static void complain(const char *line, const struct cmd *c)
{
	fprintf(stderr, "# %s: exit %d, stdout \"%s\", stderr \"%s\"\n", line, c->status, c->out,
		c->err);
}

bool ctl_quiet(const char *line)
{
	struct cmd c = { 0 };
	bool ok;

	ok = cmd_line(&c, line) == 0 && !*c.out && !*c.err;
	if (!ok)
		complain(line, &c);
	cmd_free(&c);
	return ok;
}

int ctl_reset(void)
{
	return ctl_quiet("nsguardctl -f - <<-'EOF'\n"
			 "rule flush\n"
			 "default ns allow\ndefault cgroup allow\ndefault affinity allow\n"
			 "mode ns enforce\nmode cgroup enforce\nmode affinity enforce\n"
			 "EOF") ? 0 : -1;
}

long long ctl_add(const char *line)
{
	struct cmd c = { 0 };
	long long handle = -1;
	int end = -1;

	cmd_line(&c, line);
	if (c.status || *c.err || sscanf(c.out, "handle %lld\n%n", &handle, &end) != 1 ||
	    end < 0 || c.out[end]) {
		complain(line, &c);
		handle = -1;
	}
	cmd_free(&c);
	return handle;
}

long long ctl_hits(long long handle)
{
	long long h, prio, hits, found = -1;
	struct cmd c = { 0 };
	char *line, *rest;

	if (cmd_line(&c, "nsguardctl rule list"))
		complain("nsguardctl rule list", &c);
	for (line = strtok_r(c.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (sscanf(line, "%lld %lld %lld", &h, &prio, &hits) == 3 && h == handle)
			found = hits;
	cmd_free(&c);
	return found;
}

long long ctl_status(const char *table, int column)
{
	struct cmd c = { 0 };
	char *line, *rest;
	long long n = -1;

	/* 5 is a status too: something is partial or stale. */
	if (cmd_line(&c, "nsguardctl status") && c.status != 5)
		complain("nsguardctl status", &c);
	for (line = strtok_r(c.out, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *word[32], *more;
		int words = 0;

		for (char *w = strtok_r(line, " ", &more); w && words < 32;
		     w = strtok_r(NULL, " ", &more))
			word[words++] = w;
		if (n < 0 && words > 1 && words >= column && !strcmp(word[0], table))
			n = atoll(word[words - column]);
	}
	cmd_free(&c);
	return n;
}

int ctl_reload(const char *params)
{
	int ret = 0;

	if (kmod_loaded("nsguard"))
		ret = kmod_unload("nsguard");
	if (!ret && !kmod_loaded("nsguard_stub"))
		ret = kmod_load("nsguard_stub", "");
	return ret ? ret : kmod_load("nsguard", params);
}
