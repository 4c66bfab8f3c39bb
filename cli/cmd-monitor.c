// SPDX-License-Identifier: GPL-2.0-only
/*
 * nsguardctl monitor: events as they happen, or the newest ones. How one looks is in
 * event.c; here it is seen to that none is shown twice and none is missed unsaid.
 */
#include <stdio.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "command.h"
#include "event.h"
#include "module.h"
#include "out.h"

struct monitor {
	struct buf out;
	struct arena arena;
	__u64 seq;		/* of the event printed last, 0 for none */
	__u64 told;		/* lost ones the kernel told of since then */
	bool json;
	bool overflow;		/* the socket was full: numbers will be missing */
	bool failed;
};

static void print_lost(struct monitor *m, __u64 n)
{
	if (m->json)
		event_json_lost(&m->out, n);
	else
		event_text_lost(&m->out, n);
}

static void take(struct monitor *m, const struct nlattr *attr)
{
	struct nlattr *tb[NSGUARD_A_EVENT_MAX + 1];
	__u64 seq, missing;

	attr_nest(tb, NSGUARD_A_EVENT_MAX, attr);
	if (tb[NSGUARD_A_EVENT_LOST] && !tb[NSGUARD_A_EVENT_TIME]) {
		m->told += attr_u64(tb[NSGUARD_A_EVENT_LOST]);
		print_lost(m, attr_u64(tb[NSGUARD_A_EVENT_LOST]));
		return;
	}
	seq = attr_u64(tb[NSGUARD_A_EVENT_SEQ]);
	if (m->seq && seq <= m->seq)
		return;		/* already shown, from the history */
	missing = m->seq ? seq - m->seq - 1 : 0;
	if (m->overflow && missing > m->told)
		print_lost(m, missing - m->told);
	m->overflow = false;
	m->told = 0;
	m->seq = seq;
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

static bool take_live(const struct nlattr *attrs, int len, void *arg)
{
	struct monitor *m = arg;

	take_dumped(0, attrs, len, m);
	out_flush(&m->out);
	m->failed = fflush(stdout) || ferror(stdout);
	return !m->failed;
}

/* @last: how many, 0 for all the kernel kept. */
static int history(struct monitor *m, __u32 last)
{
	struct dump d;
	struct module nl;
	bool moved;
	int code;

	code = module_open(&nl);
	if (code) {
		module_close(&nl);
		return code;
	}
	module_begin(&nl, NSGUARD_CMD_EVENT_GET);
	nla_put_u32(nl.msg, NSGUARD_A_LAST, last);
	code = module_dump(&nl, "monitor", &d, &moved);
	module_close(&nl);
	if (code)
		return code;
	dump_each(&d, take_dumped, m);
	dump_free(&d);
	out_flush(&m->out);
	return out_end(0);
}

int cmd_monitor(struct cursor *c)
{
	const bool last = c->options & OPT_LAST;
	struct monitor m = { 0 };
	struct module nl = { 0 };
	int code;

	code = cursor_end(c, "monitor");
	if (!code)
		code = cursor_options(c, OPT_JSON | OPT_LAST | OPT_FOLLOW | OPT_GLOBAL, "monitor");
	if (code || (c->options & OPT_CHECK))
		return code;
	m.json = c->options & OPT_JSON;
	/* Listening first: what happens while the history is read is then not missed. */
	if (!last || (c->options & OPT_FOLLOW)) {
		code = module_open(&nl);
		if (!code)
			code = module_join(&nl);
	}
	if (!code && (c->options & OPT_LAST))
		code = history(&m, c->last);
	if (!code && nl.sk)
		code = module_listen(&nl, take_live, &m.overflow, &m);
	module_close(&nl);
	buf_free(&m.out);
	return code;
}
