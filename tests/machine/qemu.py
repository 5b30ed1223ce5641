# SPDX-License-Identifier: Apache-2.0
# Boots the emulated machine (QEMU TCG with AMD SVM) and takes apart what its first process sends.
import ctypes, os, select, signal, struct, subprocess, time

COMMON = ("-cpu {cpu} -m {mem} -smp {smp} -bios /usr/share/qemu/qboot.rom -nodefaults -no-user-config -nic none "
          "-vga none -display none -no-reboot -kernel {kernel} -initrd {initrd} "
          "-chardev file,id=console,path={console} -serial chardev:console "
          "-chardev stdio,id=frames,signal=off -device isa-debugcon,iobase=0x5e9,chardev=frames").split()
APPEND = ("console=ttyS0 panic=-1 oops=panic reboot=t quiet cryptomgr.notests nokaslr mitigations=off norandmaps "
          "tsc=reliable no_timer_check rcupdate.rcu_expedited=1")
# One nanosecond of the clock inside is one executed instruction; nothing from outside (time, seed, second CPU)
# comes in.
EXACT = ("-M microvm -icount shift=0,sleep=off -rtc base=2026-01-01T00:00:00,clock=vm -seed 1").split()
FREE = "-M pc -accel tcg,thread=multi".split()

RUNNING, OUT, ERR, FILES, ENDED, BROKEN = ord("R"), 1, 2, ord("F"), ord("E"), ord("B")
BOOT_LIMIT = 90  # seconds; 2 to 5 are usual, a busy host needs more
HELLO = b"S" + struct.pack("<I", 5) + b"metes"


class MachineFailed(Exception):
    """The machine, not the command, failed."""


class TimedOut(Exception):
    """The command did not end in time."""


def command(exact, smp, mem, kernel, initrd, console):
    cpu = "EPYC,+svm,+npt,-rdrand" if exact else "EPYC,+svm,+npt"
    places = dict(cpu=cpu, mem=mem, smp=smp, kernel=kernel, initrd=initrd, console=console)
    append = APPEND + (" tsc_early_khz=1000000" if exact else "")
    return ["qemu-system-x86_64", *(EXACT if exact else FREE), *(word.format(**places) for word in COMMON),
            "-append", append]


def die_with_parent():
    """PR_SET_PDEATHSIG: no machine outlives its wrapper, even one that was killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Frames:
    """Cuts a stream of bytes into (channel, data); a long frame is handed on in pieces, as it comes."""

    def __init__(self):
        self.buffer = b""
        self.started = False
        self.channel = None
        self.left = 0

    def feed(self, data):
        self.buffer += data
        if not self.started:
            at = self.buffer.find(HELLO)
            if at < 0:
                return
            self.buffer, self.started = self.buffer[at + len(HELLO):], True
        while self.left or len(self.buffer) >= 5:
            if not self.left:
                self.channel, self.left = struct.unpack_from("<BI", self.buffer)
                self.buffer = self.buffer[5:]
                if self.left and not self.buffer:
                    return
            if self.channel in (ENDED, BROKEN) and len(self.buffer) < self.left:
                self.buffer = struct.pack("<BI", self.channel, self.left) + self.buffer
                self.left = 0
                return
            piece, self.buffer = self.buffer[:self.left], self.buffer[self.left:]
            self.left -= len(piece)
            if piece:
                yield self.channel, piece
            if self.left:
                return


def attend(process, timeout, sinks):
    """Hands output to the sinks until the job ends; returns its wait status. The time starts when the job does."""
    frames, running = Frames(), False
    deadline = time.monotonic() + BOOT_LIMIT
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut() if running else MachineFailed(f"it did not start in {BOOT_LIMIT} s")
        if not select.select([process.stdout], [], [], left)[0]:
            continue
        data = os.read(process.stdout.fileno(), 1 << 20)
        if not data:
            raise MachineFailed("it ended before the command did")
        for channel, piece in frames.feed(data):
            if channel == RUNNING:
                running, deadline = True, time.monotonic() + timeout
            elif channel == ENDED:
                return struct.unpack("<I", piece)[0]
            elif channel == BROKEN:
                raise MachineFailed(piece.decode(errors="replace"))
            else:
                sinks[channel](piece)


def run(argv, log, timeout, sinks):
    with open(log, "wb") as noise:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=noise,
                                   preexec_fn=die_with_parent)
    try:
        return attend(process, timeout, sinks)
    finally:
        process.kill()
        process.wait()
