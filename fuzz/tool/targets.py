# SPDX-License-Identifier: Apache-2.0
"""The targets there are, where their things lie, and how they are built."""
import fcntl
import pathlib
import re
import subprocess
import sys

ENTRY = "LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n{"
BUILD = pathlib.Path("build/fuzz")
WORK = BUILD / "work"  # where runs keep what they find; --work says another place
KIT = ("empty", "planted")  # targets that are there for tests: only by name
KVM = "kvm"  # the one that needs a machine with /dev/kvm
CLAIMED = {}  # folders of work that are this process's, by name
MACHINE = ["env", "METES_KVM_QUIET=1", "tests/machine/kvm-run", "--"]


class Stop(Exception):
    """Ends the command: what to say, and the exit status."""

    def __init__(self, what, status=70):
        super().__init__(what)
        self.status = status


class Target:
    """One fuzz target, by its name."""

    def __init__(self, name):
        self.name = name
        folder = "fuzz/kit" if name in KIT else "fuzz/machine" if name == KVM else "fuzz"
        self.within = MACHINE if name == KVM else []  # what its programs are run by
        self.source = pathlib.Path(f"{folder}/{name}.c")
        self.corpus = pathlib.Path(f"fuzz/corpus/{name}")
        self.crashes = pathlib.Path(f"fuzz/crashes/{name}")
        self.build = BUILD / name
        self.work = WORK / name

    def program(self, kind):
        """fuzzer, afl, cmplog, mutator.so, replay-gcc, replay-clang or cov."""
        return self.build / kind

    def purpose(self):
        """The first sentence of its source's header."""
        text = self.source.read_text()
        m = re.search(r"Fuzz target: (.*?)(?:\. | \*/|: (?=a host)|\*/)", text, re.S)
        return " ".join(re.sub(r"\n \* ?", " ", m[1]).split()) if m else ""

    def options(self):
        """What fuzz/NAME.options says for libFuzzer, as a dictionary; the longest input is in it."""
        found = {"max_len": "512"}
        path = pathlib.Path(f"fuzz/{self.name}.options")
        if path.exists():
            found.update(re.findall(r"^(\w+) *= *(\S+)", path.read_text(), re.M))
        return found

    def seeds(self):
        """Folders whose files a run begins with."""
        return [folder for folder in (self.corpus, self.crashes) if folder.is_dir()]


def claim(folder):
    """A folder of work is this process's until it ends: two runs in one would cut each other's files."""
    if folder in CLAIMED:
        return
    folder.mkdir(parents=True, exist_ok=True)
    CLAIMED[folder] = (folder / ".lock").open("w")
    try:
        fcntl.flock(CLAIMED[folder], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Stop(f"another run is at work in {folder}: end it, or give this one --work FOLDER", 75) from None


def everything():
    return [Target(p.stem) for p in sorted(pathlib.Path("fuzz").glob("*.c")) if ENTRY in p.read_text()]


def named(names):
    """The targets of these names, all where there is none."""
    known = {t.name: t for t in everything()}
    for name in names:
        if name not in known and name not in KIT:
            raise Stop(f"there is no target {name}; there are {', '.join(known)}", 64)
    known |= {name: Target(name) for name in names if name in KIT}
    return [known[name] for name in names or known]


def one(name):
    """The target of this name, also the one on real KVM."""
    return Target(name) if name == KVM else named([name])[0]


def make(paths, build=True):
    """Has ninja build them; they must be there in the end."""
    paths = [str(p) for p in paths]
    if build:
        done = subprocess.run(["ninja", *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        if done.returncode:
            raise Stop(done.stdout)
    for path in paths:
        if not pathlib.Path(path).exists():
            raise Stop(f"{path} could not be built: `ninja {path}` says why")


def files(folder):
    """The inputs of a folder, in order."""
    folder = pathlib.Path(folder)
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name[0] != ".") if folder.is_dir() else []


def say(text):
    print(text, file=sys.stderr, flush=True)
