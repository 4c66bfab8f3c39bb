// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl monitor: events as they happen, or the newest ones. How one looks is in
 * event.c; here it is seen to that none is shown twice and none is missed unsaid.
 */
#include <stdio.h>
#include <time.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "command.h"
#include "event.h"
#include "out.h"
#include "policy.h"

#define POLL_MS	200	/* where the kernel has no group that is safe to join */

/**
 * struct monitor - what was shown so far
 * @seq: number of the newest event shown or passed over
 * @known: @seq is to be relied on, so that a gap after it means missed events
 * @lost: lost ones the kernel told of, right before the event to come
 * @passing: pass over events without showing them
 * @failed: stdout is gone
 */
struct monitor {
	struct buf out;
	struct arena arena;
	__u64 seq;
	bool known;
	__u64 lost;
	bool passing;
	bool json;
	bool failed;
};

static void take(struct monitor *m, const struct nlattr *attr)
{
	struct nlattr *tb[NSGUARD_A_EVENT_MAX + 1];
	__u64 seq, lost;

	attr_nest(tb, NSGUARD_A_EVENT_MAX, attr);
	if (tb[NSGUARD_A_EVENT_LOST] && !tb[NSGUARD_A_EVENT_SEQ]) {
		m->lost += attr_u64(tb[NSGUARD_A_EVENT_LOST]);
		return;
	}
	seq = attr_u64(tb[NSGUARD_A_EVENT_SEQ]);
	lost = m->lost;
	m->lost = 0;
	if (m->known && seq <= m->seq)
		return;		/* shown already */
	if (m->known)
		lost += seq - m->seq - 1;
	m->known = true;
	m->seq = seq;
	if (m->passing)
		return;
	if (lost && m->json)
		event_json_lost(&m->out, lost);
	else if (lost)
		event_text_lost(&m->out, lost);
	if (m->json)
		event_json(&m->out, tb, &m->arena);
	else
		event_text(&m->out, tb, &m->arena);
	arena_reset(&m->arena);
}

static void take_dumped(unsigned int index, const struct nlattr *attrs, int len, void *arg)
{
	const struct nlattr *nla;

	(void)index;
	for (nla = attrs; nla_ok(nla, len); nla = nla_next(nla, &len))
		if (nla_type(nla) == NSGUARD_A_EVENT)
			take(arg, nla);
}

/* A reader of ours must see each event as it comes, and its end must end us. */
static bool pass_on(struct monitor *m)
{
	out_flush(&m->out);
	m->failed = fflush(stdout) || ferror(stdout);
	return !m->failed;
}

static bool take_live(const struct nlattr *attrs, int len, void *arg)
{
	take_dumped(0, attrs, len, arg);
	return pass_on(arg);
}

/* @last: how many, 0 for all the kernel kept. */
static int history(struct module *nl, struct monitor *m, __u32 last)
{
	struct dump d;
	int code;

	module_begin(nl, NSGUARD_CMD_EVENT_GET);
	nla_put_u32(nl->msg, NSGUARD_A_LAST, last);
	module_queue_dump(nl);
	code = module_send(nl, "monitor");
	if (!code)
		code = module_dump(nl, "monitor", NULL, NULL, &d);
	if (code)
		return code;
	dump_each(&d, take_dumped, m);
	dump_free(&d);
	pass_on(m);
	return 0;
}

/* Without a group: the history is asked again and again for what is new in it. */
static int poll_history(struct module *nl, struct monitor *m, bool skip_old)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };
	int code = 0;

	m->passing = skip_old;
	while (!code && !m->failed) {
		code = history(nl, m, 0);
		m->passing = false;
		m->known = true;
		nanosleep(&pause, NULL);
	}
	return code;
}

static int has_group(struct module *nl, bool *group)
{
	struct nlattr *tb[NSGUARD_A_STATUS_MAX + 1];
	struct policy p = { 0 };
	int code = policy_status(nl, &p);

	policy_attrs(&p, tb);
	*group = tb[NSGUARD_A_STATUS_GROUP];
	policy_free(&p);
	return code;
}

static int follow(struct module *ask, struct monitor *m, bool last, __u32 n)
{
	struct module live = { 0 };
	bool group;
	int code;

	code = has_group(ask, &group);
	if (!code && group) {
		/* Listening first: what happens while the history is read is then not missed. */
		code = module_open(&live);
		if (!code)
			code = module_join(&live);
	}
	if (!code && last)
		code = history(ask, m, n);
	if (!code && group)
		code = module_listen(&live, take_live, m);
	else if (!code)
		code = poll_history(ask, m, !last);
	module_close(&live);
	return code;
}

int cmd_monitor(struct cursor *c)
{
	struct monitor m = { 0 };
	struct module ask;
	int code;

	code = cursor_end(c, "monitor");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_LAST | OPT_FOLLOW | OPT_GLOBAL, "monitor");
	if (code || (c->options & OPT_CHECK))
		return code;
	m.json = c->options & OPT_JSON;
	out_color_init(c->color);
	code = module_open(&ask);
	if (!code && (c->options & OPT_LAST) && !(c->options & OPT_FOLLOW))
		code = history(&ask, &m, c->last);
	else if (!code)
		code = follow(&ask, &m, c->options & OPT_LAST, c->last);
	module_close(&ask);
	buf_free(&m.out);
	arena_free(&m.arena);
	return code;
}
