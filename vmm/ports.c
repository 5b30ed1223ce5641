/* SPDX-License-Identifier: Apache-2.0
 * Bytes from a guest: text, log lines, an abort, a verdict. None of them is trusted. */
#include "ports.h"

#include "guest/abi.h"

void metes_put_safely(FILE *to, const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const unsigned char c = (unsigned char)text[i];

    if (c >= 0x20 && c < 0x7f)
      putc(c, to);
    else
      fprintf(to, "\\x%02x", c);
  }
}

static bool spend(struct metes_ports *p)
{
  if (p->output_left == 0)
    return false;
  p->output_left--;
  return true;
}

/* The lowest byte of an item, and those above it up to the first that is 0. */
static unsigned text_length(const uint8_t *data, unsigned width)
{
  unsigned n = 1;

  while (n < width && data[n] != 0)
    n++;
  return n;
}

static enum metes_port_answer print(struct metes_ports *p, const uint8_t *data, unsigned width)
{
  const unsigned length = text_length(data, width), n = length < p->output_left ? length : (unsigned)p->output_left;

  p->output_left -= n;
  if (n > 0 && p->voice.print != NULL)
    p->voice.print(p->voice.mine, (const char *)data, n);
  return n == length ? METES_PORT_GO_ON : METES_PORT_FULL;
}

static void end_line(struct metes_ports *p)
{
  const unsigned level = p->line_used > 0 ? (uint8_t)p->line[0] : 0;
  const size_t n = p->line_used > 0 ? p->line_used - 1 : 0;

  if (p->voice.log != NULL)
    p->voice.log(p->voice.mine, level, p->line + 1, n);
  p->line_used = 0;
}

static enum metes_port_answer log_byte(struct metes_ports *p, uint8_t byte)
{
  if (!spend(p))
    return METES_PORT_FULL;
  if (byte == '\n' && p->line_used > 0) /* the level itself may be any byte */
    end_line(p);
  else if (p->line_used < sizeof p->line)
    p->line[p->line_used++] = (char)byte;
  return METES_PORT_GO_ON;
}

static enum metes_port_answer abort_byte(struct metes_ports *p, uint8_t byte)
{
  if (!p->has_code) {
    p->has_code = true;
    p->code = byte;
    return METES_PORT_GO_ON;
  }
  if (byte == METES_ABORT_END)
    return METES_PORT_ABORTED;
  if (!spend(p))
    return METES_PORT_FULL;
  if (p->message_used < sizeof p->message)
    p->message[p->message_used++] = (char)byte;
  return METES_PORT_GO_ON;
}

/* One byte alone; or a count and that many bytes behind it. */
static enum metes_port_answer abort_item(struct metes_ports *p, const uint8_t *data, unsigned width)
{
  enum metes_port_answer answer = METES_PORT_GO_ON;

  if (width == 1)
    return abort_byte(p, data[0]);
  for (unsigned i = 1; i < width && i <= data[0] && answer == METES_PORT_GO_ON; i++)
    answer = abort_byte(p, data[i]);
  return answer;
}

static enum metes_port_answer halt(struct metes_ports *p, const uint8_t *data, unsigned width)
{
  p->verdict = 0;
  for (unsigned i = width; i > 0; i--)
    p->verdict = p->verdict << 8 | data[i - 1];
  return METES_PORT_HALTED;
}

static enum metes_port_answer log_item(struct metes_ports *p, const uint8_t *data, unsigned width)
{
  const unsigned length = text_length(data, width);
  enum metes_port_answer answer = METES_PORT_GO_ON;

  for (unsigned i = 0; i < length && answer == METES_PORT_GO_ON; i++)
    answer = log_byte(p, data[i]);
  return answer;
}

enum metes_port_answer metes_port_out(struct metes_ports *p, uint16_t port, const uint8_t *data,
                                      unsigned width)
{
  switch (port) {
  case METES_PORT_PRINT: return print(p, data, width);
  case METES_PORT_LOG: return log_item(p, data, width);
  case METES_PORT_ABORT: return abort_item(p, data, width);
  case METES_PORT_HALT: return halt(p, data, width);
  case METES_PORT_CALL: return METES_PORT_CALLED;
  default: return METES_PORT_UNKNOWN;
  }
}

void metes_ports_begin(struct metes_ports *p)
{
  *p = (struct metes_ports){.voice = p->voice, .output_left = p->output_left};
}

void metes_ports_end(struct metes_ports *p)
{
  if (p->line_used > 0)
    end_line(p);
}
