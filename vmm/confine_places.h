/* SPDX-License-Identifier: Apache-2.0
 * What stands in a filter for a descriptor that is known only when Metes runs. */
#ifndef METES_CONFINE_PLACES_H
#define METES_CONFINE_PLACES_H

/* No descriptor, no request and no call has these numbers: confine.c finds and replaces them. */
#define METES_PLACE_VCPU 0x7fd00001u
#define METES_PLACE_OUT_0 0x7fd00002u
#define METES_PLACE_OUT_1 0x7fd00003u
#define METES_PLACE_DEBUG 0x7fd00004u

#endif
