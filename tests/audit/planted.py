# SPDX-License-Identifier: Apache-2.0
# Faults planted in the auditor, one in each copy of `metes`: what it says of the broken monitor must not pass.
import concurrent.futures
import os
import shlex
import subprocess

PLANTS = (
    ("overlap-unasked", "audit_judge.c", "i < vm->n && j.status == METES_OK; i++", "i < 0 && j.status == METES_OK; i++"),
    ("one-neighbour", "audit_judge.c", "i < vm->n && j.status == METES_OK; i++", "i < 1 && i < vm->n && j.status == METES_OK; i++"),
    ("host-may-change", "audit_judge.c", "old->host == x->host &&", "old->host != 1 &&"),
    ("size-may-change", "audit_judge.c", "old->size == x->size &&", "old->size != 1 &&"),
    ("dirty-is-fixed", "audit_judge.c", "(old->flags & METES_SLOT_READONLY) == (x->flags & METES_SLOT_READONLY)",
     "old->flags == x->flags"),
    ("in-its-own-way", "audit_judge.c", "if (i != old &&", "if ("),
    ("one-space", "audit_judge.c", "METES_SPACE_OF(vm->slots[i].slot.slot) == METES_SPACE_OF(x->slot))", "true)"),
    ("any-space", "audit_judge.c", "METES_SPACE_OF(x.slot) < a->limits.spaces", "METES_SPACE_OF(x.slot) < 65536"),
    ("deletion-anyhow", "audit_judge.c", "  if (j.status == METES_E_SLOT_GPA)\n", ""),
    ("nothing-goes", "audit.c", "  if (old < vm->n)\n    take_out", "  if (old < vm->n && c->slot.size != 0)\n    take_out"),
    ("refused-is-made", "audit.c", "  if (c->answer == 0)\n    make_change", "    make_change"),
    ("tss-unkept", "audit.c", "    vm->has[c->own] = true;", "    vm->has[c->own] = c->own != METES_OWN_TSS;"),
    ("vcpu-unseen", "audit_follow.c", "return !metes_identity_known(w, s->change.vm);", "return false;"),
    ("irqchip-unseen", "audit_calls.c", "case KVM_CREATE_IRQCHIP: return METES_CALL_IRQCHIP;", ""),
    ("dup-unfollowed", "audit_calls.c", "STOP_IF(DUP_64), ", "STOP_IF(12345), "),
    ("dup2-unfollowed", "audit_calls.c", "STOP_IF(DUP2_64), ", "STOP_IF(12345), "),
    ("fcntl-unfollowed", "audit_calls.c", "FCNTL(FCNTL_64), ", "FCNTL(12345), "),
    ("kernel-unasked", "audit_files.c", "  for (uint32_t i = 0; i < f->n; i++) {", "  for (uint32_t i = 0; i < 0; i++) {"),
    ("compat-unstopped", "audit_calls.c", "LOAD(nr), IOCTL(IOCTL_32)", "LOAD(nr), IOCTL(12345)"),
    ("second-form", "audit_calls.c", "STOP_IF(SET_USER_MEMORY_REGION2)", "STOP_IF(12345)"),
    ("threads-unfollowed", "audit_start.c", "PTRACE_O_TRACECLONE | ", ""),
    ("always-sound", "audit.c", "return a->broken != 0 ? METES_EXIT_REFUSED", "return a->broken > 1000 ? METES_EXIT_REFUSED"),
)
FLAGS = shlex.split("-std=c11 -O0 -g0 -s -I. -Ivmm -D_GNU_SOURCE -static-pie -fPIE")
LIBRARIES = ["build/libmetes-vmm.a", "build/libmetes.a", "-l:libjson-c.a"]


def objects():
    """What build/metes is linked of, beside libraries."""
    told = subprocess.run(["ninja", "-t", "query", "build/metes"], capture_output=True, text=True, check=True).stdout
    inputs = told.partition("outputs:")[0].split()
    return [name for name in inputs if name.endswith(".o")]


def build_one(plant, folder, parts):
    """The text of what went wrong, or None."""
    name, source, old, new = plant
    with open(f"vmm/{source}") as file:
        text = file.read()
    if text.count(old) != 1:
        return f"{source} does not hold {old!r} just once"
    with open(f"{folder}/{name}.c", "w") as file:
        file.write(text.replace(old, new))
    rest = [part for part in parts if os.path.basename(part) != source[:-2] + ".o"]
    done = subprocess.run(["gcc", *FLAGS, f"{folder}/{name}.c", *rest, *LIBRARIES, "-o", f"{folder}/{name}"],
                          capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else None


def build(folder):
    """Builds all of them: what went wrong, by name."""
    os.makedirs(folder, exist_ok=True)
    parts = objects()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        told = pool.map(lambda plant: build_one(plant, folder, parts), PLANTS)
    return {plant[0]: text for plant, text in zip(PLANTS, told) if text}
