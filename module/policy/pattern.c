// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cgroup paths in rules: split once when the rule is made, compared with a cgroup component
 * by component, from the leaf upwards. By path and not by id, so that a rule survives a
 * service's restart. What a path means to a rule is said in match.c.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include "../../kernel-glue/glue.h"
#include "match.h"

int nsguard_pattern_init(struct nsguard_pattern *p, const char *text, const char **why)
{
	unsigned int n = 0;
	char *next, *part;
	const char *s;

	memset(p, 0, sizeof(*p));
	*why = "out of memory";
	if (text[0] != '/') {
		*why = "a cgroup path starts with / (the root of its hierarchy)";
		return -EINVAL;
	}
	if (text[1]) {
		for (s = text; *s; s++)
			n += *s == '/';
	}
	if (n > NSGUARD_MAX_COMPONENTS) {
		*why = "too many components in a cgroup path";
		return -E2BIG;
	}
	p->text = kstrdup(text, GFP_KERNEL_ACCOUNT);
	p->buf = kstrdup(text, GFP_KERNEL_ACCOUNT);
	p->component = kcalloc(n ?: 1, sizeof(*p->component), GFP_KERNEL_ACCOUNT);
	if (!p->text || !p->buf || !p->component) {
		nsguard_pattern_free(p);
		return -ENOMEM;
	}
	next = n ? p->buf + 1 : NULL;
	while (next) {
		part = strsep(&next, "/");
		if (!*part) {
			*why = "an empty component in a cgroup path";
			goto invalid;
		}
		if (!strcmp(part, ".") || !strcmp(part, "..")) {
			*why = "\".\" and \"..\" are no components of a cgroup path";
			goto invalid;
		}
		p->component[p->n++] = part;
	}
	return 0;

invalid:
	nsguard_pattern_free(p);
	return -EINVAL;
}

void nsguard_pattern_free(struct nsguard_pattern *p)
{
	kfree(p->text);
	kfree(p->buf);
	kfree(p->component);
	memset(p, 0, sizeof(*p));
}

/*
 * '*' stands for any run of characters, everything else for itself, backslash too: names
 * of systemd units contain \x2d. Goes back to the last star only: at most |pat| x |s| steps.
 */
static bool glob(const char *pat, const char *s)
{
	const char *star = NULL, *mark = NULL;

	while (*s) {
		if (*pat == '*') {
			star = ++pat;
			mark = s;
		} else if (*pat == *s) {
			pat++;
			s++;
		} else if (star) {
			pat = star;
			s = ++mark;
		} else {
			return false;
		}
	}
	while (*pat == '*')
		pat++;
	return !*pat;
}

struct cgroup *nsguard_cgroup_at(struct cgroup *cgrp, int level)
{
	return cgrp->level < level ? NULL : cgrp->ancestors[level];
}

/*
 * A cgroup holds its parent and its node of kernfs until an RCU grace period after its end,
 * so the walk needs no reference. Names: H19.
 */
bool nsguard_pattern_matches(const struct nsguard_pattern *p, enum nsguard_relation relation,
			     struct cgroup *cgrp)
{
	unsigned int i;

	if (relation == NSGUARD_RELATION_UNDER)
		cgrp = nsguard_cgroup_at(cgrp, p->n);
	if (!cgrp || cgrp->level != p->n)
		return false;
	for (i = p->n; i; i--) {
		if (!glob(p->component[i - 1], nsguard_glue_kn_name(cgrp->kn)))
			return false;
		cgrp = cgroup_parent(cgrp);
	}
	return true;
}
