// SPDX-License-Identifier: Apache-2.0
// The C++ face says what C says, and keeps its promises about types. Prints nothing where all is well.
#include <cstdio>
#include <cstring>
#include <type_traits>

#include "metes.hpp"

using namespace metes;

// Addresses do not mix, neither with each other nor with numbers.
static_assert(!std::is_convertible_v<gpa, gva> && !std::is_constructible_v<gpa, gva>);
static_assert(!std::is_convertible_v<std::uint64_t, gpa> && !std::is_convertible_v<gpa, std::uint64_t>);
static_assert(sizeof(gpa) == 8 && std::is_trivially_copyable_v<gpa> && std::is_trivially_copyable_v<layout>);
static_assert(std::is_trivially_copyable_v<guest> && std::is_trivially_copyable_v<plan<5>>);
// No call throws.
static_assert(noexcept(layout::of(profile(), config())) && noexcept(profile().reserving(gpa(0), gpa(1))));
static_assert(noexcept(guest::of(profile(), config(), nullptr, 0)) && noexcept(plan<>::of(layout(), nullptr, nullptr, {})));
static_assert(noexcept(memory().read(gpa(0), nullptr, 0)) && noexcept(memory().write(gpa(0), gva(0), nullptr, 0)));

static int failures;

static void expect(bool good, const char *what)
{
  if (!good)
    std::printf("not as it should be: %s\n", what), failures++;
}

static void same_as_c(metes_profile_id id, const config &c)
{
  metes_profile p;
  metes_layout l{};
  metes_error e{};
  metes_profile_builtin(id, &p, &e);
  const metes_status s = metes_layout_compute(&p, &c, &l, &e);
  const auto mine = layout::of(profile(id), c);

  expect(mine.status() == s && bool(mine) == (s == METES_OK), "the status");
  if (s != METES_OK) {
    expect(std::memcmp(&mine.error(), &e, sizeof e) == 0, "the error");
    return;
  }
  expect(std::memcmp(&mine->c(), &l, sizeof l) == 0, "the layout");
  expect(mine->peb_gpa() == gpa(l.peb_gpa) && mine->peb_gva() == gva(l.peb_gva), "typed addresses");
  expect(mine->at(mine->peb_gpa()) == METES_PLACE_PEB && mine->at(mine->scratch_gva()) == METES_PLACE_INPUT, "places");
}

static void plans()
{
  const auto l = layout::of(profile(), config());
  const metes_limits m = {1ull << 36, 1ull << 47, 3, 0, {}};
  const auto *const host = reinterpret_cast<const void *>(std::uintptr_t{1} << 30);
  const auto two = plan<4>::of(*l, host, host, m);

  expect(two && two->size() == 2, "a plan of two");
  const auto three = two->with(gpa(1ull << 32), gpa((1ull << 32) + 4096), host, 0, m);
  expect(three && three->size() == 3 && three->begin()[2].slot == 2, "a region more");
  expect(!two->with(l->heap_gpa(), l->scratch_gpa(), host, 0, m), "one that overlaps");
  expect(three->with(gpa(1ull << 33), gpa((1ull << 33) + 4096), host, 0, m).status() == METES_E_SLOT_BUDGET, "the budget");
}

int main()
{
  for (unsigned id = 0; id < 3; id++)
    for (std::uint64_t size = 4096; size != 0; size *= 16) { // up to 2^60, and past what fits
      config c;
      c.code_size = c.heap_size = size;
      same_as_c(static_cast<metes_profile_id>(id), c);
    }
  plans();
  expect(!guest::of(profile(), config(), reinterpret_cast<const std::uint8_t *>(""), 0), "an image of nothing");
  expect(profile().reserving(gpa(5), gpa(5)).status() == METES_E_RESERVED, "an empty range");
  return failures != 0;
}
