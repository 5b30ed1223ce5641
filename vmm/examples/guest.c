/* SPDX-License-Identifier: Apache-2.0
 * A guest on KVM from C, with the monitor's library: made, run, its end told.      usage: guest IMAGE */
#include <stdio.h>
#include <metes/vmm/sandbox.h>

static void print(void *mine, const char *text, size_t n)
{
  fwrite(text, 1, n, mine);
}

int main(int argc, char **argv)
{
  static uint8_t image[1 << 20];
  const struct metes_budget budget = {.seconds = 30, .exits = 1000000, .output = 1 << 20};
  struct metes_guest_args args;
  struct metes_sandbox *guest = NULL;
  struct metes_kvm kvm;
  struct metes_stop stop = {0};
  struct metes_failure f = {0};
  const char *const name = argc > 1 ? argv[1] : "IMAGE";
  FILE *const file = fopen(name, "rb");

  if (file == NULL)
    return perror(name), 66;
  metes_guest_args_init(&args); /* profile hyperlight, all sizes as the image needs them */
  args.image = (struct metes_bytes){image, fread(image, 1, sizeof image, file)};
  fclose(file);
  if (metes_kvm_open(&kvm, &f) == 0 && metes_sandbox_create(&kvm, &args, &guest, &f) == 0) {
    metes_sandbox_hear(guest, (struct metes_voice){.print = print, .mine = stdout});
    metes_sandbox_run(guest, &budget, &stop, &f);
  }
  if (f.status != 0)
    fprintf(stderr, "%s\n", f.text);
  else if (stop.outcome != METES_OUTCOME_WELL)
    fprintf(stderr, "outcome %u, verdict %u: %s\n", stop.outcome, stop.verdict, stop.what);
  metes_sandbox_close(guest);
  metes_kvm_close(&kvm);
  return f.status != 0 ? (int)f.status : stop.outcome != METES_OUTCOME_WELL;
}
