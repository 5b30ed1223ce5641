# SPDX-License-Identifier: Apache-2.0
"""What is printed: a row a figure, with how much of its floor it is, the time it took, and how it changed."""
import os
import sys

EMPTY, EMPTY_SIZED = "empty-call", "empty-call-with-size"
FLOOR_OF_RESTORE = "restore-1M-bare/1-dirty-pages"


def paint(text, colour):
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[{colour}m{text}\033[0m"
    return text


def head(title):
    print(f"\n{title:52} {'instructions':>13} {'x floor':>8} {'time':>11} {'exits':>6} {'recorded':>9}")


def words(name):
    return name.replace("/", ", ").replace("-", " ")


def show(what, count, floor, time, change="", exits="", worse=False):
    row = f"{what:52} {count:13,} {count / floor:8.2f} {time:>11} {exits:>6} {change:>9}"
    print(paint(row + "  WORSE", "31;1") if worse else row)


def changed(base, name, now):
    change = base.change(name, now)
    return "" if change is None else f"{(change - 1) * 100:+.1f} %"


def row(name, what, now, base, floor, time):
    """Prints one; true where it is worse than is allowed."""
    worse = base.worse(name, now)
    show(what, now[name], now[floor], time, changed(base, name, now), now.get(name + "-exits", ""), worse)
    return worse


def core(now, base, ns):
    """The public functions of core beside an empty call."""
    told = [("an empty call", EMPTY), ("layout + regions + PEB, libmetes.a", "library"),
            ("layout + regions + PEB, core in one piece", "one-piece")]
    head("core: laying out a guest")
    worse = [row(name, what, now, base, EMPTY, f"{ns[name]:.1f} ns") for what, name in told]
    head("core: every public function; with a size, where it has one")
    names = [EMPTY_SIZED, *(n for n in now if n.startswith("metes_"))]
    worse += [row(name, words(name), now, base, EMPTY_SIZED, f"{ns[name]:.1f} ns") for name in names]
    print(f"\nlayout + regions + PEB: {ns['library'] / ns[EMPTY]:.1f} times an empty call by the clock; "
          "the reference's figure is 30 to 49 ns")
    return any(worse)


def monitor(now, base, ns, peers):
    """The monitor beside the bare program of the same system calls; a peer beside both, where there is one."""
    def group(title, floor, names):
        head(title)
        return [row(n, words(n), now, base, floor, f"{ns[n] / 1000:,.1f} us") for n in names]

    def of(*prefixes):
        return [n for n in now if n.startswith(prefixes) and not n.endswith("-exits")]

    worse = group("monitor: from exec to the first line of output", "bare", ["bare", "metes-run-hello"])
    for name, (count, took) in peers.items():
        show(name, count, now["bare"], f"{took / 1000:,.0f} us")
    worse += group("monitor: what that consists of, and what grows", "bare", of("hello-", "guest-"))
    worse += group("monitor: out of the guest and back", "port-exit-bare", of("port-exit-", "call-"))
    worse += group("monitor: putting a guest back and running it on; bare: the dirty log alone", FLOOR_OF_RESTORE,
                   of("restore-"))
    worse += group("monitor: guests from a snapshot, to their first answer", "image-to-answer",
                   ["image-to-answer", *of("clone-to-answer", "renewed-", "start-")])
    took, scratch, beside = (now[f"clone-{part}memory"] >> 10 for part in ("", "scratch-", "beside-"))
    print(f"\na guest from a snapshot takes some {took:,} KiB, the kernel's part included: {scratch:,} KiB of its own "
          f"scratch, {beside:,} KiB of the monitor's memory")
    return any(worse)
