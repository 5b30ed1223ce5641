# SPDX-License-Identifier: Apache-2.0
"""Faults planted in the filter: each is found by the interpreter, and by the calls that are really made."""
import os
import subprocess

FLAGS = "-std=c11 -O1 -g -I. -D_GNU_SOURCE".split()
HEADER = "build/vmm/confine_filter.h"
NO_ARCH = ("filter", "{0x15, 0, 21, 0xc000003e}", "{0x15, 0, 0, 0xc000003e}")
X32_HOLE = ("filter", "{0x35, 0, 1, 0x40000000},\n  {0x15, 0, 18, 0xffffffff}",
             "{0x54, 0, 0, 0xbfffffff},\n  {0x15, 0, 0, 0xffffffff}")
# Name; the text in confine_make.c, confine.c or what was made (filter), what stands there instead; which confinement shows it.
PLANTS = (
    ("one-more-call", "make", "{SCMP_SYS(exit_group), 0, {{0}}},",
     "{SCMP_SYS(exit_group), 0, {{0}}}, {SCMP_SYS(getpid), 0, {{0}}},", "plain"),
    ("write-anywhere", "make", "{SCMP_SYS(write), 1, {IS(0, STDOUT_FILENO)}},", "{SCMP_SYS(write), 0, {{0}}},", "plain"),
    ("any-ioctl", "make", "VCPU(KVM_GET_SREGS),", "{SCMP_SYS(ioctl), 1, {IS(0, METES_PLACE_VCPU)}},", "plain"),
    ("ioctl-of-any", "make", "{IS(0, METES_PLACE_VCPU), IS(1, request)}}",
     "{SCMP_CMP64(0, SCMP_CMP_LT, 64), IS(1, request)}}", "plain"),
    ("run-with-argument", "make", "3, {IS(0, METES_PLACE_VCPU), IS(1, KVM_RUN), IS_LONG(2, 0)}",
     "2, {IS(0, METES_PLACE_VCPU), IS(1, KVM_RUN)}", "plain"),
    ("low-half", "make", "IS_LONG(2, 0)}},", "IS(2, 0)}},", "plain"),
    ("byte", "make", "SCMP_CMP_MASKED_EQ, UINT32_MAX, value)", "SCMP_CMP_MASKED_EQ, 0xffff, (value) & 0xffff)", "plain"),
    ("one-too-many", "make", "skip = 3;", "skip = 4;", "plain"),
    ("refused-only", "make", "seccomp_init(SCMP_ACT_KILL_PROCESS)", "seccomp_init(SCMP_ACT_ERRNO(1))", "plain"),
    ("no-exit", "make", "{SCMP_SYS(exit_group), 0, {{0}}},", "", "plain"),
    ("other-abi", *NO_ARCH, "plain"),
    ("x32", *X32_HOLE, "plain"),
    ("not-filled-in", "confine", "{METES_PLACE_VCPU, s->vm.vcpu}", "{METES_PLACE_VCPU, s->vm.vcpu + 1}", "plain"),
    ("output-left-open", "confine", "known[k].fd > 0 ? (uint32_t)known[k].fd : STDERR_FILENO",
     "known[k].fd > 0 ? (uint32_t)known[k].fd : STDIN_FILENO", "one-out"),
    ("no-filter", "confine", "return filter(s, c, f);", "return sizeof filter(s, c, f) == 0;", "plain"),
)
SOURCES = {"make": "vmm/confine_make.c", "confine": "vmm/confine.c", "filter": HEADER}


def run(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr}")
    return done.stdout


def spoilt(name, where, old, new, folder):
    """The text with its fault; it must hold the place once."""
    with open(SOURCES[where]) as file:
        text = file.read()
    at = text.find(old)
    if at < 0:
        raise RuntimeError(f"{name}: {SOURCES[where]} does not hold {old!r}")
    path = f"{folder}/{name}-{where}.{'h' if where == 'filter' else 'c'}"
    with open(path, "w") as file:
        file.write(text[:at] + new + text[at + len(old):])
    return path


def header(name, where, path, folder):
    """The filters as they are made with the fault."""
    if where == "filter":
        return path
    if where == "make":
        run("gcc", *FLAGS, "-Ivmm", path, "-lseccomp", "-o", f"{folder}/{name}-make")
        with open(f"{folder}/{name}.h", "w") as file:
            file.write(run(f"{folder}/{name}-make"))
        return f"{folder}/{name}.h"
    return HEADER


def build(plant, folder):
    """Builds `steps` and `calls` with the fault."""
    name, where, old, new, _ = plant
    os.makedirs(folder, exist_ok=True)
    path = spoilt(name, where, old, new, folder)
    with open(path if where == "confine" else SOURCES["confine"]) as file:
        text = file.read()
    made = header(name, where, path, folder)
    with open(f"{folder}/{name}-confine.c", "w") as file:
        file.write(text.replace(f'"{HEADER}"', f'"{made}"'))
    for program in ("steps", "calls"):
        run("gcc", *FLAGS, "-Ivmm", f"{folder}/{name}-confine.c", f"tests/confine/{program}.c",
            "build/libmetes-vmm.a", "build/libmetes.a", "-o", f"{folder}/{name}-{program}")
