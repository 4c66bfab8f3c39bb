// SPDX-License-Identifier: GPL-2.0-only
/*
 * What nsguardctl probe said and whether it left anything, see probed.h. Its JSON is read by hand:
 * one flat object a path.
 */
#include <stdio.h>
#include <string.h>
#include "probed.h"

#define OUT	"/tmp/probed.out"

#define SCRIPT \
	"state() { stat -L -c %%n:%%i /proc/$$/ns/*; cat /proc/$$/cgroup /proc/$$/mountinfo;" \
	" grep _allowed /proc/$$/status; find /sys/fs/cgroup -type d; }; %s " \
	"before=$(state); nsguardctl --json probe >" OUT "; code=$?; after=$(state);" \
	" cat " OUT "; rm -f " OUT ";" \
	" [ \"$before\" = \"$after\" ] || { echo \"$before\" \"$after\" >&2; exit 99; };" \
	" exit $code"

/* The string behind "@key": in the object at @s that ends at @end. */
static void value(const char *s, const char *end, const char *key, char *to, size_t size)
{
	char quoted[32];
	const char *at;

	*to = '\0';
	snprintf(quoted, sizeof(quoted), "\"%s\":\"", key);
	at = strstr(s, quoted);
	if (!at || at > end)
		return;
	at += strlen(quoted);
	snprintf(to, size, "%.*s", (int)strcspn(at, "\""), at);
}

#define VALUE(s, end, key, to)	value(s, end, key, to, sizeof(to))

static bool understand(struct probed *p, const char *out)
{
	const char *s = strstr(out, "{\"nsguard\":{\"probe\":[");
	const char *end;

	if (s != out || !strstr(out, "]}}\n"))
		return false;
	for (s = strchr(s, '['); (s = strchr(s, '{')); s = end) {
		end = strchr(s, '}');
		if (!end || p->n == PROBED_PATHS)
			return false;
		VALUE(s, end, "name", p->path[p->n].name);
		VALUE(s, end, "function", p->path[p->n].function);
		VALUE(s, end, "result", p->path[p->n].result);
		VALUE(s, end, "reason", p->path[p->n].reason);
		if (!*p->path[p->n].name || !*p->path[p->n].result)
			return false;
		p->n++;
	}
	return p->n;
}

bool probed_run(struct probed *p, const char *before)
{
	struct cmd c = { 0 };
	char line[1024];
	bool ok;

	memset(p, 0, sizeof(*p));
	snprintf(line, sizeof(line), SCRIPT, before);
	p->status = cmd_line(&c, line);
	ok = understand(p, c.out);
	fprintf(stderr, "# probe: exit %d %s%s\n", p->status, c.err, ok ? "" : c.out);
	for (unsigned int i = 0; i < p->n; i++)
		if (!strncmp(p->path[i].result, "not ", 4))
			fprintf(stderr, "# %s %s: %s %s\n", p->path[i].name, p->path[i].function,
				p->path[i].result, p->path[i].reason);
	cmd_free(&c);
	return ok;
}

const char *probed_result(const struct probed *p, const char *path)
{
	for (unsigned int i = 0; i < p->n; i++)
		if (!strcmp(p->path[i].name, path))
			return p->path[i].result;
	return "";
}

const char *probed_reason(const struct probed *p, const char *path)
{
	for (unsigned int i = 0; i < p->n; i++)
		if (!strcmp(p->path[i].name, path))
			return p->path[i].reason;
	return "";
}

unsigned int probed_count(const struct probed *p, const char *result)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < p->n; i++)
		count += !strcmp(p->path[i].result, result);
	return count;
}
