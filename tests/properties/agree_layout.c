/* SPDX-License-Identifier: Apache-2.0
 * Core and the second model on layout, regions, PEB and places. */
#include "agree.h"
#include "model_plan.h"

unsigned long agree_seen[AGREE_STATUSES];

static int all_are(const void *memory, size_t n, uint8_t value)
{
  const uint8_t *m = memory;

  while (n > 0 && m[n - 1] == value)
    n--;
  return n == 0;
}

/* LAY-36, LAY-37: what lies one behind the other, each on a page and before the next. */
static int apart(const struct metes_layout *l)
{
  const wide peb = l->options & METES_OPT_FILE_MAPPINGS ? 80 + 32 * 80 : 64, slot = (wide)0x7FFFFFFF * 4096;
  const wide starts[6] = {0, l->peb_offset, l->heap_offset, l->init_data_offset, l->memory_size, l->snapshot_size};
  const wide sizes[5] = {l->code_size, peb, l->heap_size, l->init_data_size, l->pt_size};

  for (int i = 0; i < 5; i++)
    if (starts[i + 1] & 4095 || starts[i] + sizes[i] > starts[i + 1])
      return 0;
  return l->heap_size > 0 && l->snapshot_size <= slot && l->scratch_size <= slot && !(l->scratch_size & 4095) &&
         !(l->pt_scratch_offset & 4095) && (wide)l->input_data_size + l->output_data_size <= l->pt_scratch_offset &&
         (wide)l->pt_scratch_offset + l->pt_size + (wide)12 * 4096 <= l->scratch_size;
}

/* LAY-38, LAY-39: null guard, snapshot, scratch, on pages and apart; all of a window below or above the hole. */
static int in_order(wide snapshot, wide snapshot_size, wide scratch, wide scratch_size, wide end, wide low, wide high)
{
  return snapshot >= 4096 && !(snapshot & 4095) && !(scratch & 4095) && snapshot + snapshot_size <= scratch &&
         scratch + scratch_size <= end && (snapshot + snapshot_size <= low || snapshot >= high) &&
         (scratch + scratch_size <= low || scratch >= high);
}

/* LAY-36 to LAY-40: every layout that is handed out is sound. */
static int layout_sound(const struct metes_layout *l)
{
  const wide top = (wide)1 << 64, half = (wide)1 << 47, width = (wide)1 << 52;

  return apart(l) &&
         in_order(l->snapshot_gpa, l->snapshot_size, l->scratch_gpa, l->scratch_size, width, width, 0) &&
         in_order(l->snapshot_gva, l->snapshot_size, l->scratch_gva, l->scratch_size, top - 4096, half, top - half);
}

const char *agree_layout(const struct trial *t, struct metes_layout *l, enum metes_status *status)
{
  const struct model_answer want = model_layout(&t->p, &t->c);
  struct metes_error err;

  memset(l, 0xA5, sizeof *l);
  memset(&err, 0x5A, sizeof err);
  *status = metes_layout_compute(&t->p, &t->c, l, &err);
  if (*status != want.status)
    return "status of the layout";
  agree_seen[*status]++;
  if (metes_profile_flaw(&t->p) != model_flaw(&t->p))
    return "flaw of the profile";
  if (*status == METES_OK && !all_are(&err, sizeof err, 0x5A))
    return "an accepted layout leaves the error alone";
  if (*status == METES_OK && !layout_sound(l))
    return "a layout is sound";
  if (*status == METES_OK)
    return memcmp(l, &want.l, sizeof *l) == 0 ? NULL : "fields of the layout";
  if (!same_error(&err, &want.err))
    return "numbers of the error";
  return all_are(l, sizeof *l, 0xA5) ? NULL : "a refused layout is left alone";
}

/* REG-5, REG-6: one behind the other from the first page to the last. */
static int tile(const struct metes_region *r, uint32_t n, const struct metes_layout *l)
{
  uint64_t at = l->snapshot_gpa;

  for (uint32_t i = 0; i < n; i++) {
    if (r[i].start != at || r[i].end <= at || r[i].end & 4095)
      return 0;
    at = r[i].end;
  }
  return at == l->memory_end_gpa;
}

static const char *agree_resolve(const struct metes_region *r, uint32_t n, struct source *s)
{
  const uint64_t near[4] = {r[pick(s, n)].start, r[pick(s, n)].end, 0, UINT64_MAX};
  const uint64_t gpa = pick_size(s, near, 3);
  const uint64_t to_end[4] = {near[1] - gpa, 0, near[3] - gpa, 8}, len = pick_size(s, to_end, 4);
  const uint32_t want = model_resolve(r, n, gpa, len);
  struct metes_error err = {7, 7, 7};
  uint32_t index = 77;
  const enum metes_status got = metes_regions_resolve(r, n, gpa, len, &index, &err);

  agree_seen[want < n ? METES_OK : METES_E_UNMAPPED]++;
  if (want < n)
    return got == METES_OK && index == want && err.requested == 7 ? NULL : "an address that is held is resolved";
  if (got != METES_E_UNMAPPED || index != 77)
    return "an address that is not held is refused";
  return err.requested == gpa && err.limit == len && err.index == 0 ? NULL : "error of an unmapped address";
}

const char *agree_regions(const struct metes_layout *l, struct source *s)
{
  struct metes_region r[METES_MAX_REGIONS], want[METES_MAX_REGIONS];
  const uint32_t n = metes_regions(l, r);

  if (n != model_regions(l, want) || n == 0)
    return "number of regions";
  for (uint32_t i = 0; i < n; i++)
    if (r[i].start != want[i].start || r[i].end != want[i].end || r[i].flags != want[i].flags ||
        r[i].type != want[i].type)
      return "regions";
  if (!tile(r, n, l))
    return "regions tile the snapshot";
  return agree_resolve(r, n, s);
}

/* PEB-8 by asking the map: [gva, gva + size) lies in `place`, end to end. */
static int leads(const struct metes_layout *l, uint64_t gva, uint64_t size, enum metes_place place)
{
  const int scratch = place >= METES_PLACE_INPUT;
  const uint64_t gpa = scratch ? gva - l->scratch_gva + l->scratch_gpa : gva - l->snapshot_gva + l->snapshot_gpa;

  if (size == 0)
    return 1;
  return metes_place_of_gva(l, gva) == place && metes_place_of_gva(l, gva + size - 1) == place &&
         metes_place_of_gpa(l, gpa) == place && metes_place_of_gpa(l, gpa + size - 1) == place;
}

/* PEB-8, LAY-7: the table of file mappings too. */
static int peb_leads(const struct metes_layout *l, const struct metes_peb *b)
{
  return leads(l, b->input_gva, b->input_size, METES_PLACE_INPUT) &&
         leads(l, b->output_gva, b->output_size, METES_PLACE_OUTPUT) &&
         leads(l, b->heap_gva, b->heap_size, METES_PLACE_HEAP) &&
         leads(l, b->init_data_gva, b->init_data_size, METES_PLACE_INIT_DATA) &&
         (!(l->options & 1) || leads(l, b->file_mappings_gva, 32 * 80, METES_PLACE_PEB));
}

/* PEB-9: writing into memory that just holds the block, or one byte less. */
static const char *agree_peb_write(const struct metes_layout *l, const uint8_t *want, size_t n)
{
  static uint8_t memory[0x4000];
  struct metes_error err = {7, 7, 7};
  const uint64_t end = l->peb_offset + n;

  if (end >= sizeof memory)
    return metes_peb_write(l, memory, sizeof memory, &err) == METES_E_BUFFER && err.requested == end &&
                   err.limit == sizeof memory && end > sizeof memory
               ? NULL
               : end == sizeof memory ? NULL : "PEB that does not fit";
  memset(memory, 0xC3, end + 1);
  if (metes_peb_write(l, memory, end - 1, &err) != METES_E_BUFFER || err.requested != end || err.limit != end - 1)
    return "PEB that does not fit by a byte";
  if (!all_are(memory, end, 0xC3))
    return "a refused PEB writes nothing";
  if (metes_peb_write(l, memory, end, &err) != METES_OK || memcmp(memory + l->peb_offset, want, n) != 0)
    return "PEB in memory";
  return all_are(memory, l->peb_offset, 0xC3) && memory[end] == 0xC3 ? NULL : "the PEB's write keeps to its place";
}

/* LE-1, PEB-1 to PEB-8. */
const char *agree_peb(const struct metes_layout *l, struct source *s)
{
  uint8_t want[80], got[81];
  const size_t n = model_peb(l, want);
  const struct metes_peb b = metes_peb_of(l);

  memset(got, 0xC3, sizeof got);
  metes_peb_encode(&b, l->options, got);
  if (n != metes_peb_bytes(l->options) || memcmp(got, want, n) != 0 || got[n] != 0xC3)
    return "bytes of the PEB";
  if (!peb_leads(l, &b))
    return "PEB pointers lead into their own regions";
  return pick(s, 8) ? NULL : agree_peb_write(l, want, n);
}

/* PLACE-1, PLACE-2. */
const char *agree_places(const struct metes_layout *l, struct source *s)
{
  const uint64_t edges[] = {0, l->peb_offset, l->heap_offset, l->init_data_offset, l->memory_size, l->snapshot_size};
  const uint64_t scratch[] = {0, l->input_data_size, l->pt_scratch_offset, l->pt_scratch_offset + l->pt_size,
                              l->scratch_size};
  const uint64_t a = edges[pick(s, 6)], b = scratch[pick(s, 5)];
  const uint64_t gpas[3] = {l->snapshot_gpa + a, l->scratch_gpa + b, l->free_gpa};
  const uint64_t gvas[3] = {l->snapshot_gva + a, l->scratch_gva + b, l->output_gva};
  const uint64_t gpa = pick_size(s, gpas, 3), gva = pick_size(s, gvas, 3);

  if (metes_place_of_gpa(l, gpa) != model_place(l, l->snapshot_gpa, l->scratch_gpa, gpa))
    return "place of a guest-physical address";
  if (metes_place_of_gva(l, gva) != model_place(l, l->snapshot_gva, l->scratch_gva, gva))
    return "place of a guest-virtual address";
  return NULL;
}
