// SPDX-License-Identifier: GPL-2.0-only
/* The posted namespace series: bpf_lsm_namespace_alloc(), with the argument we read (H6). */
#include <linux/bpf_lsm.h>

static_assert(__same_type(&bpf_lsm_namespace_alloc, int (*)(struct ns_common *)));
