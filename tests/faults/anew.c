/* SPDX-License-Identifier: Apache-2.0
 * The deadline's source itself, so that its state can be as at the start of a process. */
#include "deadline.c"

#include "scenarios.h"

void forget(void)
{
  atomic_store(&installed, false);
  self = 0;
  target = NULL;
}
