// SPDX-License-Identifier: GPL-2.0-only
/* The posted affinity series: security_task_setscheduler() is told the CPUs (H6). */
#include <linux/security.h>

static_assert(__same_type(&security_task_setscheduler,
			  int (*)(struct task_struct *, const struct cpumask *)));
