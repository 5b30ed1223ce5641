/* SPDX-License-Identifier: Apache-2.0
 * Packets of gdb's remote protocol: `$text#xx`, taken byte by byte, and built. Nothing but this buffer is written. */
#ifndef METES_GDB_PACKET_H
#define METES_GDB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METES_GDB_MOST 4096 /* bytes of text in a packet, either way; 0x1000 in gdb_talk.c */

enum metes_gdb_event {
  METES_GDB_NOTHING, /* go on */
  METES_GDB_PACKET,  /* whole and right: it is in `text` until the next byte */
  METES_GDB_BROKEN,  /* its sum is wrong: to be asked for again */
  METES_GDB_LONG,    /* whole, and too long for us */
  METES_GDB_BREAK,   /* Ctrl-C */
  METES_GDB_AGAIN,   /* our last packet is to be sent again */
};

/* All zero: nothing came yet. */
struct metes_gdb_reader {
  enum { METES_GDB_OUTSIDE, METES_GDB_INSIDE, METES_GDB_FIRST, METES_GDB_SECOND } state;
  uint8_t sum;  /* of what came */
  uint8_t told; /* what it should be */
  bool wrong;   /* a digit of the sum is none */
  size_t used;  /* bytes that came, METES_GDB_MOST + 1 where there were more */
  char text[METES_GDB_MOST + 1]; /* with a byte 0 at its end */
};

enum metes_gdb_event metes_gdb_take(struct metes_gdb_reader *r, uint8_t byte);

/* A packet being built: what does not fit is left out. */
struct metes_gdb_reply {
  size_t used;
  char text[1 + METES_GDB_MOST + 3];
};

void metes_gdb_begin(struct metes_gdb_reply *r);
void metes_gdb_put(struct metes_gdb_reply *r, const char *text);
void metes_gdb_put_hex(struct metes_gdb_reply *r, const void *bytes, size_t n);
void metes_gdb_put_number(struct metes_gdb_reply *r, uint64_t n); /* most significant digit first */
void metes_gdb_put_binary(struct metes_gdb_reply *r, const void *bytes, size_t n);
void metes_gdb_end(struct metes_gdb_reply *r); /* the sum: `used` bytes of `text` are the packet */

/* What a packet says, read from its front; each false, and *at untouched, where it says something else. */
bool metes_gdb_word(const char **at, const char *word);
bool metes_gdb_number(const char **at, uint64_t *n);                /* 1 to 16 hexadecimal digits */
bool metes_gdb_bytes(const char **at, uint8_t *bytes, size_t n);    /* two digits each; *at untouched also then */

#endif
