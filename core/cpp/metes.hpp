/* SPDX-License-Identifier: Apache-2.0
 * Metes for C++ (17 and later): addresses that cannot be mixed up, results as values. Beside metes.h and the library.
 *
 *   const auto guest = metes::guest::of(metes::profile(), metes::config(), elf, size);
 *   if (!guest)
 *     return guest.status();                       guest.error() says how much was too much
 *   const auto memory = guest->fill(elf, size, snapshot, scratch, notes);
 *   memory->read(guest->where().peb_gpa(), bytes, 64);
 *
 * Nothing here allocates, throws or keeps what it is given; each function is the one of metes.h that it names, and
 * holds its contract. What metes.h says of a call it says of the same call here. */
#ifndef METES_HPP
#define METES_HPP

#include <array>
#include <cstdint>
#include <exception>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" /* of C's, one structure and the function that makes it share a name */
#include "metes.h"
#pragma GCC diagnostic pop

namespace metes {

/* An address of one space. It is made by name and only compared: where things lie is the core's to say. */
template <class Space> class address {
public:
  constexpr address() noexcept = default;
  constexpr explicit address(std::uint64_t at) noexcept : at_(at) {}
  constexpr std::uint64_t value() const noexcept { return at_; }
  friend constexpr bool operator==(address a, address b) noexcept { return a.at_ == b.at_; }
  friend constexpr bool operator!=(address a, address b) noexcept { return a.at_ != b.at_; }
  friend constexpr bool operator<(address a, address b) noexcept { return a.at_ < b.at_; }
  friend constexpr bool operator<=(address a, address b) noexcept { return a.at_ <= b.at_; }

private:
  std::uint64_t at_ = 0;
};
using gpa = address<struct guest_physical>;
using gva = address<struct guest_virtual>;

/* What a function answers: a value, or why there is none. */
template <class T> class [[nodiscard]] result {
public:
  result(const T &value) noexcept : value_(value) {}
  result(metes_status status, const metes_error &error) noexcept : status_(status), error_(error) {}
  explicit operator bool() const noexcept { return status_ == METES_OK; }
  metes_status status() const noexcept { return status_; }
  const metes_error &error() const noexcept { return error_; }
  /* The value. Who asks a refusal for one ends the program. */
  const T &operator*() const noexcept { return status_ == METES_OK ? value_ : (std::terminate(), value_); }
  const T *operator->() const noexcept { return &**this; }

private:
  T value_{};
  metes_status status_ = METES_OK;
  metes_error error_{};
};

/* Nothing but well or refused. */
struct done {};
inline result<done> done_or(metes_status s, const metes_error &e) noexcept
{
  return s == METES_OK ? result<done>(done()) : result<done>(s, e);
}

/* An address space: one that ships, or the caller's own, which every use of it checks. */
class profile {
public:
  explicit profile(metes_profile_id id = METES_PROFILE_HYPERLIGHT) noexcept
  {
    metes_error e;
    if (metes_profile_builtin(id, &p_, &e) != METES_OK)
      std::terminate(); /* no such id */
  }
  explicit profile(const metes_profile &p) noexcept : p_(p) {}
  std::uint32_t flaw() const noexcept { return metes_profile_flaw(&p_); }
  result<profile> reserving(gpa start, gpa end) const noexcept
  {
    profile more = *this;
    metes_error e{};
    const metes_status s = metes_profile_reserve(&more.p_, start.value(), end.value(), &e);
    return s == METES_OK ? result<profile>(more) : result<profile>(s, e);
  }
  const metes_profile &c() const noexcept { return p_; }

private:
  metes_profile p_{};
};

/* What is asked for: metes_config with its defaults. */
struct config : metes_config {
  config() noexcept : metes_config() { metes_config_default(this); }
};

/* Where everything lies. */
class layout {
public:
  layout() noexcept = default;
  static result<layout> of(const profile &p, const config &c) noexcept
  {
    layout l;
    metes_error e{};
    const metes_status s = metes_layout_compute(&p.c(), &c, &l.l_, &e);
    return s == METES_OK ? result<layout>(l) : result<layout>(s, e);
  }
  std::uint64_t snapshot_size() const noexcept { return l_.snapshot_size; }
  std::uint64_t scratch_size() const noexcept { return l_.scratch_size; }

  gpa snapshot_gpa() const noexcept { return gpa(l_.snapshot_gpa); }
  gpa peb_gpa() const noexcept { return gpa(l_.peb_gpa); }
  gpa heap_gpa() const noexcept { return gpa(l_.heap_gpa); }
  gpa init_data_gpa() const noexcept { return gpa(l_.init_data_gpa); }
  gpa memory_end_gpa() const noexcept { return gpa(l_.memory_end_gpa); }
  gpa scratch_gpa() const noexcept { return gpa(l_.scratch_gpa); }
  gpa pt_gpa() const noexcept { return gpa(l_.pt_gpa); }
  gpa free_gpa() const noexcept { return gpa(l_.free_gpa); }
  gva snapshot_gva() const noexcept { return gva(l_.snapshot_gva); }
  gva peb_gva() const noexcept { return gva(l_.peb_gva); }
  gva heap_gva() const noexcept { return gva(l_.heap_gva); }
  gva init_data_gva() const noexcept { return gva(l_.init_data_gva); }
  gva scratch_gva() const noexcept { return gva(l_.scratch_gva); }
  gva output_gva() const noexcept { return gva(l_.output_gva); }

  metes_place at(gpa a) const noexcept { return metes_place_of_gpa(&l_, a.value()); }
  metes_place at(gva a) const noexcept { return metes_place_of_gva(&l_, a.value()); }
  metes_span find(gpa a, std::uint64_t n) const noexcept { return metes_gpa_resolve(&l_, a.value(), n); }
  metes_peb peb() const noexcept { return metes_peb_of(&l_); }
  metes_entry entry(gva rip) const noexcept { return metes_entry_of(&l_, rip.value()); }
  const metes_layout &c() const noexcept { return l_; }

private:
  metes_layout l_{};
};

/* The door to a guest's memory; by guest-virtual address through the tables at `root`, the guest's cr3. */
class memory {
public:
  memory() noexcept = default;
  memory(const layout &l, const std::uint8_t *snapshot, std::uint8_t *scratch) noexcept
      : m_{l.c(), snapshot, scratch}
  {
  }
  result<done> read(gpa a, std::uint8_t *to, std::uint64_t n) const noexcept
  {
    metes_error e{};
    const metes_status s = metes_gpa_read(&m_, a.value(), to, n, &e);
    return done_or(s, e);
  }
  result<done> write(gpa a, const std::uint8_t *from, std::uint64_t n) const noexcept
  {
    metes_error e{};
    const metes_status s = metes_gpa_write(&m_, a.value(), from, n, &e);
    return done_or(s, e);
  }
  result<done> read(gpa root, gva a, std::uint8_t *to, std::uint64_t n) const noexcept
  {
    metes_error e{};
    std::uint64_t copied;
    const metes_status s = metes_gva_read(&m_, root.value(), a.value(), to, n, &copied, &e);
    return done_or(s, e);
  }
  result<done> write(gpa root, gva a, const std::uint8_t *from, std::uint64_t n) const noexcept
  {
    metes_error e{};
    const metes_status s = metes_gva_write(&m_, root.value(), a.value(), from, n, &e);
    return done_or(s, e);
  }
  /* Where a guest-virtual address leads. */
  result<gpa> follow(gpa root, gva a) const noexcept
  {
    const metes_walk w = metes_gva_walk(&m_, root.value(), a.value());
    return w.status == METES_OK ? result<gpa>(gpa(w.gpa)) : result<gpa>(w.status, metes_error{a.value(), 0, 0});
  }
  const metes_memory &c() const noexcept { return m_; }

private:
  metes_memory m_{};
};

/* The slots of a layout, and up to N - 2 of the caller's own. */
template <std::size_t N = 2> class plan {
  static_assert(N >= 2, "the snapshot and scratch");

public:
  static result<plan> of(const layout &l, const void *snapshot, const void *scratch,
                         const metes_limits &limits) noexcept
  {
    plan p;
    metes_error e{};
    const metes_status s = metes_plan_layout(&l.c(), reinterpret_cast<std::uintptr_t>(snapshot),
                                             reinterpret_cast<std::uintptr_t>(scratch), &limits, p.slots_.data(), &e);
    p.n_ = 2;
    return s == METES_OK ? result<plan>(p) : result<plan>(s, e);
  }
  /* The same with [start, end) backed by as many bytes at `host`, under the first number that is free. */
  result<plan> with(gpa start, gpa end, const void *host, std::uint32_t flags,
                    const metes_limits &limits) const noexcept
  {
    plan p = *this;
    metes_error e{};
    const metes_extra x = {start.value(), end.value(), reinterpret_cast<std::uintptr_t>(host),
                           end.value() - start.value(), metes_plan_free_slot(p.begin(), p.n_, limits.max_slots), flags};
    if (n_ == N)
      return {METES_E_SLOT_BUDGET, metes_error{N + 1, N, 0}};
    const metes_status s = metes_plan_add(p.slots_.data(), p.n_, &x, &limits, &e);
    p.n_++;
    return s == METES_OK ? result<plan>(p) : result<plan>(s, e);
  }
  const metes_memslot *begin() const noexcept { return slots_.data(); }
  const metes_memslot *end() const noexcept { return slots_.data() + n_; }
  std::uint32_t size() const noexcept { return n_; }

private:
  template <class> friend class result;
  plan() noexcept = default;
  std::array<metes_memslot, N> slots_{};
  std::uint32_t n_ = 0;
};

/* An image, laid out: from a file's bytes to filled memory and the registers to begin with. */
class guest {
public:
  guest() noexcept = default;
  /* Code and page tables are as large as the image needs; all else as `c` says. */
  static result<guest> of(const profile &p, config c, const std::uint8_t *elf, std::uint64_t n) noexcept
  {
    guest g;
    metes_error e{};
    const metes_status s = metes_elf_parse(elf, n, p.c().snapshot_gva, 0, &g.image_, &e);
    if (s != METES_OK)
      return {s, e};
    c.code_size = g.image_.span;
    c.pt_size = 0;
    const result<layout> without = layout::of(p, c);
    if (!without)
      return {without.status(), without.error()};
    c.pt_size = metes_align_up(metes_pt_pages_needed(&without->c()) * METES_PAGE_SIZE, p.c().alignment);
    const result<layout> l = layout::of(p, c);
    if (!l)
      return {l.status(), l.error()};
    g.layout_ = *l;
    return g;
  }
  const layout &where() const noexcept { return layout_; }
  const metes_image &image() const noexcept { return image_; }
  gva rip() const noexcept { return gva(metes_image_entry(&layout_.c(), &image_)); }
  metes_entry entry() const noexcept { return layout_.entry(rip()); }
  /* Words that `fill` needs for notes on page tables. */
  std::uint64_t notes() const noexcept { return 2 * (layout_.c().pt_size / METES_PAGE_SIZE); }

  /* Fills snapshot_size and scratch_size bytes, all zero and on pages; `notes` may be given back at once. */
  result<memory> fill(const std::uint8_t *elf, std::uint64_t n, std::uint8_t *snapshot, std::uint8_t *scratch,
                      std::uint32_t *notes) const noexcept
  {
    const metes_layout &l = layout_.c();
    metes_error e{};
    metes_status s = metes_elf_load(&image_, elf, n, snapshot, l.snapshot_size, &e);
    if (s == METES_OK)
      s = metes_peb_write(&l, snapshot, l.snapshot_size, &e);
    if (s == METES_OK)
      s = map(reinterpret_cast<metes_table *>(snapshot + l.memory_size), notes, e);
    if (s == METES_OK)
      s = metes_scratch_init(&l, 0, scratch, l.scratch_size, &e);
    if (s == METES_OK)
      s = metes_scratch_copy_pt(&l, snapshot, l.snapshot_size, scratch, l.scratch_size, &e);
    return s == METES_OK ? result<memory>(memory(layout_, snapshot, scratch)) : result<memory>(s, e);
  }

private:
  metes_status map(metes_table *tables, std::uint32_t *parent, metes_error &e) const noexcept
  {
    const metes_layout &l = layout_.c();
    const std::uint64_t n = l.pt_size / METES_PAGE_SIZE;
    std::uint8_t *const level = reinterpret_cast<std::uint8_t *>(parent + n);
    metes_pt pt;
    metes_status s = metes_pt_init(&pt, tables, level, parent, n, l.pt_gpa, &e);
    for (std::uint32_t k = 0; k < metes_mapping_count(&image_) && s == METES_OK; k++)
      s = metes_pt_map(&pt, tables, level, parent, metes_mapping_of(&l, &image_, k), &e);
    return s;
  }

  layout layout_;
  metes_image image_{};
};

} // namespace metes

#endif
