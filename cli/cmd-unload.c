// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl unload: what rmmod does, after the sandboxes, which hold the module, are gone. The
 * kernel says who would be let out by that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "command.h"
#include "sandbox.h"

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
	if (!code && s.n)
		code = let_go(c->options & OPT_FORCE);
	sandboxes_free(&s);
	if (!code && syscall(SYS_delete_module, "nsguard", O_NONBLOCK)) {
		complain(NULL, "unload: %s", errno == EAGAIN ?
			 "somebody is using the module; try again" : strerror(errno));
		code = CODE_REFUSED;
	}
	return code;
}
