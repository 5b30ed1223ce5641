/* SPDX-License-Identifier: Apache-2.0
 * Calls both ways, for the sources of the monitor alone; sandbox.h has what an embedder uses. */
#ifndef METES_CALLS_H
#define METES_CALLS_H

#include "sandbox.h"

#define METES_FUNCTIONS_MOST 64u

/* A function of the host, by its name. */
struct metes_host_entry {
  char name[METES_NAME_MOST + 1];
  metes_host_function *function;
  void *mine;
};

/* All zero, but for `why`: a guest that has not run yet. */
struct metes_calls {
  uint8_t *taken;   /* a message of the guest's, copied: the only place where it is looked at */
  uint8_t *answer;  /* of a function of the host */
  uint8_t *message; /* of the host's, before it is pushed */
  uint64_t entry;   /* the guest's dispatch function, and */
  uint64_t stack;   /* the stack pointer it has there; both checked */
  bool ready;       /* to be called */
  bool calling;     /* the guest runs because it was called */
  bool serving;     /* a function of the host runs */
  char why[256];    /* it is not ready, and */
  int status;       /* what a call of it ends in, then */
  unsigned n_functions;
  struct metes_host_entry functions[METES_FUNCTIONS_MOST];
};

/* Memory for a copy of each buffer, and for what a function of the host answers: so many bytes, in [from, end). */
uint64_t metes_calls_room_for(const struct metes_layout *l);
void metes_calls_place(struct metes_calls *c, const struct metes_layout *l, uint8_t *from, uint8_t *end);

/* Refuses to enter a guest whose call is being served. */
int metes_calls_may_enter(const struct metes_sandbox *s, struct metes_failure *f);

/* Is this a name for a function? Returns 0, or the status of *f. */
int metes_calls_name(const char *name, struct metes_failure *f);

/* The guest may not be called any more, for this reason. */
__attribute__((format(printf, 2, 3))) void metes_calls_close(struct metes_sandbox *s,
                                                             const char *format, ...);

/* The same in just these words: what each start says, without touching the 20 KiB of printf for it. */
void metes_calls_not_yet(struct metes_sandbox *s, const char *why);

/* A guest came to rest: what it left in rax and rsp makes it ready, or not. */
void metes_calls_look(struct metes_sandbox *s, const struct metes_stop *stop);

/* It wrote to port 101. True where this is its end: *stop says which. */
bool metes_calls_serve(struct metes_sandbox *s, struct metes_stop *stop);

/* messages.c: what is said, in one of the kinds of core/message.h. */
struct metes_words {
  uint32_t kind;
  uint32_t code;
  const char *name;
  size_t name_length;
  const uint8_t *payload;
  size_t n;
};

/* As much as fits into an empty input buffer: the payload of an answer. */
uint64_t metes_calls_room(const struct metes_sandbox *s);

/* Pushes it onto the input buffer. Answers as core does: METES_E_BUFFER where it would not fit into
 * an empty buffer, METES_E_STACK or METES_E_STACK_FULL where the guest left no room. */
enum metes_status metes_calls_push(struct metes_sandbox *s, const struct metes_words *w,
                                   struct metes_error *err);

/* Takes a message from the output buffer: its bytes are calls.taken. False where there is none, which is
 * a bad end, in *stop, of a guest that did what `what` says. */
bool metes_calls_take(struct metes_sandbox *s, const char *what, struct metes_message *m,
                      struct metes_stop *stop);

/* Is the output buffer empty? */
bool metes_calls_silent(struct metes_sandbox *s);

/* Empties both buffers. */
void metes_calls_clear(struct metes_sandbox *s);

/* A bad end: in these words, or in those for what core refused. */
__attribute__((format(printf, 2, 3))) void metes_calls_bad(struct metes_stop *stop,
                                                           const char *format, ...);
void metes_calls_blame(struct metes_stop *stop, const char *what, enum metes_status status,
                       const struct metes_error *err);

#endif
