# SPDX-License-Identifier: Apache-2.0
"""What may be called once a guest may run, written down a second time; and the calls that are tried."""
READ, WRITE, POLL, SIGRETURN, IOCTL, EXIT_GROUP, GETPID = 0, 1, 7, 15, 16, 231, 39
RUN, GET_REGS, SET_REGS, GET_SREGS, SET_SREGS = 0xAE80, 0x8090AE81, 0x4090AE82, 0x8138AE83, 0x4138AE84
GET_FPU, SET_FPU, TRANSLATE, GUEST_DEBUG = 0x81A0AE8C, 0x41A0AE8D, 0xC018AE85, 0x4048AE9B
STATE = GET_XSAVE, GET_XCRS, GET_DEBUGREGS, GET_EVENTS, GET_MSRS = 0x9000AEA4, 0x8188AEA6, 0x8080AEA1, 0x8040AE9F, 0xC008AE88
SET_MEMORY, CREATE_VM, CREATE_VCPU, TIOCSTI = 0x4020AE46, 0xAE01, 0xAE41, 0x5412
REQUESTS = (RUN, GET_REGS, SET_REGS, GET_SREGS, SET_SREGS, GET_FPU, SET_FPU, TRANSLATE, GUEST_DEBUG, *STATE, SET_MEMORY,
            CREATE_VM, CREATE_VCPU, TIOCSTI, 0, RUN + 1, RUN - 1)
X86_64, I386, AARCH64 = 0xC000003E, 0x40000003, 0xC00000B7
X32 = 0x40000000
NUMBERS = 1024  # Linux has no more than some 470
# uretprobe and uprobe, for which newer kernels ask no filter (seccomp_uprobe_exception): not from a trampoline of
# the kernel's own, they do nothing or end in SIGILL.
EXCEPTED = (335, 336)

# (the processor's descriptor, two outputs, a debugger; 0: none)
CONFINEMENTS = {"plain": (5, 0, 0, 0), "out": (7, 11, 6, 0), "one-out": (5, 0, 6, 0), "debug": (5, 0, 0, 6),
                "all": (6, 7, 8, 9)}


def allowed(confinement, arch, number, args):
    """The policy. Of an int the kernel takes 32 bits, and so does the filter; of the argument of KVM_RUN all 64."""
    vcpu, *outs, debug = CONFINEMENTS[confinement]
    if arch != X86_64:
        return False
    ints = [a % 2**32 for a in args]
    if number == WRITE:
        return ints[0] in {1, 2, *outs, debug} - {0}
    if number == IOCTL and ints[0] == vcpu:
        more = {SET_REGS, GUEST_DEBUG} if debug else set()
        more |= set(STATE) if any(outs) or debug else set()
        return ints[1] in {GET_REGS, GET_SREGS} | more or (ints[1] == RUN and args[2] == 0)
    if debug and number == READ:
        return ints[0] == debug
    if debug and number == POLL:
        return ints[1] == 1 and ints[2] == 0
    return number in (SIGRETURN, EXIT_GROUP)


def wide(values):
    """Each with bits above the 32nd, too: where the kernel ignores them, so does the filter."""
    for value in values:
        yield value
        for bit in (32, 33, 47, 63):
            yield value | 1 << bit
    yield 2**64 - 1
    yield 2**32 - 1


def with_arguments():
    """(number, arguments) of the calls in any policy: right and wrong ones."""
    for fd in wide(range(13)):
        yield WRITE, (fd, 0, 0, 0, 0, 0)
        yield READ, (fd, 0, 0, 0, 0, 0)
        yield POLL, (0, fd, 0, 0, 0, 0)
        yield POLL, (0, 1, fd, 0, 0, 0)
    for fd in (0, 1, 5, 6, 7, 5 | 1 << 32, 2**64 - 1):
        for request in REQUESTS:
            for argument in (0, 1, 1 << 32):
                yield IOCTL, (fd, request, argument, 0, 0, 0)
    for fd in (5, 6, 7):
        for request in wide(REQUESTS[:14]):
            yield IOCTL, (fd, request, 0, 0, 0, 0)


def every_number(most):
    """(arch, number, arguments) for all numbers and ABIs: without arguments, and with those that are good elsewhere."""
    for number in range(most):
        for args in ((0,) * 6, (5, RUN, 0, 0, 0, 0), (1, 0, 0, 0, 0, 0)):
            yield X86_64, number, args
            yield X86_64, number | X32, args
            yield I386, number, args


def real(confinement, whole):
    """What is really called: every number where `whole`, and the arguments."""
    if whole:
        for number in range(NUMBERS):
            for arch, n in ((X86_64, number), (X86_64, number | X32), (I386, number)):
                yield arch, n, (0,) * 6
    for number in (2**32 - 1, 2**31, X32 - 1, 4096, 65536):
        yield X86_64, number, (0,) * 6
    for n in (WRITE, IOCTL, SIGRETURN, EXIT_GROUP, READ, POLL, 4, 54, 252, 119, 173):  # also i386's own numbers for them
        yield X86_64, n | X32, (1, 0, 0, 0, 0, 0)
        yield I386, n, (1, 0, 0, 0, 0, 0)
        yield I386, n, (CONFINEMENTS[confinement][0], RUN, 0, 0, 0, 0)
    yield X86_64, GETPID, (0,) * 6
    for n, args in with_arguments():
        yield X86_64, n, args
