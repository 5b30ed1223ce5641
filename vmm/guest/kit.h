/* SPDX-License-Identifier: Apache-2.0
 * Inside the kit: descriptor tables, the state behind them, and what an exception leaves. */
#ifndef METES_GUEST_KIT_H
#define METES_GUEST_KIT_H

#include "core/buffer.h"
#include "guest.h"

#define KIT_VECTORS 32
#define KIT_STACK_PAGES 3 /* below them one page is left unmapped */

struct kit_gate {
  uint16_t low;
  uint16_t selector;
  uint8_t ist;
  uint8_t type;
  uint16_t middle;
  uint32_t high;
  uint32_t zero;
};

struct kit_tss {
  uint32_t reserved0;
  uint64_t rsp[3];
  uint64_t reserved1;
  uint64_t ist[7];
  uint64_t reserved2;
  uint16_t reserved3;
  uint16_t io_map;
} __attribute__((packed));

/* One page of scratch. The IDT comes first, so that SIDT finds all of it: the
 * handler must not touch the image, whose pages may be the very ones at fault. */
struct kit {
  struct kit_gate idt[KIT_VECTORS];
  uint64_t gdt[5]; /* null, code, data, and two words for the TSS */
  struct kit_tss tss;
  struct metes_guest guest;
  uint64_t spare;   /* gpa of a page that was given back; its first word is the next */
  uint64_t try_rsp; /* where metes_try goes on, 0 where nothing is tried */
  struct metes_fault fault;
  const struct metes_function *functions; /* that metes_serve was given */
  size_t n_functions;
  uint8_t *answer;  /* of such a function; as much room as the output buffer */
  uint8_t *message; /* before it is pushed, likewise */
};

/* Words of bookkeeping, found from the last byte of scratch. */
static inline volatile uint64_t *kit_word(uint64_t scratch_top, uint64_t distance)
{
  return (volatile uint64_t *)(scratch_top - (distance - 1));
}

static inline struct kit *kit_state(void)
{
  struct {
    uint16_t limit;
    uint64_t base;
  } __attribute__((packed)) idtr;

  __asm__ volatile("sidt %0" : "=m"(idtr));
  return (struct kit *)idtr.base;
}

/* start.S */
extern const char kit_vectors[];    /* 32 entries, 16 bytes apart */
extern const char kit_try_failed[]; /* where a caught exception goes on */
bool kit_try(void (*f)(void *), void *argument, uint64_t *rsp);
_Noreturn void kit_ready(void); /* halts, to be called */

/* Called by start.S: on the exception stack, then on its own. */
uint64_t kit_boot(const struct metes_peb *peb, uint64_t seed, uint64_t page_size,
                  uint64_t log_level, uint64_t rsp);
_Noreturn void kit_main(void);
void kit_exception(struct metes_fault_frame *frame); /* what kit_vectors leaves on the exception stack */

/* serve.c: called by start.S. Pops a call, runs what it names, pushes its answer. */
void kit_answer(void);

/* message.c: what lies on the input buffer, still there; and a message pushed onto the output buffer. */
struct kit_message {
  uint32_t kind;
  uint32_t code;
  const char *name;
  size_t name_length;
  const uint8_t *payload;
  size_t n;
};
bool kit_top(struct metes_element *e, struct kit_message *m); /* false where nothing is there */
void kit_pop(struct metes_element e);
bool kit_push(const struct kit_message *m); /* false where it does not fit */
void kit_take_messages(void); /* the memory that kit_push needs; once */
size_t kit_length(const char *text);

/* memory.c */
bool kit_copy_on_write(uint64_t gva);
void kit_map_page(uint64_t gva, uint64_t gpa); /* read-only and copy-on-write, with the tables it takes */
void kit_forget(uint64_t gva, uint64_t size);  /* maps nothing there; what was copied is spare */

/* file.c: maps the page at an address, where a file of the host is. */
bool kit_map_file(uint64_t gva);

/* print.c */
void kit_format(void (*put)(void *, char), void *to, const char *format, __builtin_va_list values);
void kit_abort_text(const char *text);

#endif
