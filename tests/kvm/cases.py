# SPDX-License-Identifier: Apache-2.0
# What is run on KVM: a list of command lines, each with what must come of it.
"""Each case is a name, the arguments of `metes`, and a function that is given the Result and
yields (good, what) for each thing that it looks at."""
import os
import random
import struct

PROFILES = ("hyperlight", "nub", "i686")
GVA = {"hyperlight": 0x1000, "nub": 0x500140000000, "i686": 0x1000}
SCRATCH_END = {"hyperlight": 0xFFFFFFFFFFFFF000, "nub": 0x500440000000, "i686": 0x100000000}
PAGE = 4096
FILE_MAPPINGS, EXECUTABLE_HEAP = 1, 2
LETTERS = {0: "-", 1: "r", 2: "w", 3: "rw", 4: "x", 5: "rx", 6: "wx", 7: "rwx"}


def up(x):
    return (x + PAGE - 1) // PAGE * PAGE


def span(path):
    """Bytes of code region that an image needs: the end of its last segment."""
    with open(path, "rb") as file:
        data = file.read()
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    ends = [0]
    for i in range(count):
        kind, _, _, vaddr, _, _, memory = struct.unpack_from("<IIQQQQQ", data, start + i * size)
        if kind == 1:
            ends.append(vaddr + memory)
    return up(max(ends))


def init_data(path, size, options, permissions, rng, spoil=None):
    """A file of init data as selfcheck knows it: magic, checksum, what to expect, code that returns."""
    body = struct.pack("<II", options, permissions) + b"\xc3" + bytes(7) + rng.randbytes(max(0, size - 32))
    total = 0xCBF29CE484222325
    for byte in body:
        total = (total ^ byte) * 0x100000001B3 % 2**64
    if spoil == "checksum":
        total ^= 1
    with open(path, "wb") as file:
        file.write(b"METESCHK" + struct.pack("<Q", total) + body)


def flags(options):
    return (["--file-mappings"] if options & FILE_MAPPINGS else []) + (
        ["--executable-heap"] if options & EXECUTABLE_HEAP else [])


def well(result):
    yield result.status == 0, f"exit status {result.status}, expected 0"


def verdict_of_selfcheck(options, given=None):
    """All its lines are good, there are as many as it says, and the permissions are what was asked for;
    `given` bytes of init data were recognised."""
    heap = "rwx" if options & EXECUTABLE_HEAP else "rw-"
    peb = "rw-" if options & FILE_MAPPINGS else "r--"

    def look(result):
        yield from well(result)
        lines = result.output.splitlines()
        good = [line for line in lines if line.startswith("ok ")]
        yield lines and lines[-1] == f"{len(good)} checks, 0 failed" and len(good) == len(lines) - 1, "not all ok"
        for one in (f"ok heap: first byte {heap}", f"ok PEB: first byte {peb}", "ok code: first byte r-x",
                    "ok read-only data: first byte r--", "ok data: rw-"):
            yield one in lines, f"no line `{one}`"
        if given is not None:
            yield f"ok init data: {given} bytes, as they were given" in lines, "the init data did not arrive"
    return look


def hello(path, profile, options):
    """The PEB, computed a second time."""
    size = 80 + 32 * 80 if options & FILE_MAPPINGS else 64
    peb = GVA[profile] + span(path)
    heap = peb + up(size)
    scratch = SCRATCH_END[profile] - 0x48000
    areas = (("PEB      ", peb, 64), ("heap     ", heap, 131072), ("init data", heap + 131072, 0),
             ("input    ", scratch, 0x4000), ("output   ", scratch + 0x4000, 0x4000))

    def look(result):
        yield from well(result)
        for name, gva, n in areas:
            line = f"  {name} 0x{gva:016x} {n:8d} bytes"
            yield line in result.output.splitlines(), f"no line `{line}`"
        yield result.messages == "", "there are messages"
    return look


def hellos(guest):
    for profile in PROFILES:
        for options in (0, FILE_MAPPINGS):
            yield (f"hello-{profile}-{options}", ["run", guest, "--profile", profile, *flags(options)],
                   hello(guest, profile, options))


def selfchecks(guest, folder, rng):
    """Every profile with every option, without init data and with; every permission that x86 has."""
    for i, profile in enumerate(PROFILES):
        for options in range(4):
            for permissions in (None, (1, 3, 5, 7)[(i + options) % 4]):
                name = f"selfcheck-{profile}-{options}-{permissions or 'none'}"
                argv, given = ["run", guest, "--profile", profile, *flags(options)], None
                if permissions is not None:
                    path = f"{folder}/{name}.bin"
                    given = rng.randint(32, 20000)
                    init_data(path, given, options, permissions, rng)
                    argv += ["--init-data", path, "--init-data-permissions", LETTERS[permissions]]
                yield name, argv, verdict_of_selfcheck(options, given)


def large(guest):
    """Windows of gigabytes; nobody touches most of it."""
    for profile, heap in (("hyperlight", "1G"), ("nub", "4G"), ("i686", "3G")):
        yield f"large-{profile}", ["run", guest, "--profile", profile, "--heap-size", heap], verdict_of_selfcheck(0)


def size(rng, low, high):
    """Between the two, small ones as likely as large ones, any remainder."""
    return min(high, max(low, int(2 ** rng.uniform(max(low, 1).bit_length() - 1, high.bit_length()))))


def at_random(guest, folder, rng, n):
    least = span(guest)
    for i in range(n):
        options, permissions = rng.randrange(4), rng.choice((1, 3, 5, 7))
        inputs, outputs, given = size(rng, 0, 200000), size(rng, 0, 200000), None
        argv = ["run", guest, "--profile", rng.choice(PROFILES), *flags(options), "--heap-size",
                str(size(rng, 1, 16 << 20)), "--input-data-size", str(inputs), "--output-data-size", str(outputs)]
        if rng.random() < 0.5:
            argv += ["--code-size", str(least + size(rng, 0, 1 << 20))]
        if rng.random() < 0.5:  # otherwise it is as small as it may be
            buffers = up(max(inputs, 8192) + max(outputs, 8192))
            argv += ["--scratch-size", str(buffers + (40 + rng.randrange(400)) * PAGE)]
        if rng.random() < 0.7:
            path = f"{folder}/random-{i}.bin"
            given = size(rng, 32, 100000)
            init_data(path, given, options, permissions, rng)
            argv += ["--init-data", path, "--init-data-permissions", LETTERS[permissions]]
        yield f"random-{i}", argv, verdict_of_selfcheck(options, given)


def everything(hello_guest, selfcheck, folder, seed, n):
    rng = random.Random(seed)
    os.makedirs(folder, exist_ok=True)
    yield from hellos(hello_guest)
    yield from selfchecks(selfcheck, folder, rng)
    yield from large(selfcheck)
    yield from at_random(selfcheck, folder, rng, n)
