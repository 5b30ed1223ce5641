/* SPDX-License-Identifier: Apache-2.0
 * What bounds the slots of every monitor on this machine, for an audit. */
#include "audit.h"
#include "kvm.h"
#include "sys.h"

struct metes_audit_limits metes_audit_limits_usual(void)
{
  return (struct metes_audit_limits){
    .slots = {.gpa_end = 1ULL << 52, .host_end = 0x7FFFFFFFF000ULL, .max_slots = 32764}, .spaces = 2};
}

struct metes_audit_limits metes_audit_limits_here(void)
{
  static struct metes_kvm k;
  static const struct metes_profile nothing;
  struct metes_audit_limits limits = metes_audit_limits_usual();
  struct metes_failure f;
  int spaces;

  if (metes_kvm_open_file(&k, &f) != 0)
    return limits;
  spaces = metes_sys.ioctl(k.fd, KVM_CHECK_EXTENSION, (void *)KVM_CAP_MULTI_ADDRESS_SPACE);
  if (metes_kvm_ask_bounds(&k, &f) == 0) {
    limits.slots = metes_kvm_limits(&k, &nothing);
    limits.spaces = spaces > 1 ? (uint32_t)spaces : 1;
  }
  metes_kvm_close(&k);
  return limits;
}
