# SPDX-License-Identifier: Apache-2.0
"""Several machines, one campaign: what each finds goes to a hub and from there to the others. Files only, by rsync.

The hub is a folder, HUB/HOST/TARGET/queue and .../crashes; each file is named by its number and the sum of its bytes,
written aside and then renamed. A host writes only its own part. What could not be sent stays, and is sent later.
"""
import hashlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time

import targets

HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,23}")
NAME = re.compile(r"id:(\d{6,}),sum:([0-9a-f]{16})")
KINDS = {"queue": "queue", "crashes": "crashes*"}  # afl-fuzz renames the crashes of a run that is taken up again
LARGEST = 1 << 20
CONF = """use chroot = no
pid file = {folder}/.rsyncd.pid
lock file = {folder}/.rsyncd.lock
port = {port}
address = {address}
reverse lookup = no
uid = {uid}
gid = {gid}
[metes]
path = {folder}
read only = no
exclude = .*
"""


def own_name(name):
    """How this host is called: as told, or as it calls itself."""
    name = name or re.sub(r"[^A-Za-z0-9-]+", "-", socket.gethostname()).strip("-")[:24]
    if not HOST.fullmatch(name):
        raise targets.Stop(f"--host {name}: a host is named by up to 24 letters, digits and hyphens", 64)
    return name


def sum_of(data):
    return hashlib.sha256(data).hexdigest()[:16]


def put(path, data):
    """The whole file, or none of it."""
    aside = path.parent / f".{path.name}.new"
    path.parent.mkdir(parents=True, exist_ok=True)
    aside.write_bytes(data)
    aside.replace(path)


class Hub:
    """This host's side of the hub: call poll() often; it never waits, and what goes wrong it says once."""

    def __init__(self, where, host, chosen, every):
        self.where, self.host, self.chosen, self.every = where.rstrip("/") + "/", host, chosen, every
        self.out, self.came = targets.WORK / "hub/out", targets.WORK / "hub/in"
        for folder in (self.out / host, self.came):
            folder.mkdir(parents=True, exist_ok=True)
        self.sent = {p.name[p.name.index("sum:") + 4:]: p for p in targets.files(self.out) if NAME.fullmatch(p.name)}
        self.seen, self.taken, self.said = {}, {}, {}
        self.child, self.next, self.works = None, 0.0, True
        self.numbers = {}
        self.got = self.refused = 0
        self.before = len(self.sent)

    def say(self, what, text):
        """Once for each state of a thing."""
        if self.said.get(what) != text:
            self.said[what] = text
            targets.say(f"hub: {text}")

    def number(self, folder):
        """The next number in a folder: engines look only at what is higher than what they know."""
        if folder not in self.numbers:
            known = [int(NAME.fullmatch(p.name)[1]) for p in targets.files(folder) if NAME.fullmatch(p.name)]
            self.numbers[folder] = max(known, default=-1)
        self.numbers[folder] += 1
        return self.numbers[folder]

    def found(self, target):
        """What this host's engines found, also in runs before this one; not what they have from others."""
        for kind, pattern in KINDS.items():
            for path in sorted(target.work.glob(f"afl*/{self.host}*/{pattern}/id:*")):
                own = path.parent.parent.name
                if ",sync:" not in path.name and (own == self.host or own.startswith(f"{self.host}_")):
                    yield kind, path

    def collect(self):
        """Copies what is new to where it is sent from."""
        for target in self.chosen:
            for kind, path in self.found(target):
                try:
                    stamp = (path.stat().st_mtime_ns, path.stat().st_size)
                    if self.seen.get(path) == stamp:
                        continue
                    data = path.read_bytes()
                    key = sum_of(data)
                    folder = self.out / self.host / target.name / kind
                    if data and self.sent.get(key, pathlib.Path()).parent != folder:
                        place = folder / f"id:{self.number(folder):06},sum:{key}"
                        put(place, data)
                        self.sent[key] = place
                    self.seen[path] = stamp
                except FileNotFoundError:
                    continue  # afl-fuzz made it shorter, and has it under another name
                except OSError as error:
                    self.say("disk", f"{path}: {error.strerror}; it stays where it is and is tried again")
                    return

    def deliver(self):
        """Hands what came from others to the engines; what is not what was sent is left out, and said."""
        known = {t.name: t for t in self.chosen}
        for path in sorted(self.came.glob("*/*/*/id:*")):
            host, name, kind = path.parts[-4:-1]
            try:
                stamp = (path.stat().st_mtime_ns, path.stat().st_size)
                if self.taken.get(path) == stamp or name not in known or kind not in KINDS or host == self.host:
                    continue
                data, words = path.read_bytes(), NAME.fullmatch(path.name)
                self.taken[path] = stamp
                if not words or not HOST.fullmatch(host) or sum_of(data) != words[2]:
                    self.refused += 1
                    targets.say(f"hub: {host}/{name}/{kind}/{path.name}: its {len(data)} bytes are not those that "
                                f"{host} sent; left out")
                    continue
                place = known[name].work / (f"afl/{host}/queue/{path.name}" if kind == "queue" else f"crashes/{host}-{words[2]}")
                if not place.exists():
                    put(place, data)
                    self.got += 1
            except OSError as error:
                self.taken.pop(path, None)
                self.say("disk", f"{path}: {error.strerror}; tried again")
                return

    def start(self, step):
        """rsync writes aside and renames, and goes on where it was."""
        words = [f"{self.out}/", self.where] if step == "send" else [f"--exclude=/{self.host}/", self.where, f"{self.came}/"]
        local = [] if ":" in self.where else ["--mkpath"]
        self.step = step
        self.child = subprocess.Popen(["rsync", "-rtO", "--no-motd", "--timeout=20", *(["--contimeout=5"] if "://" in self.where else []),
                                       f"--max-size={LARGEST}", "--exclude=.*", *local, *words], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")

    def ended(self):
        """What an rsync said at its end."""
        text = self.child.stderr.read().strip()
        self.works = self.child.returncode == 0
        if self.works:
            if self.said.pop("hub", None):
                targets.say(f"hub: {self.where} answers again")
        else:
            first = next((line for line in text.splitlines() if "No space" in line), (text.splitlines() or ["?"])[0])
            self.say("hub", f"{self.where}: cannot {self.step}: {first}; what is not there yet stays here, and is tried again")
        self.child.stderr.close()
        self.child = None

    def poll(self):
        if self.child:
            if self.child.poll() is None:
                return
            step = self.step
            self.ended()
            if step == "send":
                self.start("take")
            else:
                self.deliver()
                self.next = time.monotonic() + self.every
        elif time.monotonic() >= self.next:
            self.collect()
            self.start("send")

    def finish(self):
        """The last things found are sent before it ends, if that can be done."""
        if self.child:
            self.child.wait()
            self.ended()
        self.collect()
        self.start("send")
        self.child.wait()
        self.ended()

    def line(self):
        here = len(self.sent) - self.before
        return f"hub       {here} found here, {self.got} came, {self.refused} refused" + ("" if self.works else "; the hub does not answer")


def serve(args):
    """hub: a folder that hosts can write to, by rsync's daemon."""
    folder = pathlib.Path(args.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not shutil.which("rsync"):
        raise targets.Stop("there is no rsync: install the package rsync", 69)
    (folder / ".rsyncd.pid").unlink(missing_ok=True)
    conf = folder / ".rsyncd.conf"
    conf.write_text(CONF.format(folder=folder, port=args.port, address=args.address, uid=os.getuid(), gid=os.getgid()))
    targets.say(f"hub: {folder} is rsync://{args.address}:{args.port}/metes; who reaches this port can write to it")
    os.execvp("rsync", ["rsync", "--daemon", "--no-detach", f"--config={conf}", "--log-file=/dev/stderr"])
