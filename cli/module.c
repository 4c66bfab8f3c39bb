// SPDX-License-Identifier: GPL-2.0-only
/*
 * The socket. libnl builds, sends, receives and parses; the loop over what comes in is our
 * own, because libnl's copies every message, and a listing may have a million of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/nsguard.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include "module.h"

#define RECEIVE		65536		/* bytes of one recvmsg; the kernel fills 32 KiB of it */
#define QUEUE		(8 << 20)	/* bytes the kernel may queue for us */
#define MESSAGE		32768		/* more than any rule the kernel takes */

static int trouble(const char *what, int nlerr)
{
	complain(NULL, "%s: %s", what, nl_geterror(nlerr));
	return CODE_REFUSED;
}

int module_open(struct module *nl)
{
	int fd, size = QUEUE, one = 1, err;

	*nl = (struct module){ 0 };
	nl->sk = nl_socket_alloc();
	nl->msg = nlmsg_alloc_size(MESSAGE);
	if (!nl->sk || !nl->msg)
		return trouble("socket", -NLE_NOMEM);
	err = genl_connect(nl->sk);
	if (err)
		return trouble("generic netlink", err);
	nl->family = genl_ctrl_resolve(nl->sk, NSGUARD_GENL_NAME);
	if (nl->family < 0) {
		complain(NULL, "nsguard: the module is not loaded (%s), %s", "modprobe nsguard",
			 "or this is not the initial network namespace");
		return CODE_NO_MODULE;
	}
	nl_socket_disable_seq_check(nl->sk);
	nl_socket_disable_msg_peek(nl->sk);
	err = nl_socket_set_msg_buf_size(nl->sk, RECEIVE);
	if (err)
		return trouble("socket", err);
	fd = nl_socket_get_fd(nl->sk);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* The kernel's sentences, and the request sent back with a refusal (no CAP_ACK). */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	return 0;
}

void module_close(struct module *nl)
{
	if (nl->msg)
		nlmsg_free(nl->msg);
	if (nl->sk)
		nl_socket_free(nl->sk);
	buf_free(&nl->queue);
	*nl = (struct module){ 0 };
}

struct nl_msg *module_begin(struct module *nl, __u8 cmd)
{
	nlmsg_hdr(nl->msg)->nlmsg_len = NLMSG_HDRLEN;
	genlmsg_put(nl->msg, 0, ++nl->seq, nl->family, 0,
		    nl->quiet ? NLM_F_REQUEST : NLM_F_REQUEST | NLM_F_ACK, cmd,
		    NSGUARD_GENL_VERSION);
	return nl->msg;
}

void module_queue(struct module *nl)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(nl->msg);

	if (!nl->queued++)
		nl->first = nlh->nlmsg_seq;
	nl->last = nl->queue.n;
	buf_add(&nl->queue, (const char *)nlh, NLMSG_ALIGN(nlh->nlmsg_len));
}

struct buf *module_put(struct module *nl, __u8 cmd)
{
	module_begin(nl, cmd);
	module_queue(nl);
	return &nl->queue;
}

void module_end(struct module *nl)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(nl->queue.p + nl->last);

	nlh->nlmsg_len = (__u32)(nl->queue.n - nl->last);
}

/* One datagram from the kernel; what others sent is dropped. */
static int receive(struct module *nl, char **data)
{
	struct sockaddr_nl from = { 0 };
	unsigned char *p = NULL;
	int n;

	for (;;) {
		n = nl_recv(nl->sk, &from, &p, NULL);
		if (n <= 0)
			return n ? n : -NLE_NODEV;
		if (!from.nl_pid) {
			*data = (char *)p;
			return n;
		}
		free(p);
	}
}

/* Return: was the last message answered? The kernel takes them in order. */
static bool answers(struct module *nl, const char *data, int n, answer_fn fn, void *arg,
		    struct refusal *f)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)data;
	struct refusal one = { 0 };
	bool done = false;
	__u32 index;

	for (; nlmsg_ok(nlh, n); nlh = nlmsg_next((struct nlmsghdr *)nlh, &n)) {
		index = nlh->nlmsg_seq - nl->first;
		if (index >= nl->queued)
			continue;
		if (nlh->nlmsg_type != NLMSG_ERROR) {
			if (fn && nlh->nlmsg_type == nl->family)
				fn(index, genlmsg_attrdata(nlmsg_data(nlh), 0),
				   genlmsg_attrlen(nlmsg_data(nlh), 0), arg);
			continue;
		}
		done = index == nl->queued - 1;
		if (f->error || !refusal_read(nlh, &one))
			continue;
		*f = one;
		f->index = index;
		one = (struct refusal){ 0 };
	}
	return done;
}

int module_flush(struct module *nl, answer_fn fn, void *arg, struct refusal *f)
{
	bool done = false;
	char *data;
	int n;

	*f = (struct refusal){ 0 };
	if (!nl->queued)
		return 0;
	((struct nlmsghdr *)(nl->queue.p + nl->last))->nlmsg_flags |= NLM_F_ACK;
	n = nl_sendto(nl->sk, nl->queue.p, nl->queue.n);
	while (n >= 0 && !done) {
		n = receive(nl, &data);
		if (n < 0)
			break;
		done = answers(nl, data, n, fn, arg, f);
		free(data);
	}
	nl->queue.n = 0;
	nl->queued = 0;
	if (n < 0) {
		f->error = 0;
		return trouble("the kernel's answer", n);
	}
	return f->error ? CODE_REFUSED : 0;
}

int module_call(struct module *nl, const char *what, answer_fn fn, void *arg)
{
	struct refusal f;
	int code;

	module_queue(nl);
	code = module_flush(nl, fn, arg, &f);
	if (code && f.error)
		code = refusal_say(&f, NULL, what, NULL);
	return code;
}

void module_queue_dump(struct module *nl)
{
	nlmsg_hdr(nl->msg)->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nl->dump = nl->seq;
	module_queue(nl);
}

int module_send(struct module *nl, const char *what)
{
	int n = nl_sendto(nl->sk, nl->queue.p, nl->queue.n);

	nl->queue.n = 0;
	return n < 0 ? trouble(what, n) : 0;
}

static bool dump_ends(const char *data, int n, struct refusal *f)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)data;

	for (; nlmsg_ok(nlh, n); nlh = nlmsg_next((struct nlmsghdr *)nlh, &n)) {
		if (nlh->nlmsg_type != NLMSG_DONE && nlh->nlmsg_type != NLMSG_ERROR)
			continue;
		if (!f->error)
			refusal_read(nlh, f);
		return true;
	}
	return false;
}

int module_dump(struct module *nl, const char *what, answer_fn fn, void *arg, struct dump *d)
{
	/* The kernel takes them in order. */
	bool answered = nl->dump == nl->first + nl->queued - 1, end = false;
	struct refusal f = { 0 };
	unsigned int room = 0;
	char *data;
	int n = 0;

	*d = (struct dump){ 0 };
	while (!end || !answered) {
		n = receive(nl, &data);
		if (n < 0)
			break;
		if (((const struct nlmsghdr *)data)->nlmsg_seq != nl->dump) {
			answered = answers(nl, data, n, fn, arg, &f) || answered;
			free(data);
			continue;
		}
		if (d->n == room) {
			room = 2 * room + 16;
			d->datagram = xrealloc(d->datagram, room * sizeof(*d->datagram));
			d->size = xrealloc(d->size, room * sizeof(*d->size));
		}
		/* The buffer is larger than what came; a long listing would not fit into memory. */
		d->datagram[d->n] = xrealloc(data, (size_t)n);
		d->size[d->n] = (size_t)n;
		end = dump_ends(d->datagram[d->n++], n, &f);
	}
	nl->queued = 0;
	if (n >= 0 && !f.error)
		return 0;
	dump_free(d);
	return n < 0 ? trouble(what, n) : refusal_say(&f, NULL, what, NULL);
}

void dump_each(const struct dump *d, answer_fn fn, void *arg)
{
	const struct nlmsghdr *nlh;
	unsigned int i, index = 0;
	int n;

	for (i = 0; i < d->n; i++) {
		nlh = (const struct nlmsghdr *)d->datagram[i];
		n = (int)d->size[i];
		for (; nlmsg_ok(nlh, n); nlh = nlmsg_next((struct nlmsghdr *)nlh, &n))
			if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
				fn(index++, genlmsg_attrdata(nlmsg_data(nlh), 0),
				   genlmsg_attrlen(nlmsg_data(nlh), 0), arg);
	}
}

void dump_free(struct dump *d)
{
	while (d->n)
		free(d->datagram[--d->n]);
	free(d->datagram);
	free(d->size);
	*d = (struct dump){ 0 };
}

int module_join(struct module *nl)
{
	int group = genl_ctrl_resolve_grp(nl->sk, NSGUARD_GENL_NAME, NSGUARD_MCGRP_EVENTS);
	int control = genl_ctrl_resolve_grp(nl->sk, "nlctrl", "notify");
	int err;

	if (group < 0)
		return trouble("monitor: group of events", group);
	err = nl_socket_add_membership(nl->sk, group);
	if (err) {
		if (err != -NLE_PERM)
			return trouble("monitor: listening to events", err);
		complain(NULL, "monitor: CAP_SYS_ADMIN is needed to listen to events");
		return CODE_NOT_PRIVILEGED;
	}
	/* The controller says when the module goes; without it we would wait for ever. */
	if (control >= 0)
		nl_socket_add_membership(nl->sk, control);
	return 0;
}

static bool says_gone(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	return nlh->nlmsg_type == GENL_ID_CTRL && genlmsg_valid_hdr((struct nlmsghdr *)nlh, 0) &&
	       genl->cmd == CTRL_CMD_DELFAMILY &&
	       !genlmsg_parse((struct nlmsghdr *)nlh, 0, tb, CTRL_ATTR_MAX, NULL) &&
	       tb[CTRL_ATTR_FAMILY_NAME] &&
	       !nla_strcmp(tb[CTRL_ATTR_FAMILY_NAME], NSGUARD_GENL_NAME);
}

int module_listen(struct module *nl, bool (*fn)(const struct nlattr *attrs, int len, void *arg),
		  void *arg)
{
	const struct nlmsghdr *nlh;
	bool more = true, gone = false;
	char *data;
	int n;

	while (more && !gone) {
		n = receive(nl, &data);
		if (n == -NLE_NOMEM)
			continue;	/* ENOBUFS: the socket was full */
		if (n < 0)
			return trouble("monitor", n);
		for (nlh = (const struct nlmsghdr *)data; more && nlmsg_ok(nlh, n);
		     nlh = nlmsg_next((struct nlmsghdr *)nlh, &n)) {
			gone = gone || says_gone(nlh);
			if (nlh->nlmsg_type == nl->family)
				more = fn(genlmsg_attrdata(nlmsg_data(nlh), 0),
					  genlmsg_attrlen(nlmsg_data(nlh), 0), arg);
		}
		free(data);
	}
	if (!gone)
		return 0;
	complain(NULL, "monitor: the module was unloaded");
	return CODE_NO_MODULE;
}
