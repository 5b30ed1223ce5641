# SPDX-License-Identifier: Apache-2.0
"""What OSS-Fuzz and ClusterFuzzLite ask of a build, tried here without their containers.

Each build has the environment that the service's base-builder has, and is made by the script that the service calls,
from a copy of the tree; what it leaves in $OUT is looked at as the service does before it takes a target.
"""
import configparser
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import zipfile

import targets

PLACE = targets.BUILD / "contract"
TREE = ("core", "vmm", "fuzz", "tests", "spec", "proofs", ".clusterfuzzlite")
COMMON = "-O1 -fno-omit-frame-pointer -gline-tables-only -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION"
UB = "bool,array-bounds,float-divide-by-zero,function,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound,vptr"
FUZZER, AFL_DRIVER = "-fsanitize=fuzzer-no-link", "/usr/lib/afl/libAFLDriver.a"
BUILDS = {  # sanitizer, engine, flags
    "address": ("address", "libfuzzer", f"-fsanitize=address -fsanitize-address-use-after-scope {FUZZER}"),
    "undefined": ("undefined", "libfuzzer", f"-fsanitize={UB},unsigned-integer-overflow -fno-sanitize-recover={UB} {FUZZER}"),
    "memory": ("memory", "libfuzzer", f"-fsanitize=memory -fsanitize-memory-track-origins {FUZZER}"),
    "coverage": ("coverage", "libfuzzer", "-fprofile-instr-generate -fcoverage-mapping -pthread"),
    "afl": ("address", "afl", "-fsanitize=address -fsanitize-address-use-after-scope"),
}
CALLS = {"address": ("__asan", 1000), "memory": ("__msan", 1000), "undefined": ("__ubsan", 168)}
NOT_BUILT = {"memory": {"elf", "json"}}  # they need a library that MemorySanitizer has not seen
LEAST_EDGES, LEAST_FUNCTIONS = 100, 2
AT_HOME = {"linux-vdso", "libc", "libm", "libgcc_s", "libstdc++", "libpthread", "librt", "libdl", "libresolv", "ld-linux-x86-64"}
OPTIONS = {"max_len", "dict", "timeout", "rss_limit_mb", "detect_leaks", "len_control", "close_fd_mask"}


class Build:
    """One build: its environment, and what it left."""

    def __init__(self, name, place=None, **changed):
        self.name, self.place = name, (place or PLACE / name).resolve()
        self.sanitizer, self.engine, flags = BUILDS[name]
        compiler = {"CC": "afl-clang-fast", "CXX": "afl-clang-fast++", "LIB_FUZZING_ENGINE": AFL_DRIVER} if self.engine == "afl" else {
            "CC": "clang-19", "CXX": "clang++-19", "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer"}
        flags = f"{COMMON} {flags}"
        self.out = self.place / "out"
        self.env = {"SANITIZER": self.sanitizer, "FUZZING_ENGINE": self.engine, "FUZZING_LANGUAGE": "c", "ARCHITECTURE": "x86_64",
                    "SRC": str(self.place / "src"), "OUT": str(self.out), "WORK": str(self.place / "work"), "CFLAGS": flags,
                    "CXXFLAGS": flags, "AFL_QUIET": "1", "UBSAN_OPTIONS": "silence_unsigned_overflow=1", **compiler, **changed}

    def prepare(self):
        """The tree, as a container has it."""
        shutil.rmtree(self.place, ignore_errors=True)
        for name in ("out", "work"):
            (self.place / name).mkdir(parents=True)
        for name in TREE:
            shutil.copytree(name, self.place / "src/metes" / name, ignore=shutil.ignore_patterns("cache"))
        shutil.copy("build.ninja", self.place / "src/metes")
        shutil.copy(".clusterfuzzlite/build.sh", self.place / "src/build.sh")

    def make(self, *names):
        """Runs the service's script; what it said where it failed, in its last lines."""
        done = subprocess.run(["bash", "-eu", str(self.place / "src/build.sh"), *names], cwd=self.place / "src/metes", text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | self.env, check=False)
        return [] if done.returncode == 0 else [f"the build fails: {text}" for text in done.stdout.splitlines()[-20:]]

    def run(self, *words, limit=120):
        env = os.environ | self.env | {"LLVM_PROFILE_FILE": str(self.place / "profile.raw"), "AFL_NO_UI": "1"}
        try:
            return subprocess.run(list(map(str, words)), capture_output=True, text=True, errors="replace", env=env, timeout=limit,
                                  cwd=self.out, check=False)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 124, "", f"it does not end within {limit} s")


def calls_of(path, prefix):
    """Calls in its code of functions that begin so, or lie in a C++ namespace that does: near calls, by their targets."""
    named = subprocess.run(["nm", str(path)], capture_output=True, text=True, check=True).stdout
    there = {int(w[0], 16) for w in map(str.split, named.splitlines()) if len(w) == 3 and
             re.match(rf"(_ZNK?\d+)?{prefix}", w[2])}
    text = subprocess.run(["readelf", "-SW", str(path)], capture_output=True, text=True, check=True).stdout
    address, offset, size = (int(x, 16) for x in re.search(r" \.text +PROGBITS +(\w+) (\w+) (\w+)", text).groups())
    code = path.read_bytes()[offset:offset + size]
    return sum(address + m.start() + 5 + struct.unpack_from("<i", code, m.start() + 1)[0] in there
               for m in re.finditer(b"\xe8", code[:-4], re.S))


def beside(build, name):
    """What lies beside a target: inputs, words, options. Its inputs are unpacked."""
    archive, words, options = (build.out / f"{name}{end}" for end in ("_seed_corpus.zip", ".dict", ".options"))
    seeds = build.place / "seeds" / name
    shutil.rmtree(seeds, ignore_errors=True)
    seeds.mkdir(parents=True)
    if not archive.is_file():
        yield f"there is no {archive.name}"
    else:
        with zipfile.ZipFile(archive) as z:
            for n, info in enumerate(i for i in z.infolist() if not i.is_dir()):
                (seeds / str(n)).write_bytes(z.read(info))
        if not any(seeds.iterdir()):
            yield f"{archive.name} has no inputs"
    entry = re.compile(r'(\w+)?\s*=?\s*"((\\x[0-9a-fA-F]{2}|\\\\|\\"|[^"\\])+)"')
    lines = words.read_text().splitlines() if words.is_file() else []
    lines = [text for text in lines if text.strip() and text[0] != "#"]
    if not lines or not all(entry.fullmatch(text.strip()) for text in lines):
        yield f"{words.name} is missing, empty or no dictionary"
    known = configparser.ConfigParser()
    known.read(options)
    if "libfuzzer" not in known or not set(known["libfuzzer"]) <= OPTIONS or not int(known["libfuzzer"].get("max_len", 0)):
        yield f"{options.name} is missing, or says what is not known"


def program(build, path):
    """Of the file itself: for whom it is, what it needs, how it is instrumented."""
    if path.read_bytes()[:20][:4] != b"\x7fELF" or path.read_bytes()[18:20] != b"\x3e\x00" or not os.access(path, os.X_OK):
        yield "it is no program for x86-64"
        return
    needs = re.findall(r"^\s*(\S+?)(?:\.so\S*)? ", build.run("ldd", path).stdout, re.M)
    for name in (pathlib.Path(n).name.split(".so")[0] for n in needs):
        if name not in AT_HOME:
            yield f"it needs {name}, which is not where it runs"
    for sanitizer, (prefix, least) in CALLS.items():
        if build.engine == "libfuzzer" and sanitizer == build.sanitizer and (n := calls_of(path, prefix)) < least:
            yield f"it is not built with the sanitizer {sanitizer}: {n} calls of it, at least {least} are asked for"


def by_libfuzzer(build, path, seeds):
    done = build.run(path, "-seed=1337", "-runs=4", "-rss_limit_mb=2560", "-timeout=25")
    loaded = re.search(r"INFO: Loaded \d+ modules? +\((\d+) ", done.stderr)
    if build.sanitizer != "coverage":
        if "INFO: Seed:" not in done.stderr:
            yield "it is not linked with the engine: it does not say what libFuzzer says"
        elif not loaded or int(loaded[1]) < LEAST_EDGES:
            yield f"{loaded[1] if loaded else 0} edges are instrumented, at least {LEAST_EDGES} are asked for"
    if done.returncode or "Done 4 runs" not in done.stderr:
        yield f"it does not start: {(done.stderr.strip().splitlines() or ['it says nothing'])[-1]}"
    done = build.run(path, "-runs=0", "-rss_limit_mb=2560", "-timeout=25", seeds)
    if done.returncode:
        said = re.search(r"this does not hold: .*|runtime error: .*|ERROR: .*|WARNING: Mem.*", done.stderr)
        yield f"it does not run well on its inputs: {said[0] if said else done.stderr[-300:]}"
    if build.sanitizer == "coverage":
        yield from counted(build, path)


def counted(build, path):
    raw, data = build.place / "profile.raw", build.place / "profile.data"
    build.run("llvm-profdata-19", "merge", raw, "-o", data)
    shown = build.run("llvm-cov-19", "export", "-summary-only", path, f"-instr-profile={data}")
    raw.unlink(missing_ok=True)
    try:
        reached = json.loads(shown.stdout)["data"][0]["totals"]["functions"]["covered"]
    except (ValueError, LookupError):
        yield f"its coverage cannot be read: {shown.stderr.strip()[:200]}"
        return
    if reached < LEAST_FUNCTIONS:
        yield f"{reached} functions are counted, at least {LEAST_FUNCTIONS} are asked for"


def by_afl(build, path, seeds):
    with tempfile.TemporaryDirectory() as scratch:
        done = build.run("afl-showmap", "-q", "-m", "none", "-t", "25000", "-C", "-i", seeds, "-o", f"{scratch}/map", "--", path)
        kept = pathlib.Path(scratch, "map")
        edges = len(kept.read_text().splitlines()) if kept.is_file() else 0
        if edges < LEAST_EDGES:
            yield f"its inputs reach {edges} edges, at least {LEAST_EDGES} are asked for: {done.stderr[-300:]}"
        done = build.run(path, *sorted(seeds.iterdir()))
        if done.returncode:
            yield f"it does not run well on its inputs: {done.stderr[-300:]}"
        (pathlib.Path(scratch) / "in").mkdir()
        (pathlib.Path(scratch) / "in/one").write_bytes(bytes(16))
        done = build.run("env", "AFL_SKIP_CPUFREQ=1", "AFL_NO_AFFINITY=1", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1", "afl-fuzz", "-V", "1",
                         "-m", "none", "-t", "5000", "-i", f"{scratch}/in", "-o", f"{scratch}/out", "--", path)
        if "All set and ready to roll" not in done.stdout:
            yield f"afl-fuzz does not take it: {done.stdout[-300:]}"


def look(build, name):
    """All that is wrong with one target of a build."""
    path = build.out / name
    if not path.is_file():
        yield f"there is no {name} in $OUT"
        return
    yield from beside(build, name)
    found = list(program(build, path))
    yield from found
    if not any("no program" in text for text in found):
        yield from (by_afl if build.engine == "afl" else by_libfuzzer)(build, path, build.place / "seeds" / name)


def expected(build, names):
    return [t.name for t in targets.named(names) if t.name not in NOT_BUILT.get(build.name, ())]


def contract(args):
    """Builds and looks; exit status 1 where something would not be taken."""
    bad = count = 0
    for name in args.builds.split(","):
        if name not in BUILDS:
            raise targets.Stop(f"there is no build {name}; there are {', '.join(BUILDS)}", 64)
        build = Build(name)
        build.prepare()
        names = expected(build, args.targets)
        failed = build.make(*(names if args.targets else ()))
        for target in names:
            wrong = failed or list(look(build, target))
            bad, count = bad + bool(wrong), count + 1
            print(f"{'not ok' if wrong else 'ok'} {count} - {name}: {target} is as a service asks for it", flush=True)
            print("".join(f"# {line}\n" for text in wrong for line in text.splitlines()), end="", flush=True)
        if not bad:
            shutil.rmtree(build.place)
    print(f"1..{count}")
    return 1 if bad else 0
