// SPDX-License-Identifier: GPL-2.0-only
/* 6.13: what a task has of io_uring knows the task. */
#include <linux/io_uring_types.h>

static __maybe_unused struct task_struct *nsguard_probe(const struct io_uring_task *tctx)
{
	return tctx->task;
}
