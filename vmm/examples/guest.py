#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A guest on KVM from Python: the core says where everything lies, KVM does the rest.   usage: guest.py IMAGE"""
import fcntl
import mmap
import os
import struct
import sys
import metes

CREATE_VM, VCPU_SIZE, SUPPORTED_CPUID, CREATE_VCPU = 0xAE01, 0xAE04, 0xC008AE05, 0xAE41  # linux/kvm.h
SET_MEMORY, RUN, SET_REGS, SET_CPUID = 0x4020AE46, 0xAE80, 0x4090AE82, 0x4008AE90
GET_SREGS, SET_SREGS = 0x8138AE83, 0x4138AE84

with open(sys.argv[1] if len(sys.argv) > 1 else sys.exit(__doc__), "rb") as file:
    guest = metes.Guest(file.read(), metes.profile("hyperlight"))
kvm = os.open("/dev/kvm", os.O_RDWR)
vm = fcntl.ioctl(kvm, CREATE_VM, 0)
for slot in guest.slots():
    fcntl.ioctl(vm, SET_MEMORY, bytes(slot))
cpu = fcntl.ioctl(vm, CREATE_VCPU, 0)
cpuid = bytearray(struct.pack("II", 256, 0) + bytes(256 * 40))
fcntl.ioctl(kvm, SUPPORTED_CPUID, cpuid)
fcntl.ioctl(cpu, SET_CPUID, cpuid)
sregs, e = bytearray(312), guest.entry()
fcntl.ioctl(cpu, GET_SREGS, sregs)
segment = lambda *rest: struct.pack("<QIH10B", 0, 2**32 - 1, *rest, 0, 0, 0)
sregs[:144] = segment(8, 11, 1, 0, 0, 1, 1, 1) + 5 * segment(16, 3, 1, 0, 1, 1, 0, 1)  # cs; ds, es, fs, gs, ss
struct.pack_into("<4Q", sregs, 224, 0x80010033, 0, e.cr3, 0x620)  # cr0, cr2, cr3, cr4
struct.pack_into("<Q", sregs, 264, 0xd00)  # efer: 64 bits, NX
fcntl.ioctl(cpu, SET_SREGS, sregs)
fcntl.ioctl(cpu, SET_REGS, struct.pack("<18Q", 0, 0, 3, e.rdx, e.rsi, e.rdi, e.rsp, *[0] * 9, e.rip, e.rflags))
run = mmap.mmap(cpu, fcntl.ioctl(kvm, VCPU_SIZE, 0))
while fcntl.ioctl(cpu, RUN, 0) == 0 and struct.unpack_from("<I", run, 8)[0] == 2:  # KVM_EXIT_IO
    _, size, port, count, at = struct.unpack_from("<BBHIQ", run, 32)
    if port == 108:
        sys.exit(run[at])
    if port == 103:
        sys.stdout.write(run[at:at + size].decode())
sys.exit(70)
