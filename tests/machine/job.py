# SPDX-License-Identifier: Apache-2.0
# Packs one job of the emulated machine: the command, its environment, its input and the files it needs.
import os, shutil, sys

import closure, cpio

# Exact runs depend on nothing of the caller: even the size of the environment moves a program's stack.
EXACT_ENV = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C"}


class Missing(Exception):
    """A file that was named is not there."""


def same_file(one, other):
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def gather(opts, command):
    """Everything the job brings, and the path of its program."""
    found = closure.Closure()
    program = command[0] if "/" in command[0] else shutil.which(command[0]) or command[0]
    names = [arg for word in command[1:] for arg in (word, word.partition("=")[2], word.rpartition("@")[0])]
    for name in opts["program"]:
        if not shutil.which(name):
            raise Missing(f"--program {name}: not found in PATH")
        found.file(shutil.which(name))
    for path in [os.getcwd(), os.environ.get("TMPDIR", "/tmp"), *map(os.path.dirname, names + opts["out"])]:
        if path and os.path.isdir(path):
            found.folder(path)
    for path in opts["dir"]:
        if not os.path.isdir(path):
            raise Missing(f"--dir {path}: no such folder")
        found.tree(path)
    for path in opts["file"]:
        if not os.path.isfile(path):
            raise Missing(f"--file {path}: no such file")
    for path in [program, *names, *opts["file"]]:
        if os.path.isfile(path):
            found.file(path)
    return found, program


def job_file(opts, command, program):
    env = dict(EXACT_ENV) if opts["exact"] else dict(os.environ)
    env.update(one.split("=", 1) for one in opts["env"])
    env.update(METES_KVM="host", METES_MACHINE="exact" if opts["exact"] else "emulated")
    env["PATH"] = env.get("PATH", "") + ":/usr/bin:/bin"
    lines = ["c" + os.getcwd(), "x" + program, *("a" + word for word in command)]
    lines += ["e" + name + "=" + env[name] for name in sorted(env)]
    lines += ["m"] if same_file(1, 2) else []
    if opts["out"]:
        lines += ["k" + word for word in ["busybox", "sh", "-c", KEEP, "sh", *map(os.path.abspath, opts["out"])]]
    return b"".join(os.fsencode(line) + b"\0" for line in lines)


# Sends those of the wanted files that there are; tar with no name at all would fail.
KEEP = 'cd /; for p; do shift; [ -e "$p" ] && set -- "$@" "${p#/}"; done; [ $# = 0 ] || exec tar -czf - -- "$@"'


def initramfs(opts, command, base, path):
    found, program = gather(opts, command)
    archive = cpio.Archive()
    found.pack(archive)
    archive.file("metes/job", job_file(opts, command, program))
    if sys.stdin and not os.isatty(0):
        archive.file("metes/stdin", sys.stdin.buffer.read())
    with open(path, "wb") as file:
        with open(base, "rb") as start:
            shutil.copyfileobj(start, file)
        archive.write(file)
