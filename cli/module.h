/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to the module: one socket, requests with their answers, many at once, dumps that
 * are whole. What the messages say is not its business.
 */
#ifndef NSGUARDCTL_MODULE_H
#define NSGUARDCTL_MODULE_H

#include <netlink/msg.h>
#include "token.h"

struct nl_sock;

/**
 * struct module - a socket to the module
 * @sk: libnl's
 * @family: the generic netlink family's number
 * @msg: message being built; reused
 * @queue: finished messages that are not sent yet
 * @first: sequence number of the first of them
 * @queued: how many
 * @last: where in @queue the last of them is
 * @seq: last sequence number given
 * @dump: that of the dump among the queued
 * @quiet: in a transaction, only refusals are answered
 */
struct module {
	struct nl_sock *sk;
	int family;
	struct nl_msg *msg;
	struct buf queue;
	__u32 first;
	unsigned int queued;
	size_t last;
	__u32 seq;
	__u32 dump;
	bool quiet;
};

/**
 * struct refusal - the kernel's refusal
 * @error: errno
 * @index: which of the queued messages
 * @sentence: the kernel's own words, empty if it said none
 * @where: name of the attribute at fault, such as rule.uid.range; empty if unknown
 * @nth: which of several rules of the message, or elements of a set, it lies in, from 1; 0 if
 *	unknown
 * @key: NSGUARD_A_RULE_* when the attribute lies in a rule, else 0
 * @generation: the policy in force, when it is not the one that was meant; else 0
 */
struct refusal {
	int error;
	unsigned int index;
	struct buf sentence;
	struct buf where;
	unsigned int nth;
	unsigned int key;
	__u64 generation;
};

/* Called with the attributes of an answer to queued message @index. */
typedef void (*answer_fn)(unsigned int index, const struct nlattr *attrs, int len, void *arg);

/*
 * All return 0, or CODE_* after a complaint; those with a struct refusal return
 * CODE_REFUSED without one when the kernel refused: the caller knows the word at fault.
 */
int module_open(struct module *nl);
void module_close(struct module *nl);
/* A new message for @cmd, for module_queue() or module_queue_dump(). */
struct nl_msg *module_begin(struct module *nl, __u8 cmd);
void module_queue(struct module *nl);
/*
 * For what there is much of: begins a message for @cmd at the end of the queue. Attributes are
 * appended to what it returns, and module_end() ends it.
 */
struct buf *module_put(struct module *nl, __u8 cmd);
void module_end(struct module *nl);
/* Sends what is queued and waits until all is done. The first refusal in order wins. */
int module_flush(struct module *nl, answer_fn fn, void *arg, struct refusal *f);
/* Both for one message; complains itself, @what names what was tried. */
int module_call(struct module *nl, const char *what, answer_fn fn, void *arg);

/**
 * struct dump - everything a dump said
 * @datagram: as received
 * @size: bytes of each
 * @n: how many
 */
struct dump {
	char **datagram;
	size_t *size;
	unsigned int n;
};

/*
 * A dump is of the moment when it is asked for. What shall be of the same moment is queued beside
 * it and sent with it, at once; of dumps a socket has one at a time. module_dump() waits for all
 * of it, keeps the answers to the dump and hands the others to @fn, which may be NULL.
 */
void module_queue_dump(struct module *nl);
int module_send(struct module *nl, const char *what);
int module_dump(struct module *nl, const char *what, answer_fn fn, void *arg, struct dump *d);
void dump_each(const struct dump *d, answer_fn fn, void *arg);
void dump_free(struct dump *d);

/*
 * Joins the group of events; module_listen() then hands on what comes until @fn returns false.
 * Ends with CODE_NO_MODULE when the module is unloaded. Events the kernel could not queue leave
 * a gap in their numbers, which is @fn's to see.
 */
int module_join(struct module *nl);
int module_listen(struct module *nl, bool (*fn)(const struct nlattr *attrs, int len, void *arg),
		  void *arg);

/* refusal.c: reads a refusal; false when @nlh is none (an acknowledgment). */
bool refusal_read(const struct nlmsghdr *nlh, struct refusal *f);
/*
 * Says it; @tok is the word at fault and @said what it said, both may be NULL. Returns CODE_*.
 * Frees @f's strings.
 */
int refusal_say(struct refusal *f, const struct token *tok, const char *what, const char *said);

#endif
