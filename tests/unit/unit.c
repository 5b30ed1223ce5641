/* SPDX-License-Identifier: Apache-2.0
 * Runs all unit tests; TAP on stdout. */
#include "unit.h"

struct metes_profile profile_of(enum metes_profile_id id)
{
  struct metes_error err = UNTOUCHED;
  struct metes_profile p;

  assert_int_equal(metes_profile_builtin(id, &p, &err), METES_OK);
  assert_untouched(&err);
  return p;
}

struct metes_config small_config(void)
{
  struct metes_config c;

  metes_config_default(&c);
  c.code_size = 4096;
  return c;
}

struct metes_layout layout_of(const struct metes_profile *p, const struct metes_config *c)
{
  struct metes_error err = UNTOUCHED;
  struct metes_layout l;

  assert_int_equal(metes_layout_compute(p, c, &l, &err), METES_OK);
  assert_untouched(&err);
  return l;
}

struct metes_layout small_layout(enum metes_profile_id id)
{
  const struct metes_profile p = profile_of(id);
  const struct metes_config c = small_config();

  return layout_of(&p, &c);
}

void assert_error(const struct metes_error *err, uint64_t requested, uint64_t limit, uint32_t index)
{
  assert_int_equal(err->requested, requested);
  assert_int_equal(err->limit, limit);
  assert_int_equal(err->index, index);
}

void assert_untouched(const struct metes_error *err)
{
  assert_error(err, 0x77, 0x77, 0x77);
}

void assert_refused(const struct metes_profile *p, const struct metes_config *c, enum metes_status status,
                    uint64_t requested, uint64_t limit, uint32_t index)
{
  struct metes_error err = UNTOUCHED;
  struct metes_layout l, before;

  memset(&l, 0x5A, sizeof l);
  before = l;
  assert_int_equal(metes_layout_compute(p, c, &l, &err), status);
  assert_error(&err, requested, limit, index);
  assert_memory_equal(&l, &before, sizeof l);
}

int main(void)
{
  int failed = 0;

  cmocka_set_message_output(CM_OUTPUT_TAP);
  failed += test_layout();
  failed += test_profile();
  failed += test_alignment();
  failed += test_region();
  failed += test_peb();
  failed += test_filemap();
  failed += test_fileplace();
  failed += test_plan();
  failed += test_scratch();
  failed += test_buffer();
  failed += test_message();
  failed += test_exchange();
  failed += test_pagetable();
  failed += test_largetable();
  failed += test_elf();
  failed += test_elfedges();
  failed += test_mappings();
  failed += test_gpa();
  failed += test_gva();
  failed += test_gvacopy();
  failed += test_snapshot();
  failed += test_defects();
  failed += test_vectors();
  return failed != 0;
}
