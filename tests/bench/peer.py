# SPDX-License-Identifier: Apache-2.0
"""A peer: Debian's QEMU on KVM in the same machine, with a guest that says the line of the others and resets.
Its libraries make the machine large, so it is measured here and not in the gate."""
import pathlib

import measure

LINE = b"Hello from inside. The PEB says:\n"
AT = 0x20
# mov dx, 0x3f8; mov si, AT; again: cs lodsb; out dx, al; cmp al, 10; jne again; lidt [0x600]: none; int3: a reset
CODE = bytes((0xBA, 0xF8, 0x03, 0xBE, AT, 0, 0x2E, 0xAC, 0xEE, 0x3C, 10, 0x75, 0xF9, 0x0F, 1, 0x1E, 0, 6, 0xCC))
JUMP = bytes((0xE9, 0x0D, 0))  # from 0xfff0, where a processor starts, to 0
ROM = pathlib.Path(measure.BUILD + "peer.rom")
QEMU = ("qemu-system-x86_64 -accel kvm -M microvm -cpu host -m 16 -nodefaults -no-user-config -nic none "
        "-display none -no-reboot -serial stdio -bios").split()
NAME = "qemu microvm, a guest in its firmware"


def rom():
    image = bytearray(1 << 16)
    image[:len(CODE)] = CODE
    image[AT:AT + len(LINE)] = LINE
    image[0xFFF0:0xFFF0 + len(JUMP)] = JUMP
    ROM.write_bytes(image)


def measured(*options):
    found = measure.figures(["tests/machine/kvm-run", *options, "--program", QEMU[0], "--file", str(ROM),
                             "--file", measure.BUILD + "first", "--", measure.BUILD + "first", "peer", "5",
                             "/usr/bin/" + QEMU[0], *QEMU[1:], str(ROM)])
    return found["peer"]


def first_output():
    """What it is -> (instructions, nanoseconds) from exec to its line."""
    rom()
    return {NAME: (measured("--exact"), measured())}
