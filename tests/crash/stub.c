/* SPDX-License-Identifier: Apache-2.0
 * The debugger's stub without KVM: packets, registers, points; and noise, under sanitizers. */
#include <stdio.h>
#include <string.h>

#include "stub_machine.h"

#define PACKETS 10000

static void say(const char *text)
{
  unsigned char sum = 0;

  for (const char *c = text; *c != '\0'; c++)
    sum = (unsigned char)(sum + (unsigned char)*c);
  input_used += (size_t)snprintf(input + input_used, sizeof input - input_used, "$%s#%02x", text, sum);
}

/* The answer to one packet; the connection then ends. */
static const char *answer(const char *text)
{
  input_used = input_at = output_used = 0;
  say(text);
  assert_int_equal(metes_gdb_talk(&gdb), METES_GDB_KILL);
  output[output_used] = '\0';
  assert_memory_equal(output, "+$", 2);
  output[output_used - 3] = '\0'; /* the sum */
  return output + 2;
}

static void packets_are_taken(void **state)
{
  static struct metes_gdb_reader r;
  const struct {
    const char *bytes;
    enum metes_gdb_event last;
  } all[] = {
    {"$#00", METES_GDB_PACKET}, {"$g#67", METES_GDB_PACKET}, {"++$g#67", METES_GDB_PACKET}, {"$g#68", METES_GDB_BROKEN},
    {"$g#6x", METES_GDB_BROKEN}, {"$g#6", METES_GDB_NOTHING}, {"7", METES_GDB_PACKET}, {"-", METES_GDB_AGAIN},
    {"\003", METES_GDB_BREAK}, {"$\003#03", METES_GDB_PACKET}, {"$$g#8b", METES_GDB_PACKET}, {"#67", METES_GDB_NOTHING},
  };

  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    enum metes_gdb_event e = METES_GDB_NOTHING;

    for (const char *c = all[i].bytes; *c != '\0'; c++)
      e = metes_gdb_take(&r, (uint8_t)*c);
    assert_int_equal(e, all[i].last);
  }
}

/* A packet of n bytes 'a', told by its sum. */
static enum metes_gdb_event long_one(struct metes_gdb_reader *r, size_t n)
{
  char tail[4];

  metes_gdb_take(r, '$');
  for (size_t i = 0; i < n; i++)
    assert_int_equal(metes_gdb_take(r, 'a'), METES_GDB_NOTHING);
  snprintf(tail, sizeof tail, "#%02x", (unsigned)('a' * n % 256));
  metes_gdb_take(r, (uint8_t)tail[0]);
  metes_gdb_take(r, (uint8_t)tail[1]);
  return metes_gdb_take(r, (uint8_t)tail[2]);
}

static void long_packets_are_refused(void **state)
{
  static struct metes_gdb_reader r;

  (void)state;
  assert_int_equal(long_one(&r, METES_GDB_MOST), METES_GDB_PACKET);
  assert_int_equal(strlen(r.text), METES_GDB_MOST);
  assert_int_equal(long_one(&r, METES_GDB_MOST + 1), METES_GDB_LONG);
  assert_int_equal(long_one(&r, 1000000), METES_GDB_LONG);
}

static void numbers_are_read(void **state)
{
  const char *at = "ffffffffffffffff,", *too_long = "00000000000000001", *none = "g";
  uint64_t n = 5;

  (void)state;
  assert_true(metes_gdb_number(&at, &n) && n == UINT64_MAX && *at == ',');
  assert_false(metes_gdb_number(&too_long, &n) || metes_gdb_number(&none, &n));
  assert_int_equal(n, UINT64_MAX);
}

static void memory_is_read_and_written(void **state)
{
  (void)state;
  begin();
  assert_string_equal(answer("m0,4"), "E01");
  assert_string_equal(answer("mffffffffffffffff,4"), "E01");
  assert_int_equal(strlen(answer("m1000,ffffffffffffffff")), 4000);
  assert_string_equal(answer("m1000"), "E01");
  assert_string_equal(answer("M1000,1:00"), "E01"); /* of the snapshot */
  assert_string_equal(answer("M0,1:00"), "E01");
  assert_string_equal(answer("Mfffffffffffb8000,4:01020304"), "OK");
  assert_string_equal(answer("mfffffffffffb7fff,6"), "000102030400");
  assert_string_equal(answer("Mfffffffffffb7ffe,4:a1a2a3a4"), "OK"); /* two pages */
  assert_string_equal(answer("mfffffffffffb7ffe,4"), "a1a2a3a4");
  assert_string_equal(answer("Mfffffffffffb8000,4:0102030"), "E01");
  assert_string_equal(answer("Mfffffffffffb8000,4:010203zz"), "E01");
}

static void registers_are_read_and_written(void **state)
{
  char all[1 + METES_GDB_MOST];

  (void)state;
  begin();
  snprintf(all, sizeof all, "G%s", answer("g"));
  assert_int_equal(strlen(all), 1 + 2 * (17 * 8 + 7 * 4 + 8 * 10 + 8 * 4 + 3 * 8));
  assert_string_equal(answer(all), "OK"); /* nothing new */
  assert_false(gdb.changed);
  assert_string_equal(answer("P7=8877665544332211"), "OK");
  assert_int_equal(stop.regs.rsp, 0x1122334455667788);
  assert_true(gdb.changed);
  assert_string_equal(answer("p7"), "8877665544332211");
  assert_string_equal(answer("p28"), "2211000000000000"); /* fs_base */
  assert_string_equal(answer("P28=0000000000000000"), "E01");
  assert_string_equal(answer("p18"), "xxxxxxxxxxxxxxxxxxxx");
  assert_string_equal(answer("p2b"), "E01");
  assert_string_equal(answer("P2b=00"), "E01");
  assert_string_equal(answer("P7=88"), "E01");
  all[20] = 'q';
  assert_string_equal(answer(all), "E01");
  assert_int_equal(stop.regs.rsp, 0x1122334455667788);
  gdb.ended = true;
  assert_string_equal(answer("P7=0000000000000000"), "E01");
}

static void points_are_bits(void **state)
{
  struct kvm_guest_debug d;

  (void)state;
  begin();
  assert_string_equal(answer("Z0,1234,1"), "OK");
  assert_string_equal(answer("Z2,5678,8"), "OK");
  assert_string_equal(answer("Z2,5679,2"), "E01"); /* not on its boundary */
  assert_string_equal(answer("Z3,5678,3"), "E01");
  assert_string_equal(answer("Z4,9abc,4"), "OK");
  d = metes_gdb_debug(&gdb, false);
  assert_int_equal(d.control, KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP);
  assert_int_equal(d.arch.debugreg[3], 0x1234); /* the last place is taken first */
  assert_int_equal(d.arch.debugreg[2], 0x5678);
  assert_int_equal(d.arch.debugreg[1], 0x9abc);
  assert_int_equal(d.arch.debugreg[7], 0x400 | 0x54 | 0xfull << 20 | 0x9ull << 24); /* RW1 3, LEN1 3; RW2 1, LEN2 2 */
  assert_string_equal(answer("Z1,1,1"), "OK");
  assert_string_equal(answer("Z1,2,1"), "E01");
  assert_string_equal(answer("z2,5678,8"), "OK");
  assert_string_equal(answer("Z1,2,1"), "OK");
  assert_int_equal(metes_gdb_debug(&gdb, true).control & KVM_GUESTDBG_SINGLESTEP, KVM_GUESTDBG_SINGLESTEP);
}

/* A packet of the kinds there are, with arguments of every kind. */
static void random_packet(void)
{
  static const char first[] = "gGpPmMZzqHT?ccssCSkDv";
  static const char rest[] = "0123456789abcdefffff0000,,,::==;xXferSupportedTInfo:features:read:target.xml:auxv";
  static const uint64_t known[] = {0x1000, 0x2000, 0, UINT64_MAX, 0xfffffffffffb7000, 0x5000, 0x7ffffffffff0};
  char text[200];
  size_t used = 0;
  const char letter = first[next_chance() % (sizeof first - 1)];

  if (letter == 'k' && next_chance() % 8 != 0)
    return;
  if (next_chance() % 2 == 0)
    used = (size_t)snprintf(text, sizeof text, "%c%s%llx,%llx%s", letter, letter == 'Z' ? "1," : "",
                            (unsigned long long)(known[next_chance() % 7] + next_chance() % 3),
                            (unsigned long long)(next_chance() >> next_chance() % 64),
                            next_chance() % 2 == 0 ? ":00" : "");
  else
    text[used++] = letter;
  for (uint64_t n = next_chance() % 4 == 0 ? next_chance() % 90 : 0; n > 0; n--)
    text[used++] = rest[next_chance() % (sizeof rest - 1)];
  text[used] = '\0';
  say(text);
  if (next_chance() % 8 == 0)
    input[next_chance() % input_used] = (char)next_chance();
}

static void noise_is_survived(void **state)
{
  const struct metes_budget b = {.exits = 1000, .output = 1000};
  unsigned packets = 0, ends[16] = {0};

  (void)state;
  while (packets < PACKETS) {
    struct metes_failure f;
    struct metes_stop s;

    begin();
    gdb.by_steps = next_chance() % 2 == 0;
    for (unsigned i = 0; i < 50; i++, packets++)
      random_packet();
    assert_int_equal(metes_gdb_run(&gdb, &b, &s, &f), 0);
    ends[s.outcome]++;
  }
  assert_true(ends[METES_OUTCOME_CANCELLED] > 0 && ends[METES_OUTCOME_WELL] > 0 && ends[METES_OUTCOME_FAULT] > 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(packets_are_taken),          cmocka_unit_test(long_packets_are_refused),
    cmocka_unit_test(numbers_are_read),           cmocka_unit_test(memory_is_read_and_written),
    cmocka_unit_test(registers_are_read_and_written), cmocka_unit_test(points_are_bits),
    cmocka_unit_test(noise_is_survived),
  };

  image_path = argc > 1 ? argv[1] : "build/guest/hello";
  return cmocka_run_group_tests(tests, make_guest, NULL);
}
