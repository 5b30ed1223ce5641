# SPDX-License-Identifier: Apache-2.0
"""Both engines behind one face: started, asked how it goes, stopped."""
import ctypes
import hashlib
import mmap
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import time

from targets import Stop, claim, say

PULSE = re.compile(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)")
WHY = re.compile(r"this does not hold: (.*)|runtime error: (.*)|ERROR: AddressSanitizer: (\S+)|libFuzzer: (.*)")


def die_together():
    """In a child before it is another program: who is killed takes its engines along."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Engine:
    """What a run shows. `why` is what the last finding said."""

    def __init__(self, target, seconds):
        self.target, self.seconds = target, seconds
        self.began = self.found_at = time.monotonic()
        self.executions = self.edges = self.features = self.corpus = self.crashes = 0
        self.loaded = 0  # executions of inputs that it began with
        self.why, self.child, self.tail, self.stopped = "", None, [], False
        claim(target.work)
        for name in ("corpus", "crashes"):
            (target.work / name).mkdir(parents=True, exist_ok=True)

    def age(self):
        return time.monotonic() - self.began

    def row(self):
        """One line of history."""
        return {"seconds": round(self.age(), 1), "executions": self.executions,
                "rate": round(self.executions / max(self.age(), 0.1)), "edges": self.edges, "features": self.features,
                "corpus": self.corpus, "crashes": self.crashes,
                "quiet": round(time.monotonic() - self.found_at, 1)}

    def saw(self, edges, features, corpus):
        if (edges, features) != (self.edges, self.features):
            self.found_at = time.monotonic()
        self.edges, self.features, self.corpus = edges, features, corpus

    def pause(self, on):
        """Holds it, or lets it go on."""
        for child in getattr(self, "children", None) or [self.child]:
            if child.poll() is None:
                child.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def stop(self):
        self.stopped = True
        if self.child and self.child.poll() is None:
            self.child.send_signal(signal.SIGINT)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()


class LibFuzzer(Engine):
    """libFuzzer ends at a finding: it is started again, until the time is over. Executions are counted in a page of
    memory that the target shares, for libFuzzer itself seldom tells of them."""

    def __init__(self, target, seconds, extra=(), env=None):
        super().__init__(target, seconds)
        self.extra, self.more = list(extra), env or {}
        path = target.work / "pulse"
        path.write_bytes(bytes(4096))
        with path.open("r+b") as f:
            self.page = mmap.mmap(f.fileno(), 4096)
        self.start()

    def command(self):
        left = max(1, round(self.seconds - self.age())) if self.seconds else 0
        flags = {**self.target.options(), "max_total_time": left, "timeout": 10, "reload": 0, "detect_leaks": 0,
                 "artifact_prefix": f"{self.target.work}/crashes/"}
        return [str(self.target.program("fuzzer")), *(f"-{k}={v}" for k, v in flags.items()), *self.extra,
                str(self.target.work / "corpus"), *map(str, self.target.seeds())]

    def start(self):
        env = os.environ | {"METES_FUZZ_PULSE": str(self.target.work / "pulse")} | self.more
        self.child = subprocess.Popen(self.command(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env,
                                      preexec_fn=die_together)
        os.set_blocking(self.child.stderr.fileno(), False)

    def read(self):
        text = (self.child.stderr.read() or b"").decode(errors="replace")
        for line in text.splitlines():
            self.tail = self.tail[-60:] + [line]
            if m := PULSE.search(line):
                self.saw(int(m[2]), int(m[3]), int(m[4]))
                self.loaded += int(m[1]) if "INITED" in line else 0
            elif (m := WHY.search(line)) and not m[4]:
                self.why = next(filter(None, m.groups()))
        counted = struct.unpack("Q", self.page[:8])[0]
        self.executions = max(self.executions, counted)

    def poll(self):
        """Reads what it says; False when it is over."""
        self.read()
        status = self.child.poll()
        if status is None:
            return True
        self.read()
        if status == 0 or status == 72 or not self.child.returncode:
            return False
        self.crashes += 1
        if not self.seconds or self.age() >= self.seconds - 1 or self.crashes >= 16:
            return False
        self.start()
        return True


class Afl(Engine):
    """AFL++ with our mutator and the numbers that were compared (CMPLOG); what it writes is read from its plot. With a
    farm it is a main and its secondaries, which go on where they were, and look at what came from other hosts."""

    def __init__(self, target, seconds, extra=(), env=None, farm=None):
        super().__init__(target, seconds)
        if not shutil.which("afl-fuzz"):
            raise Stop("there is no afl-fuzz: install the package afl++", 69)
        self.farm, self.extra, self.more = farm, list(extra), env or {}
        self.out, self.first = target.work / "afl", target.work / "afl-seeds"
        if not farm:
            shutil.rmtree(self.out, ignore_errors=True)
        self.log = open(target.work / "afl.log", "wb")
        self.failures, self.started = 0, 0.0
        self.seed()
        self.start()

    def seed(self):
        """The inputs that it begins with; one that cannot be read is left out."""
        shutil.rmtree(self.first, ignore_errors=True)
        self.first.mkdir()
        for folder in [self.farm.seeds] if self.farm and self.farm.seeds else self.target.seeds():
            for path in folder.iterdir():
                if path.is_file() and path.name[0] != ".":
                    try:
                        shutil.copy(path, self.first / path.name)
                    except OSError as error:
                        say(f"{self.target.name}: {path}: {error.strerror}; left out")
        if not any(self.first.iterdir()):
            (self.first / "nothing").write_bytes(bytes(16))

    def names(self):
        """How AFL++ knows each of its processes."""
        if not self.farm:
            return [[]]
        return [["-M", self.farm.host], *(["-S", f"{self.farm.host}_{n}"] for n in range(1, self.farm.workers))]

    def start(self):
        quiet = {"AFL_NO_UI": "1", "AFL_NO_AFFINITY": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_AUTORESUME": "1",
                 "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_FAST_CAL": "1", "AFL_CMPLOG_ONLY_NEW": "1",
                 "AFL_SYNC_TIME": "1", "AFL_CUSTOM_MUTATOR_LIBRARY": str(self.target.program("mutator.so").resolve())}
        left = ["-V", str(max(1, round(self.seconds - self.age())))] if self.seconds else []
        words = self.target.options()
        words = ["-x", words["dict"]] if "dict" in words else []
        self.children = [subprocess.Popen(
            ["afl-fuzz", "-i", str(self.first), "-o", str(self.out), *name, "-c", str(self.target.program("cmplog")), "-G",
             self.target.options()["max_len"], "-t", "5000", *words, *left, *self.extra, "--", str(self.target.program("afl"))],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=os.environ | quiet | self.more,
            preexec_fn=die_together) for name in self.names()]
        self.child, self.started, self.stopped = self.children[0], time.monotonic(), False

    def stop(self):
        for self.child in self.children:
            super().stop()

    def rows(self):
        for path in self.out.glob("*/plot_data"):
            lines = [line.split(", ") for line in path.read_text().splitlines()]
            if len(lines) > 1 and len(lines[-1]) > 12:
                yield dict(zip((name.strip("# ") for name in lines[0]), lines[-1]))

    def stats(self):
        for path in self.out.glob("*/fuzzer_stats"):
            yield dict(re.findall(r"^(\w+) *: *(.*)$", path.read_text(), re.M))

    def gather(self):
        """Each crash is kept, under the sum of its bytes: AFL++ counts them anew each time that it goes on."""
        found = [p for p in self.out.glob("*/crashes*/id*")]
        for path in found if len(found) != self.crashes else ():
            data = path.read_bytes()
            (self.target.work / "crashes" / f"afl-{hashlib.sha256(data).hexdigest()[:12]}").write_bytes(data)
        self.crashes = len(found)

    def again(self, codes):
        """A campaign that is to last goes on: from where it was, then with all put aside, then no more."""
        self.failures = self.failures + 1 if time.monotonic() - self.started < 60 else 1
        why = next((line.strip() for line in reversed(self.said().splitlines()) if "ABORT" in line or "No space" in line), "")
        say(f"{self.target.name}: afl-fuzz ended with {codes}: {re.sub(chr(27) + '[^m]*m', '', why)}")
        if not self.farm or self.failures > 3 or (self.seconds and self.age() >= self.seconds - 1):
            raise Stop(f"afl-fuzz ended with {codes}:\n{self.said()}")
        self.stop()
        if self.failures == 3:
            aside = self.target.work / f"afl-aside-{round(time.time())}"
            say(f"{self.target.name}: what it was at is put aside, in {aside}; it begins anew")
            self.out.rename(aside)
        self.start()
        return True

    def said(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")[-1500:]

    def poll(self):
        over = all(child.poll() is not None for child in self.children)
        bad = [c.returncode for c in self.children if c.poll() is not None and c.returncode not in (0, 1, -signal.SIGINT)]
        rows = list(self.stats() if over else self.rows())
        number = {name: [int(row[name]) for row in rows if row.get(name)] for name in ("edges_found", "corpus_count")}
        if rows:
            self.saw(*[max(number["edges_found"], default=0)] * 2, max(number["corpus_count"], default=0))
            self.executions = sum(int(row["execs_done" if over else "total_execs"]) for row in rows)
        self.gather()
        if bad or over and (not self.executions or not self.seconds and not self.stopped):
            return self.again(bad)
        return not over


ENGINES = {"libfuzzer": (LibFuzzer, ["fuzzer"]), "afl": (Afl, ["afl", "cmplog", "mutator.so"])}
