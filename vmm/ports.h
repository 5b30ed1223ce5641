/* SPDX-License-Identifier: Apache-2.0
 * What a guest says through its ports (vmm/guest/abi.h). */
#ifndef METES_PORTS_H
#define METES_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What follows from one OUT. */
enum metes_port_answer {
  METES_PORT_GO_ON,
  METES_PORT_HALTED,
  METES_PORT_ABORTED,
  METES_PORT_CALLED,  /* a function of the host */
  METES_PORT_FULL,    /* more output than allowed */
  METES_PORT_UNKNOWN, /* no such port */
};

/* Where a guest's words go: called while it stands still, with bytes that nobody has looked at
 * (metes_put_safely shows them). A null function drops them. */
struct metes_voice {
  void (*print)(void *mine, const char *text, size_t n);
  void (*log)(void *mine, unsigned level, const char *line, size_t n); /* level: any byte */
  void *mine;
};

struct metes_ports {
  struct metes_voice voice;
  uint64_t output_left; /* bytes of text, log and abort that may yet come */
  uint32_t verdict;     /* of the halt */
  bool has_code;
  uint8_t code;         /* of the abort */
  char message[512];    /* of the abort; what is longer is cut */
  size_t message_used;
  char line[512];       /* of the log, its level first; likewise */
  size_t line_used;
};

/* One OUT: an item of 1, 2 or 4 bytes at `data`. */
enum metes_port_answer metes_port_out(struct metes_ports *p, uint16_t port, const uint8_t *data,
                                      unsigned width);

/* Forgets what was said, and how it ended; the voice and what is left of the output stay. */
void metes_ports_begin(struct metes_ports *p);

/* Tells a log line that was begun and never ended. */
void metes_ports_end(struct metes_ports *p);

/* A text of a guest on a stream: printable ASCII as it is, anything else escaped, so
 * that it cannot move the cursor of whoever reads. */
void metes_put_safely(FILE *to, const char *text, size_t n);

#endif
