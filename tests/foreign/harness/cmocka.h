/* SPDX-License-Identifier: Apache-2.0
 * What the unit tests use of cmocka, for machines that have none: the same names, the same TAP. */
#ifndef METES_HARNESS_CMOCKA_H
#define METES_HARNESS_CMOCKA_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct CMUnitTest {
  const char *name;
  void (*run)(void **state);
  int (*setup)(void **state); /* or NULL */
};

enum cm_output { CM_OUTPUT_TAP };

/* TAP is all there is. */
void cmocka_set_message_output(enum cm_output output);

/* Runs the tests of a group, each after its setup; returns how many failed. */
int harness_run(const char *group, const struct CMUnitTest *tests, size_t n);

/* Ends the test that runs: it has failed, and this is why. */
_Noreturn void harness_fail(const char *file, int line, const char *format, ...);

void harness_equal(uint64_t a, uint64_t b, int wanted, const char *file, int line);
void harness_memory(const void *a, const void *b, size_t n, const char *file, int line);

#define cmocka_unit_test(f) {#f, f, NULL}
#define cmocka_unit_test_setup(f, setup) {#f, f, setup}
#define cmocka_run_group_tests_name(group, tests, setup, teardown) \
  ((void)(setup), (void)(teardown), harness_run(group, tests, sizeof(tests) / sizeof *(tests)))

#define fail_msg(...) harness_fail(__FILE__, __LINE__, __VA_ARGS__)
#define assert_int_equal(a, b) harness_equal((uint64_t)(a), (uint64_t)(b), 1, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) harness_equal((uint64_t)(a), (uint64_t)(b), 0, __FILE__, __LINE__)
#define assert_true(a) harness_equal(!(a), 0, 1, __FILE__, __LINE__)
#define assert_memory_equal(a, b, n) harness_memory(a, b, (size_t)(n), __FILE__, __LINE__)
#define assert_string_equal(a, b) harness_equal(strcmp(a, b) == 0, 1, 1, __FILE__, __LINE__)
#define assert_in_range(a, low, high) \
  harness_equal((uint64_t)(a) >= (uint64_t)(low) && (uint64_t)(a) <= (uint64_t)(high), 1, 1, __FILE__, __LINE__)

#endif
