/* SPDX-License-Identifier: Apache-2.0
 * What the lives of scenarios.c and scenarios_kept.c are told in, and those of the second. */
#ifndef METES_FAULTS_LIVES_H
#define METES_FAULTS_LIVES_H

#include "scenarios.h"

#define OUT(port_, bytes_) {KVM_EXIT_IO, port_, 1, bytes_, sizeof(bytes_) - 1, NULL, 0}
#define PLAY(...)                                            \
  do {                                                       \
    static const struct step steps_[] = {__VA_ARGS__};       \
    play(steps_, sizeof steps_ / sizeof *steps_);            \
  } while (0)
#define RUN(...) run_command(t, (const char *const[]){__VA_ARGS__, NULL})

extern struct metes_sandbox *sandbox; /* of the life that is lived now */
extern const struct metes_budget plenty, timed, few;

void arguments(struct metes_guest_args *a);
int run_once(struct told *t, const struct metes_budget *b, struct metes_failure *f);

/* Steps: the deadline has passed; the guest waits to be called. */
void expire(void);
void wait_for_call(void);

/* Snapshots, in memory and in files, and debuggers. */
void go_back(struct told *t);
void renew(struct told *t);
void start_others(struct told *t);
void keep_and_load(struct told *t);
void command_save(struct told *t);
void command_save_failed(struct told *t);
void command_save_child(struct told *t);
void command_load(struct told *t);
void command_gdb(struct told *t);
void command_gdb_kill(struct told *t);
void command_gdb_fault(struct told *t);

#endif
