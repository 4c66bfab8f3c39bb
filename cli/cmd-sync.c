// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl sync FILE|- [--dry-run]: makes the policy in force what the file says, and shows what
 * differed. What is the same keeps its handles and hits.
 */
#include <stdlib.h>
#include "module.h"
#include "out.h"
#include "sync.h"

/* The policy in force, which must be the one --expect names. */
static int read_force(const struct cursor *c, struct whole *w)
{
	int code = whole_read("sync", w);

	if (!code && c->options & OPT_EXPECT && c->expect != w->policy.generation) {
		complain(NULL,
			 "sync: the policy is not of the generation expected: %llu is in force",
			 (unsigned long long)w->policy.generation);
		code = CODE_CONFLICT;
	}
	return code;
}

/* What was compared must still be in force when the difference comes. */
static int apply(const struct changes *ch, const char *file, const struct cursor *c,
		 __u64 generation, struct outcome *o)
{
	struct cursor mine = *c;

	o->generation = generation;
	if (!ch->n || c->options & OPT_DRY_RUN)
		return 0;
	mine.options |= OPT_EXPECT;
	mine.expect = generation;
	return changes_apply(ch, file, &mine, o);
}

/*
 * What is forced in the file, such as a default of deny, is not what lets somebody out of a
 * sandbox: a file says no word of what it lacks.
 */
static bool force(const struct sync *s, const struct policy *p, const struct cursor *c)
{
	return c->options & OPT_FORCE || (s->forced && !sync_lets_go(s, p));
}

static int sync_with(const char *file, struct cursor *c, struct changes *said)
{
	const struct change as = { .command = command_of(cmd_sync) };
	struct changes ch = { .arena = said->arena };
	struct whole w = { 0 };
	struct outcome o = { 0 };
	struct sync s;
	int code;

	code = sync_file(&s, said);
	if (!code && c->options & OPT_CHECK) {
		sync_free(&s);
		return changes_possible(said) ? CODE_USAGE :
						changes_check(said, c->options & OPT_ECHO);
	}
	if (!code)
		code = read_force(c, &w);
	if (!code)
		code = sync_compare(&s, &w);
	if (!code) {
		sync_changes(&s, &w.policy, &as, force(&s, &w.policy, c), &ch);
		code = apply(&ch, file, c, w.policy.generation, &o);
	}
	if (!code && c->options & OPT_JSON)
		sync_show_json(&s, &ch, &w.policy, &o, c->options & OPT_DRY_RUN);
	else if (!code)
		sync_show(&s, &ch, &w.policy, &o);
	if (!code && !(c->options & (OPT_JSON | OPT_DRY_RUN)) && c->options & OPT_CONFIRM)
		outcome_say_trial(&o);
	free(o.handle);
	free(ch.v);
	whole_free(&w);
	sync_free(&s);
	return code;
}

int cmd_sync(struct cursor *c)
{
	static struct arena arena;
	struct changes said = { .arena = &arena };
	const struct token *t;
	int code;

	code = cursor_need(c, "sync needs a file", &t);
	if (!code)
		code = cursor_end(c, "sync FILE");
	if (!code)
		code = cursor_options(c, OPT_CHANGE | OPT_FORCE | OPT_DEFINE | OPT_DRY_RUN |
				      OPT_GLOBAL, "sync");
	if (code)
		return code;
	out_color_init(c->color);
	code = changes_define(c, &said);
	if (!code)
		code = file_parse(t->text, &said);
	if (!code)
		code = sync_with(t->text, c, &said);
	free(said.v);
	return code;
}
