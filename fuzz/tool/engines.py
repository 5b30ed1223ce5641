# SPDX-License-Identifier: Apache-2.0
"""Both engines behind one face: started, asked how it goes, stopped."""
import mmap
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import time

from targets import Stop

PULSE = re.compile(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)")
WHY = re.compile(r"this does not hold: (.*)|runtime error: (.*)|ERROR: AddressSanitizer: (\S+)|libFuzzer: (.*)")


class Engine:
    """What a run shows. `why` is what the last finding said."""

    def __init__(self, target, seconds):
        self.target, self.seconds = target, seconds
        self.began = self.found_at = time.monotonic()
        self.executions = self.edges = self.features = self.corpus = self.crashes = 0
        self.loaded = 0  # executions of inputs that it began with
        self.why, self.child, self.tail = "", None, []
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

    def stop(self):
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
        self.child = subprocess.Popen(self.command(), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env)
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
    """AFL++ with our mutator and the numbers that were compared (CMPLOG); what it writes is read from its plot."""

    def __init__(self, target, seconds, extra=(), env=None):
        super().__init__(target, seconds)
        if not shutil.which("afl-fuzz"):
            raise Stop("there is no afl-fuzz: install the package afl++", 69)
        self.out = target.work / "afl"
        shutil.rmtree(self.out, ignore_errors=True)
        seeds = target.work / "afl-seeds"
        shutil.rmtree(seeds, ignore_errors=True)
        seeds.mkdir()
        for folder in target.seeds():
            for path in folder.iterdir():
                if path.is_file() and path.name[0] != ".":
                    shutil.copy(path, seeds / path.name)
        if not any(seeds.iterdir()):
            (seeds / "nothing").write_bytes(bytes(16))
        quiet = {"AFL_NO_UI": "1", "AFL_NO_AFFINITY": "1", "AFL_SKIP_CPUFREQ": "1", "AFL_AUTORESUME": "1",
                 "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1", "AFL_FAST_CAL": "1", "AFL_CMPLOG_ONLY_NEW": "1",
                 "AFL_CUSTOM_MUTATOR_LIBRARY": str(target.program("mutator.so").resolve())}
        command = ["afl-fuzz", "-i", str(seeds), "-o", str(self.out), "-c", str(target.program("cmplog")), "-G",
                   target.options()["max_len"], "-t", "5000", *(["-V", str(seconds)] if seconds else []), *extra, "--",
                   str(target.program("afl"))]
        self.log = open(target.work / "afl.log", "wb")
        self.child = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=os.environ | quiet | (env or {}))

    def rows(self):
        for path in self.out.glob("*/plot_data"):
            lines = [line.split(", ") for line in path.read_text().splitlines()]
            if len(lines) > 1 and len(lines[-1]) > 12:
                yield dict(zip((name.strip("# ") for name in lines[0]), lines[-1]))

    def poll(self):
        over = self.child.poll() is not None
        for row in self.rows():
            self.saw(int(row["edges_found"]), int(row["edges_found"]), int(row["corpus_count"]))
            self.executions = int(row["total_execs"])
        if over:
            for path in self.out.glob("*/fuzzer_stats"):
                stats = dict(re.findall(r"^(\w+) *: *(.*)$", path.read_text(), re.M))
                self.executions, self.corpus = int(stats["execs_done"]), int(stats["corpus_count"])
                self.edges = int(stats["edges_found"])
            if self.child.returncode not in (0, 1, -signal.SIGINT) or not self.executions:
                tail = pathlib.Path(self.log.name).read_text(errors="replace")[-1500:]
                raise Stop(f"afl-fuzz ended with {self.child.returncode}:\n{tail}")
        found = [p for p in self.out.glob("*/crashes/id*")]
        for path in found[self.crashes:]:
            shutil.copy(path, self.target.work / "crashes" / ("afl-" + path.name.split(",")[0].replace("id:", "")))
        self.crashes = len(found)
        return not over


ENGINES = {"libfuzzer": (LibFuzzer, ["fuzzer"]), "afl": (Afl, ["afl", "cmplog", "mutator.so"])}
