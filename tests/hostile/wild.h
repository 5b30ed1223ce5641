/* SPDX-License-Identifier: Apache-2.0
 * What the host of random code and its guest agree on: a call's first byte says how the others are run. */
#ifndef METES_TESTS_HOSTILE_WILD_H
#define METES_TESTS_HOSTILE_WILD_H

enum wild_way {
  WILD_TOLD,  /* of an exception the kit tells, exit by exit */
  WILD_HALTS, /* one ends it with verdict 3, after one exit */
  WILD_TRIED, /* one is answered as an error, with 1 + its vector: the guest can be called again */
};

#endif
