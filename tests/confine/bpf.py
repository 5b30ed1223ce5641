# SPDX-License-Identifier: Apache-2.0
"""Classic BPF, as far as seccomp filters use it; anything else is an error."""
import struct

KILL_PROCESS, ALLOW = 0x80000000, 0x7FFF0000
LOAD, JUMP, AND, RETURN = 0x20, 0x05, 0x54, 0x06
TESTS = {0x15: lambda a, k: a == k, 0x25: lambda a, k: a > k, 0x35: lambda a, k: a >= k, 0x45: lambda a, k: a & k != 0}


def read(text):
    """A filter from lines of `code jt jf k`."""
    return [tuple(int(word, 16) for word in line.split()) for line in text.splitlines()]


def data_of(arch, number, args):
    """struct seccomp_data, its words by offset."""
    packed = struct.pack("<IIQ6Q", number, arch, 0, *args)
    return {at: word for at, (word,) in zip(range(0, 64, 4), struct.iter_unpack("<I", packed))}


def run(program, data, reached):
    """The filter's answer. `reached` gets the instructions that ran, and for tests the way that was taken."""
    a = at = 0
    while True:
        code, yes, no, k = program[at]
        way = None
        if code == RETURN:
            reached.add((at, None))
            return k
        step = 0
        if code == LOAD:
            a = data[k]
        elif code == AND:
            a &= k
        elif code == JUMP:
            step = k
        else:
            way = TESTS[code](a, k)
            step = yes if way else no
        reached.add((at, way))
        at += 1 + step


def unreached(program, reached, every_way):
    """Instructions that never ran; with `every_way` also tests that never went one of their ways."""
    for at, (code, *_) in enumerate(program):
        if at not in {place for place, _ in reached}:
            yield at, None
        elif every_way and code in TESTS:
            yield from ((at, way) for way in (True, False) if (at, way) not in reached)
