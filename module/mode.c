// SPDX-License-Identifier: GPL-2.0-only
/*
 * The modes from outside: mode=, the module's parameter, and nsguard.mode= on the kernel
 * command line, a ceiling until the next boot for who locked himself out. Modes of tables
 * while the module runs are the policy's.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "decide.h"
#include "mode.h"

#define PARAMETER	"nsguard.mode"
#define CMDLINE		"/proc/cmdline"
#define CMDLINE_MAX	SZ_16K	/* far beyond every architecture's COMMAND_LINE_SIZE */

static char *mode = "enforce";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "mode of the tables at first: off, audit or enforce (default)");

static enum nsguard_mode initial, ceiling = NSGUARD_MODE_ENFORCE;

static const char *const words[] = {
	[NSGUARD_MODE_OFF]	= "off",
	[NSGUARD_MODE_AUDIT]	= "audit",
	[NSGUARD_MODE_ENFORCE]	= "enforce",
};

enum nsguard_mode nsguard_ceiling(void)
{
	return ceiling;
}

enum nsguard_mode nsguard_mode_initial(void)
{
	return initial;
}

static int parse(const char *what, const char *word, enum nsguard_mode *to)
{
	unsigned int i;

	for (i = 0; word && i < ARRAY_SIZE(words); i++) {
		if (!strcmp(word, words[i])) {
			*to = i;
			return 0;
		}
	}
	pr_err("nsguard: %s=%s is none of off, audit, enforce\n", what, word ?: "");
	return -EINVAL;
}

/*
 * modprobe hands nsguard.mode= over as if it were said to it, so the parameter does not tell a
 * ceiling from a wish; and the kernel's own copy of its command line is not exported.
 */
static char *command_line(void)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n = 0;
	char *line;

	line = kvzalloc(CMDLINE_MAX, GFP_KERNEL);
	if (!line)
		return ERR_PTR(-ENOMEM);
	file = filp_open(CMDLINE, O_RDONLY, 0);
	if (IS_ERR(file)) {
		n = PTR_ERR(file);
	} else {
		n = kernel_read(file, line, CMDLINE_MAX - 1, &pos);
		filp_close(file, NULL);
	}
	if (n <= 0) {
		kvfree(line);
		return ERR_PTR(n ?: -ENODATA);
	}
	return line;
}

/* Words as the kernel splits them; after "--" they are init's. The last one counts. */
static int read_ceiling(char *line)
{
	char *name, *value;
	int err;

	line = skip_spaces(line);
	while (*line) {
		line = next_arg(line, &name, &value);
		if (!value && !strcmp(name, "--"))
			break;
		if (strcmp(name, PARAMETER))
			continue;
		err = parse(PARAMETER, value, &ceiling);
		if (err)
			return err;
	}
	return 0;
}

int nsguard_mode_init(void)
{
	char *line;
	int err;

	err = parse("mode", mode, &initial);
	if (err)
		return err;
	line = command_line();
	if (IS_ERR(line)) {
		err = PTR_ERR(line);
		pr_err("nsguard: cannot read %s (%d) for " PARAMETER "=; mount /proc\n",
		       CMDLINE, err);
		return err;
	}
	err = read_ceiling(line);
	kvfree(line);
	initial = min(initial, ceiling);
	return err;
}
