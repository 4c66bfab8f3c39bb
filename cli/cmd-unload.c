// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl unload: what rmmod does, after the sandboxes, which hold the module, are gone. The
 * kernel says who would be let out by that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "command.h"
#include "sandbox.h"

#define MODULES_DISABLED	"/proc/sys/kernel/modules_disabled"

static bool privileged(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return !syscall(SYS_capget, &head, set) && set[0].effective & BIT(CAP_SYS_MODULE);
}

/* kernel.modules_disabled, which no one can take back. */
static bool modules_stay(void)
{
	FILE *f = fopen(MODULES_DISABLED, "re");
	int c = f ? fgetc(f) : '0';

	if (f)
		fclose(f);
	return c == '1';
}

/* What is certain to be refused is refused before anything is let go. 0, or CODE_*. */
static int may_unload(void)
{
	if (!privileged()) {
		complain(NULL,
			 "unload: not privileged, CAP_SYS_MODULE is needed; nothing was changed");
		return CODE_NOT_PRIVILEGED;
	}
	if (modules_stay()) {
		complain(NULL,
			 "unload: kernel.modules_disabled is 1, until the next boot no module can be unloaded; nothing was changed");
		return CODE_REFUSED;
	}
	return 0;
}

/* Rules that name sandboxes go with them: those of table ns, in one transaction. */
static int let_go(bool force)
{
	static struct arena arena;
	struct changes ch = { .arena = &arena };
	struct sandbox_words all = { 0 };
	struct change *change;
	size_t i;
	int code;

	change = change_add(&ch, NSGUARD_CMD_RULE_FLUSH);
	change->table = NSGUARD_TABLE_NS;
	change = change_add(&ch, NSGUARD_CMD_SANDBOX_DEL);
	change->sandbox = &all;
	for (i = 0; i < ch.n; i++) {
		ch.v[i].command = command_of(cmd_unload);
		ch.v[i].force = force;
	}
	code = changes_run(&ch, "unload", &(struct cursor){ 0 });
	free(ch.v);
	return code;
}

int cmd_unload(struct cursor *c)
{
	struct sandboxes s = { 0 };
	struct module nl;
	bool gone;
	int code;

	code = cursor_end(c, "unload");
	if (!code)
		code = cursor_options(c, OPT_FORCE | OPT_GLOBAL, "unload");
	if (code || (c->options & OPT_CHECK))
		return code;
	code = module_open(&nl);
	if (!code)
		code = sandboxes_read(&nl, "unload", &s);
	module_close(&nl);
	if (!code)
		code = may_unload();
	if (!code && s.n)
		code = let_go(c->options & OPT_FORCE);
	gone = s.n;
	sandboxes_free(&s);
	if (!code && syscall(SYS_delete_module, "nsguard", O_NONBLOCK)) {
		complain(NULL, "unload: %s%s", errno == EAGAIN ?
			 "somebody is using the module; try again" : strerror(errno), gone ?
			 " (the sandboxes and all rules of table ns are deleted already)" : "");
		code = CODE_REFUSED;
	}
	return code;
}
