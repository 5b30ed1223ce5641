/* SPDX-License-Identifier: Apache-2.0
 * Words to the monitor, and the two ways to end. */
#include "kit.h"

/* Four bytes of text, wherever they lie. */
typedef uint32_t unsigned_word __attribute__((aligned(1), may_alias));

static void out8(uint16_t port, uint8_t value)
{
  __asm__ volatile("outb %0, %1" : : "a"(value), "d"(port));
}

/* Text without a byte 0, four bytes to an exit. */
static void out_text(uint16_t port, const char *text, size_t n)
{
  for (; n >= 4; n -= 4, text += 4)
    __asm__ volatile("outl %0, %1" : : "a"(*(const unsigned_word *)text), "d"(port));
  for (; n > 0; n--)
    out8(port, (uint8_t)*text++);
}

size_t kit_length(const char *text)
{
  size_t n = 0;

  while (text[n] != 0)
    n++;
  return n;
}

void metes_print(const char *text)
{
  out_text(METES_PORT_PRINT, text, kit_length(text));
}

void metes_log(enum metes_log_level level, const char *text)
{
  if (level > kit_state()->guest.log_level)
    return;
  out8(METES_PORT_LOG, (uint8_t)level);
  out_text(METES_PORT_LOG, text, kit_length(text));
  out8(METES_PORT_LOG, '\n');
}

_Noreturn void metes_halt(int verdict)
{
  for (;;)
    __asm__ volatile("outl %0, %1" : : "a"(verdict), "d"((uint16_t)METES_PORT_HALT));
}

void kit_abort_text(const char *text)
{
  while (*text != 0)
    out8(METES_PORT_ABORT, (uint8_t)*text++);
}

_Noreturn void metes_abort(uint8_t code, const char *message)
{
  out8(METES_PORT_ABORT, code);
  kit_abort_text(message);
  for (;;)
    out8(METES_PORT_ABORT, METES_ABORT_END);
}

/* Where the text of a metes_printf waits, so that a line is one exit. */
struct line {
  char text[128];
  size_t used;
};

static void flush(struct line *l)
{
  out_text(METES_PORT_PRINT, l->text, l->used);
  l->used = 0;
}

static void put(void *to, char c)
{
  struct line *l = to;

  if (l->used == sizeof l->text)
    flush(l);
  if (c != 0)
    l->text[l->used++] = c;
}

void metes_vprintf(const char *format, __builtin_va_list values)
{
  struct line l = {.used = 0};

  kit_format(put, &l, format, values);
  flush(&l);
}

void metes_printf(const char *format, ...)
{
  __builtin_va_list values;

  __builtin_va_start(values, format);
  metes_vprintf(format, values);
  __builtin_va_end(values);
}
