// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions as the sockets see them: begin, commit, abort, and what every request that
 * changes something needs of them. Which changes there are is not known here.
 */
#include "../confirm.h"
#include "../policy/policy.h"
#include "change.h"
#include "gen.h"
#include "netlink.h"
#include "tx.h"

struct nsguard_draft *nsguard_nl_tx_find(struct genl_info *info)
{
	struct nsguard_draft *draft = nsguard_draft_find(info->snd_portid);

	if (draft == ERR_PTR(-ETIMEDOUT))
		nsguard_nl_refuse(info->extack, NULL,
				  "transaction timed out and was rolled back: nothing is taken until tx-begin, tx-commit or tx-abort");
	else if (IS_ERR(draft))
		nsguard_nl_refuse(info->extack, NULL,
				  "the transaction was refused when it began: nothing is taken until tx-begin, tx-commit or tx-abort");
	return draft;
}

struct nsguard_draft *nsguard_nl_tx_begin(struct genl_info *info, u32 owner)
{
	struct nsguard_draft *draft = nsguard_draft_begin(owner);

	struct nsguard_trial trial = {};

	if (draft == ERR_PTR(-ENOSPC))
		nsguard_nl_refuse(info->extack, NULL, "at most %u transactions may be open",
				  NSGUARD_MAX_TX);
	if (draft == ERR_PTR(-EBUSY) && nsguard_confirm_pending(&trial))
		nsguard_nl_refuse(info->extack, NULL,
				  "a change waits for confirmation: %u seconds left, made by uid %u, pid %u",
				  trial.left, trial.uid, trial.pid);
	return draft;
}

int nsguard_nl_tx_commit(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	char why[NSGUARD_WHY] = "";
	int err = nsguard_draft_commit(draft, generation, why);

	if (err)
		nsguard_nl_refuse(info->extack, NULL, "%s", *why ? why : "the table is busy");
	if (err == -EAGAIN)
		nsguard_nl_tell_generation(info->extack, *generation);
	return err;
}

struct sk_buff *nsguard_nl_tx_answer(struct genl_info *info, unsigned int handles, void **head)
{
	return nsguard_nl_reply_new(info, (handles + 2) * nla_total_size_64bit(sizeof(u64)), head);
}

static void reply(struct sk_buff *skb, struct genl_info *info, void *head, u64 handle,
		  unsigned int handles, u64 generation, u32 confirm)
{
	/* There is room: see nsguard_nl_tx_answer(). */
	for (; handles; handles--, handle++)
		nla_put_u64_64bit(skb, NSGUARD_A_HANDLE, handle, NSGUARD_A_PAD);
	if (generation)
		nla_put_u64_64bit(skb, NSGUARD_A_GENERATION, generation, NSGUARD_A_PAD);
	if (confirm)
		nla_put_u32(skb, NSGUARD_A_CONFIRM, confirm);
	genlmsg_end(skb, head);
	/* Its error is the answer's (a full or closed socket), not the change's. */
	genlmsg_reply(skb, info);
}

void nsguard_nl_tx_reply(struct sk_buff *skb, struct genl_info *info, void *head, u64 handle,
			 unsigned int handles, u64 generation)
{
	reply(skb, info, head, handle, handles, generation, 0);
}

/*
 * The requests about the transaction itself; @act has it as nsguard_draft_find() does, and the
 * answer's generation goes into *@generation.
 */
static int tx(struct sk_buff *skb, struct genl_info *info,
	      int (*act)(struct genl_info *info, struct nsguard_draft *draft, u64 *generation))
{
	struct nsguard_trial trial = {};
	struct sk_buff *answer;
	u64 generation;
	void *head;
	int err;

	err = nsguard_nl_may_write(skb, info->extack);
	if (err)
		return err;
	answer = nsguard_nl_tx_answer(info, 0, &head);
	if (!answer)
		return -ENOMEM;
	nsguard_lock();
	err = nsguard_nl_not_locked(info->extack) ?:
	      act(info, nsguard_draft_find(info->snd_portid), &generation);
	/*
	 * A draft that changed nothing is not on trial, whatever was asked for. Only a commit's
	 * attributes have room for the question.
	 */
	if (!err && info->genlhdr->cmd == NSGUARD_CMD_TX_COMMIT && info->attrs[NSGUARD_A_CONFIRM])
		nsguard_confirm_pending(&trial);
	nsguard_unlock();
	if (err) {
		nlmsg_free(answer);
		return err;
	}
	reply(answer, info, head, 0, 0, generation, trial.left);
	return 0;
}

/* Is @generation the one that the client expects, if any? If not, it is told. */
static bool wanted(struct genl_info *info, u64 generation)
{
	const struct nlattr *attr = info->attrs[NSGUARD_A_GENERATION];

	if (!attr || nla_get_u64(attr) == generation)
		return true;
	nsguard_nl_refuse(info->extack, attr, "the policy is not of the generation expected");
	nsguard_nl_tell_generation(info->extack, nsguard_policy_generation());
	return false;
}

/*
 * Did @draft begin with the generation the client expects? That it is still in force, commit
 * sees to. Return: 0; or -EAGAIN, or -EINVAL when something is said twice, and @draft is gone.
 */
static int expected(struct genl_info *info, struct nsguard_draft *draft)
{
	int err = nsguard_nl_once(info->nlhdr, info->extack);

	if (!err && !wanted(info, nsguard_draft_generation(draft)))
		err = -EAGAIN;
	if (err)
		nsguard_draft_drop(draft);
	return err;
}

static int tx_begin(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	if (!IS_ERR_OR_NULL(draft)) {
		nsguard_nl_refuse(info->extack, NULL, "this socket has a transaction already");
		return -EBUSY;
	}
	nsguard_draft_forget(info->snd_portid);
	draft = nsguard_nl_tx_begin(info, info->snd_portid);
	if (IS_ERR(draft))
		return PTR_ERR(draft);
	*generation = nsguard_draft_generation(draft);
	return expected(info, draft);
}

static int no_transaction(struct genl_info *info)
{
	nsguard_nl_refuse(info->extack, NULL, "this socket has no transaction");
	return -EINVAL;
}

static int tx_commit(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	const struct nlattr *confirm = info->attrs[NSGUARD_A_CONFIRM];
	int err;

	if (IS_ERR(draft))
		nsguard_draft_forget(info->snd_portid);
	if (draft == ERR_PTR(-ETIMEDOUT)) {
		nsguard_nl_refuse(info->extack, NULL,
				  "transaction timed out and was rolled back");
		return -ETIMEDOUT;
	}
	if (IS_ERR_OR_NULL(draft))
		return no_transaction(info);
	if (confirm && (!nla_get_u32(confirm) || nla_get_u32(confirm) > NSGUARD_CONFIRM_MAX)) {
		nsguard_nl_refuse(info->extack, confirm, "confirm takes 1 to %u seconds",
				  NSGUARD_CONFIRM_MAX);
		return -EINVAL;
	}
	err = expected(info, draft);
	if (err)
		return err;
	if (confirm)
		nsguard_draft_confirm(draft, nla_get_u32(confirm));
	return nsguard_nl_tx_commit(info, draft, generation);
}

static int tx_abort(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	if (!draft)
		return no_transaction(info);
	nsguard_draft_forget(info->snd_portid);
	*generation = nsguard_policy_generation();
	return 0;
}

static int no_trial(struct genl_info *info)
{
	nsguard_nl_refuse(info->extack, NULL, "no change waits for confirmation");
	return -ENOENT;
}

/*
 * Is a change on trial, and the one the client means? What is on trial is what is in force: nothing
 * comes on top. Return: 0, -ENOENT, -EAGAIN, or -EINVAL when something is said twice.
 */
static int meant(struct genl_info *info)
{
	struct nsguard_trial trial;
	int err = nsguard_nl_once(info->nlhdr, info->extack);

	if (err)
		return err;
	if (!nsguard_confirm_pending(&trial))
		return no_trial(info);
	return wanted(info, nsguard_policy_generation()) ? 0 : -EAGAIN;
}

/* Whoever may change the policy may also let a change stand. */
static int confirm(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	int err = meant(info) ?: nsguard_confirm();

	if (!err)
		*generation = nsguard_policy_generation();
	return err;
}

static int rollback(struct genl_info *info, struct nsguard_draft *draft, u64 *generation)
{
	char why[NSGUARD_WHY] = "";
	int err = meant(info);

	if (err)
		return err;
	err = nsguard_confirm_rollback(generation, why);
	if (err)
		nsguard_nl_refuse(info->extack, NULL, "it cannot be taken back yet: %s", why);
	return err;
}

int nsguard_nl_confirm_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tx(skb, info, confirm);
}

int nsguard_nl_rollback_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tx(skb, info, rollback);
}

int nsguard_nl_tx_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = tx(skb, info, tx_begin);

	/* Whoever may change nothing needs not be kept from it; who is locked in may later. */
	if (err && netlink_capable(skb, CAP_MAC_ADMIN)) {
		nsguard_lock();
		nsguard_draft_refused(info->snd_portid);
		nsguard_unlock();
	}
	return err;
}

int nsguard_nl_tx_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tx(skb, info, tx_commit);
}

int nsguard_nl_tx_abort_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tx(skb, info, tx_abort);
}
