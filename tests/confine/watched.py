# SPDX-License-Identifier: Apache-2.0
"""What inside.sh saw of `metes run`: its calls, descriptors, privileges, memory, and its ends."""
import re
import subprocess

METES, HELLO, HOSTILE = "build/metes", "build/guest/hello", "build/tests/kvm/hostile"
PLANTED, CUT = "build/tests/confine/planted/metes", "build/tests/confine/planted/metes-cut"
BRING = [METES, HELLO, HOSTILE, PLANTED, CUT]
FOUR = {"ioctl", "write", "rt_sigreturn", "exit_group"}
RESIDENT_MOST = 1024  # KiB beyond the guest's memory

# Name, exit status, what the messages hold.
ENDS = (("full", 74, "output could not be written: No space left on device"),
        ("full-json", 74, "output could not be written: No space left on device"),
        ("full-messages", 1, ""), ("closed", 74, "output could not be written: Bad file descriptor"),
        ("closed-messages", 1, ""), ("closed-all", 74, ""), ("file", 0, ""), ("not-run", 65, "/dev/null"),
        ("planted", 159, ""), ("gone", 74, ""), ("slow", 124, "ran out of time"), ("slow-json", 124, "ran out of time"),
        ("slow-planted", 74, "Interrupted system call"))


def arguments():
    return BRING


# A call too many in the loop; a signal that cuts a write short. Source, text, what stands there instead.
PLANTS = (("metes", "guest_run.c", "    stop->exits++;\n", "    stop->exits++;\n    syscall(SYS_getppid);\n"),
          ("metes-cut", "deadline.c", ".sa_flags = SA_RESTART", ".sa_flags = 0"))


def build(folder):
    """Each `metes` with its fault."""
    link = subprocess.run(["ninja", "-t", "commands", "-s", METES], capture_output=True, text=True, check=True).stdout.split()
    at = link.index("-o")
    for name, source, old, new in PLANTS:
        with open(f"vmm/{source}") as file:
            text = file.read()
        if text.count(old) != 1:
            raise RuntimeError(f"vmm/{source} does not hold {old!r} just once")
        with open(f"{folder}/{source}", "w") as file:
            file.write("#include <sys/syscall.h>\n#include <unistd.h>\n" + text.replace(old, new))
        first = [f"{folder}/{source}", "-D_GNU_SOURCE", "-Ivmm", "-Icore"]  # it stands before the library's
        subprocess.run([link[0], *first, *link[1:at], *link[at + 2:], "-o", f"{folder}/{name}"], check=True)


def calls(tap, told):
    seen = {}
    for name in ("hello", "json", "deadline"):
        found = [line.split() for line in told.get(f"calls-{name}", "").splitlines() if " call " in line]
        seen[name] = {words[2]: int(words[0]) for words in found}
        processes = told.get(f"calls-{name}", "").count(" process ")
        tap.tell(seen[name] and set(seen[name]) <= FOUR and processes == 1,
                 f"metes run, {name}: {len(seen[name])} system calls once the filter stands: "
                 f"{', '.join(sorted(seen[name]))}; {processes} thread", told.get(f"calls-{name}", ""))
    tap.tell(set().union(*seen.values()) == FOUR, f"all in all there are {len(FOUR)}, each of them used")


def status(tap, told):
    words = dict(re.findall(r"^(\w+):\s+(\S+)", told.get("status", ""), re.M))
    tap.tell(words.get("Seccomp") == "2" and words.get("NoNewPrivs") == "1", "a filter, and no new privileges", str(words))
    sets = {name: words.get(name) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}
    tap.tell(set(sets.values()) == {"0" * 16}, "no capability in any set that counts without execve", str(sets))
    tap.tell(words.get("Threads") == "1" and len(told.get("threads", "").split()) == 1, "one thread")
    lines = told.get("descriptors", "").split("\n")
    fds = [line for line in lines if line.isdigit()]
    tap.tell({"1", "2"} < set(fds) and len(fds) == 3 and any("kvm-vcpu" in line for line in lines),
             f"descriptors: {', '.join(fds)}; beyond standard output and error only the processor's", *lines)
    limits = told.get("limits", "")
    for name in ("Max core file size", "Max open files", "Max processes"):
        tap.tell(re.search(name + r"\s+0\s+0\s", limits), f"{name} is 0", limits)


def resident(tap, told):
    """What is resident without the guest's pages: the largest mappings behind a page that faults. Pages of files apart.
    By the mappings' own counts: of VmRSS the kernel may leave out what a thread touched last, up to 64 pages."""
    smaps = told.get("smaps", "")
    rss, anonymous = (sum(int(n) for n in re.findall(rf"^{name}:\s+(\d+) kB", smaps, re.M)) for name in ("Rss", "Anonymous"))
    maps = re.findall(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ 0 *\n(?:\w.*\n)*?Rss:\s+(\d+) kB", smaps, re.M)
    guarded = [(int(end, 16) - int(start, 16), access, int(rss)) for (_, before, guard, _), (start, end, access, rss)
               in zip(maps, maps[1:]) if guard == "---p" and before == start]
    parts = [max((m for m in guarded if m[1] == access), default=(0, access, 0)) for access in ("r--p", "rw-p")]
    guest, found = sum(rss for *_, rss in parts), sum(size > 65536 for size, *_ in parts)
    own = anonymous - guest
    tap.tell(found == 2 and 0 < own <= RESIDENT_MOST,
             f"resident: {rss} KiB, of it pages of files {rss - anonymous}, the guest's {guest}, its own {own} <= {RESIDENT_MOST}",
             f"{found} mappings of the guest", smaps[:2000])


def ends(tap, told):
    emulated = (("unprivileged", 0, ""),) if "ends-unprivileged" in told else ()
    for name, wanted, text in ENDS + emulated:
        seen = told.get(f"ends-{name}", "")
        tap.tell(f"status {wanted}" in seen.split("\n") and text in seen, f"metes run, {name}: exit status {wanted}", seen)
    counts = [int(n) for n in told.get("counts", "").split()]
    tap.tell(len(counts) == 2 and all(n > 65536 + 50 for n in counts), "a slow reader got all of it past the deadline", str(counts))


def look(tap, told):
    calls(tap, told)
    status(tap, told)
    resident(tap, told)
    ends(tap, told)
    tap.tell("end" in told, "the boot came to its end")
