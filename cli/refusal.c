// SPDX-License-Identifier: GPL-2.0-only
/*
 * A refusal: the kernel's sentence, the errno and the attribute it points at. The one
 * place where a refusal becomes an exit code.
 */
#include <errno.h>
#include <string.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include "attrs.h"
#include "module.h"

/* Attributes of the extended acknowledgment follow what was sent back of the request. */
static void read_extack(const struct nlmsghdr *nlh, size_t skip, const struct nlmsghdr *request,
			size_t request_len, struct refusal *f)
{
	const struct nlattr *nla = (const struct nlattr *)((const char *)nlmsg_data(nlh) + skip);
	size_t offset = 0;
	unsigned int missing = 0;
	bool located = false;
	int rem;

	if ((size_t)nlmsg_datalen(nlh) < skip)
		return;
	for (rem = nlmsg_datalen(nlh) - (int)skip; nla_ok(nla, rem); nla = nla_next(nla, &rem)) {
		switch (nla_type(nla)) {
		case NLMSGERR_ATTR_MSG:
			if (nla_len(nla) > 0)
				buf_add(&f->sentence, nla_data(nla),
					strnlen(nla_data(nla), (size_t)nla_len(nla)));
			break;
		case NLMSGERR_ATTR_OFFS:
			offset = attr_u32(nla);
			located = true;
			break;
		case NLMSGERR_ATTR_COOKIE:
			f->generation = attr_u64(nla);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			offset = attr_u32(nla);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			missing = attr_u32(nla);
			located = true;
			break;
		}
	}
	if (located && request)
		attr_name(request, request_len, offset, missing, &f->where, &f->key,
			  &f->nth);
}

bool refusal_read(const struct nlmsghdr *nlh, struct refusal *f)
{
	const struct nlmsgerr *err = nlmsg_data(nlh);
	size_t skip;

	if ((size_t)nlmsg_datalen(nlh) < sizeof(int) || err->error >= 0)
		return false;
	f->error = -err->error;
	if (nlh->nlmsg_type == NLMSG_DONE) {
		/* The end of a dump: an int, then the attributes; nothing is sent back. */
		if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
			read_extack(nlh, NLA_ALIGN(sizeof(int)), NULL, 0, f);
		return true;
	}
	if ((size_t)nlmsg_datalen(nlh) < sizeof(*err))
		return true;
	skip = sizeof(*err);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && err->msg.nlmsg_len >= NLMSG_HDRLEN)
		skip += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	if ((size_t)nlmsg_datalen(nlh) < skip)
		return true;
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		read_extack(nlh, skip, &err->msg,
			    nlh->nlmsg_flags & NLM_F_CAPPED ? 0 : err->msg.nlmsg_len, f);
	return true;
}

int refusal_say(struct refusal *f, const struct token *tok, const char *what, const char *said)
{
	struct buf b = { 0 };
	int code = CODE_REFUSED;

	if (f->error == EPERM)
		code = CODE_NOT_PRIVILEGED;
	buf_fmt(&b, "%s: ", what);
	if (f->error == EAGAIN && f->generation) {
		buf_fmt(&b, "%s: generation %llu is in force", buf_cstr(&f->sentence),
			(unsigned long long)f->generation);
		f->where.n = 0;
		code = CODE_CONFLICT;
	} else if (f->error == ENOENT && !f->sentence.n) {
		/* Whatever nsguard refuses it says why: this is generic netlink speaking. */
		buf_str(&b, "the module was unloaded");
		code = CODE_NO_MODULE;
	} else if (f->error == EPERM && !f->sentence.n) {
		/* Before 6.2 or so the sentence for a refused listing is lost on its way. */
		buf_str(&b, "CAP_MAC_ADMIN in the initial user namespace is needed");
	} else if (f->sentence.n) {
		buf_fmt(&b, "%s (%s)", buf_cstr(&f->sentence), strerror(f->error));
	} else {
		buf_str(&b, strerror(f->error));
	}
	if (f->where.n)
		buf_fmt(&b, ", at attribute %s", buf_cstr(&f->where));
	if (said && *said)
		buf_fmt(&b, ": %s", said);
	complain(tok, "%s", buf_cstr(&b));
	buf_free(&b);
	buf_free(&f->sentence);
	buf_free(&f->where);
	return code;
}
