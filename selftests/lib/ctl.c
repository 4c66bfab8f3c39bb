// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl and its policy as tests use them, see ctl.h.
 */
#include <stdio.h>
#include <string.h>
#include "ctl.h"
#include "kmod.h"
#include "nsg.h"

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
	struct nsg g;
	int ret = nsg_open(&g);

	if (!ret) {
		ret = nsg_reset(&g);
		nsg_close(&g);
	}
	if (ret)
		fprintf(stderr, "# policy cannot be emptied: %s\n", strerror(-ret));
	return ret;
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
	long long hits = -1;
	struct nsg g;

	if (!nsg_open(&g)) {
		hits = nsg_hits(&g, handle);
		nsg_close(&g);
	}
	return hits;
}

int ctl_del(long long handle)
{
	struct nsg g;
	int ret = nsg_open(&g);

	if (!ret) {
		ret = nsg_rule_del(&g, handle);
		nsg_close(&g);
	}
	return ret;
}

struct nsg_status ctl_status(void)
{
	struct nsg_status s = { 0 };
	struct nsg g;

	if (!nsg_open(&g)) {
		nsg_status(&g, &s);
		nsg_close(&g);
	}
	return s;
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
