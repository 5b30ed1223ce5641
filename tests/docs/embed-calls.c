/* SPDX-License-Identifier: Apache-2.0
 * The example of vmm/calls.md: a guest that is called, and calls the host meanwhile. */
#include <stdio.h>
#include "vmm/sandbox.h"

static uint32_t twice(void *mine, const uint8_t *argument, size_t n, struct metes_answer *answer)
{
  (void)mine;
  answer->size = 2 * n;
  for (size_t i = 0; i < answer->size && i < answer->room; i++)
    answer->at[i] = argument[i % n];
  return 0;
}

int main(int argc, char **argv)
{
  static uint8_t image[1 << 20], room[1 << 16];
  const struct metes_budget budget = {.seconds = 5, .exits = 10000, .output = 1 << 16};
  struct metes_answer answer = {.at = room, .room = sizeof room};
  struct metes_guest_args args;
  struct metes_sandbox *guest = NULL;
  struct metes_kvm kvm;
  struct metes_stop stop;
  struct metes_failure f;
  FILE *const file = fopen(argc > 1 ? argv[1] : "build/guest/calc", "rb");

  metes_guest_args_init(&args);
  args.image = (struct metes_bytes){image, file == NULL ? 0 : fread(image, 1, sizeof image, file)};
  if (metes_kvm_open(&kvm, &f) != 0 || metes_sandbox_create(&kvm, &args, &guest, &f) != 0 ||
      metes_sandbox_register(guest, "host.echo", twice, NULL, &f) != 0 ||
      metes_sandbox_run(guest, &budget, &stop, &f) != 0 || /* to its HLT: it is ready */
      metes_sandbox_call(guest, "relay", "hello, ", 7, &answer, &budget, &stop, &f) != 0)
    puts(f.text);
  else if (stop.outcome == METES_OUTCOME_WELL)
    printf("the guest answers: %.*s\n", (int)answer.size, (const char *)room);
  else
    printf("outcome %u: %s\n", stop.outcome, stop.what);
  metes_sandbox_close(guest);
  metes_kvm_close(&kvm);
  return 0;
}
