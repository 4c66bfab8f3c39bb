// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the verifier must not take: task_setscheduler has calls that are about no mask, and its mask
 * is NULL then.
 */
#define CARELESS
#include "mask.bpf.c"
