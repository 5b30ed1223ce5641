/* SPDX-License-Identifier: Apache-2.0
 * What core's contracts call when E-ACSL has made checks of them. A clause that does not hold ends the process as any
 * other finding does. Clauses about memory (\valid, \separated, \initialized) are taken as held: AddressSanitizer,
 * which knows memory better, looks at that; E-ACSL's own memory model would have to see the tests compiled too. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* As E-ACSL declares it in what it generates. */
struct data {
  int blocking;
  const char *kind, *name, *text, *file, *function;
  int line;
  void *values;
};

void __e_acsl_assert(int holds, struct data *d);
void __e_acsl_assert(int holds, struct data *d)
{
  if (holds)
    return;
  fprintf(stderr, "this does not hold: %s of %s, %s:%d: %s\n", d->kind, d->function, d->file, d->line, d->text);
  abort();
}

/* Values that only a longer message would say. */
#define IGNORE(name) \
  void name(void);   \
  void name(void) {}
IGNORE(__e_acsl_assert_clean)
IGNORE(__e_acsl_assert_copy_values)
IGNORE(__e_acsl_assert_register_array)
IGNORE(__e_acsl_assert_register_char)
IGNORE(__e_acsl_assert_register_enum)
IGNORE(__e_acsl_assert_register_int)
IGNORE(__e_acsl_assert_register_long)
IGNORE(__e_acsl_assert_register_mpz)
IGNORE(__e_acsl_assert_register_ptr)
IGNORE(__e_acsl_assert_register_struct)
IGNORE(__e_acsl_assert_register_uchar)
IGNORE(__e_acsl_assert_register_uint)
IGNORE(__e_acsl_assert_register_ulong)
IGNORE(__e_acsl_assert_register_ushort)
IGNORE(__e_acsl_delete_block)
IGNORE(__e_acsl_full_init)
IGNORE(__e_acsl_initialize)
IGNORE(__e_acsl_store_block)
IGNORE(__e_acsl_store_block_duplicate)

#define HELD(name) \
  int name(void);  \
  int name(void) { return 1; }
HELD(__e_acsl_initialized)
HELD(__e_acsl_separated)
HELD(__e_acsl_valid)
HELD(__e_acsl_valid_read)

/* Behaviors: which of a function's are to hold at its end. */
struct contract {
  size_t n;
  int assumed[64];
};
struct contract *__e_acsl_contract_init(size_t n);
void __e_acsl_contract_clean(struct contract *c);
void __e_acsl_contract_set_behavior_assumes(struct contract *c, size_t i, int assumed);
int __e_acsl_contract_get_behavior_assumes(const struct contract *c, size_t i);

struct contract *__e_acsl_contract_init(size_t n)
{
  struct contract *const c = calloc(1, sizeof *c);

  if (!c || n > sizeof c->assumed / sizeof *c->assumed)
    abort();
  c->n = n;
  return c;
}

void __e_acsl_contract_clean(struct contract *c)
{
  free(c);
}

void __e_acsl_contract_set_behavior_assumes(struct contract *c, size_t i, int assumed)
{
  c->assumed[i] = assumed;
}

int __e_acsl_contract_get_behavior_assumes(const struct contract *c, size_t i)
{
  return c->assumed[i];
}
