/* SPDX-License-Identifier: Apache-2.0
 * Guests for benchmarks: a file of one segment, as large as wanted, that says one line and halts. */
#ifndef METES_BENCH_GUESTS_H
#define METES_BENCH_GUESTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bytes.h"
#include "vmm/sandbox.h"

enum { HEADERS = 4096, LARGEST = 16 << 20 };

/* mov dx, 103; mov al, 10; out dx, al; again: hlt; jmp again */
static const uint8_t guest_code[] = {0x66, 0xBA, 103, 0, 0xB0, '\n', 0xEE, 0xF4, 0xEB, 0xFD};
static uint8_t guest_file[HEADERS + LARGEST];

static void must(int status, const struct metes_failure *f)
{
  if (status == 0)
    return;
  fprintf(stderr, "%s\n", f->text);
  exit(70);
}

static void put(uint64_t at, int bytes, uint64_t v)
{
  for (int i = 0; i < bytes; i++)
    guest_file[at + (uint64_t)i] = (uint8_t)(v >> 8 * i);
}

/* An image with n bytes of code, n at least a page. */
static inline struct metes_bytes image_of(uint64_t n)
{
  memset(guest_file, 0, HEADERS);
  memcpy(guest_file, "\177ELF\2\1\1", 7);
  put(16, 2, 3);
  put(18, 2, 62);
  put(32, 8, 64);
  put(54, 2, 56);
  put(56, 2, 1);
  put(64, 4, 1);
  put(68, 4, 5);
  put(72, 8, HEADERS);
  put(96, 8, n);
  put(104, 8, n);
  memcpy(guest_file + HEADERS, guest_code, sizeof guest_code);
  return (struct metes_bytes){guest_file, HEADERS + n};
}

/* One that writes to port 103 without end: out dx, al; jmp back. */
static inline struct metes_bytes endless_image(void)
{
  const struct metes_bytes image = image_of(HEADERS);

  memcpy(guest_file + HEADERS + 6, (const uint8_t[]){0xEE, 0xEB, 0xFD}, 3);
  return image;
}

static inline void read_image(const char *path, struct metes_guest_args *a)
{
  FILE *const file = fopen(path, "rb");

  if (file == NULL)
    exit(66);
  a->image = (struct metes_bytes){guest_file, fread(guest_file, 1, sizeof guest_file, file)};
  fclose(file);
}

#endif
