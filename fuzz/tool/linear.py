# SPDX-License-Identifier: Apache-2.0
"""farmtest --linear: what four hosts with a hub do, beside four without one and beside one alone, by executions for
each second of processor time, so that it can be measured where there are fewer processors than hosts.

Each host runs AFL++ on `layout` in a network and a process namespace of its own; its processor time is that of all
processes in there, the hub's counts too. All take turns; the middle of the turns counts. Linear is what four do that
know nothing of each other: what four of them cost one another in caches is this machine's, and told beside it.
"""
import argparse
import datetime
import os
import pathlib
import shutil
import statistics
import time

import rounds
import targets

TABLE = pathlib.Path("fuzz/farm.md")
TICKS, TARGET = os.sysconf("SC_CLK_TCK"), "layout"
MODES = {"one alone": (1, False), "four without a hub": (4, False), "four with a hub": (4, True)}
LEAST = 0.9


def descendants(pid):
    """A process and all that it started."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents.setdefault(int(words[1]), []).append((int(path.parent.name), sum(map(int, words[11:15]))))
    found, left = {}, [pid]
    while left:
        for child, ticks in parents.get(left.pop(), ()):
            found[child] = ticks
            left.append(child)
    return found


def spent(host):
    """Seconds of processor time of all processes of a host, those that have ended and were waited for too."""
    return sum(descendants(host.child.pid).values()) / TICKS


def executions(host):
    return int.from_bytes((host.place / "pulse").read_bytes()[:8], "little")


def begin(host, hub):
    """A host, that counts its executions in a page of its own."""
    shutil.rmtree(host.place / "work", ignore_errors=True)
    (host.place / "pulse").write_bytes(bytes(4096))
    os.environ["METES_FUZZ_PULSE"] = str(host.place / "pulse")
    host.start("run", "--no-build", "--engine", "afl", "--seconds", "0", "--seeds", "fuzz/corpus/" + TARGET,
               "--work", host.place / "work", TARGET,
               *(["--hub", hub, "--host", host.name, "--every", "5"] if hub else []))


def until(seconds, hosts):
    """Waits until the hosts have had as much processor time."""
    while sum(map(spent, hosts)) < seconds:
        time.sleep(0.5)
        for host in hosts:
            if host.child.poll() is not None:
                raise targets.Stop(f"{host.name} does not run: {host.said()[-500:]}", 1)


def turn(hosts, server, hub, args):
    """Executions a second of processor time, once all have begun."""
    if hub:
        shutil.rmtree(server.place / "work", ignore_errors=True)
        server.start("hub", server.place / "work")
    every = hosts + ([server] if hub else [])
    try:
        for host in hosts:
            begin(host, hub)
        until(args.warm * len(hosts), hosts)
        before = sum(map(executions, hosts)), sum(map(spent, every))
        until(args.warm * len(hosts) + args.cpu * len(hosts), hosts)
        after = sum(map(executions, hosts)), sum(map(spent, every))
    finally:
        for host in every:
            if host.child.poll() is None:
                host.kill()
    return (after[0] - before[0]) / (after[1] - before[1])


def table(found, args):
    middle = {name: statistics.median(turns) for name, turns in found.items()}
    hub, apart, alone = (middle[name] for name in ("four with a hub", "four without a hub", "one alone"))
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- What a farm is worth. Written by `fuzz/tool/farmtest --linear`: do not edit. -->",
             "# Four hosts and a hub", "",
             f"Measured on {datetime.date.today().isoformat()} at {rounds.commit()}, on {os.cpu_count()} processors: "
             f"AFL++ on `{TARGET}`, each host in namespaces of its own, by executions for each second of processor "
             f"time (the hub's and rsync's counted), {args.turns} turns of {args.cpu:g} s of each host after "
             f"{args.warm:g} s; the middle one counts.", "",
             f"Four with a hub do **{hub / apart:.2f}** of what the same four do that know nothing of each other; {LEAST} "
             f"is asked for. What they cost one another in caches and shared cores is this machine's and not the "
             f"hub's: four without one do {apart / alone:.2f} of what one alone does, four with one "
             f"{hub / alone:.2f}. Networks and disks of several machines are not in it.", "",
             "| hosts | executions a second of processor time | least and most |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {middle[name]:,.0f} | {min(turns):,.0f} to {max(turns):,.0f} |"
              for name, turns in found.items()]
    return "\n".join(lines) + "\n", hub / apart


def options(words):
    parser = argparse.ArgumentParser(prog="farmtest --linear", description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--cpu", type=float, default=15, help="seconds of processor time of each host (15)")
    parser.add_argument("--warm", type=float, default=5, help="seconds of it that are not counted (5)")
    return parser.parse_args(words)


def measure(hosts, server, hub, words):
    args = options(words)
    found = {name: [] for name in MODES}
    for _ in range(args.turns):
        for name, (n, meet) in MODES.items():
            found[name].append(turn(hosts[:n], server, hub if meet else None, args))
            targets.say(f"{name}: {found[name][-1]:,.0f} executions a second of processor time")
    text, ratio = table(found, args)
    TABLE.write_text(text)
    targets.say(f"{ratio:.2f} of linear, {LEAST} is asked for: {TABLE}")
    return 0 if ratio >= LEAST else 1
