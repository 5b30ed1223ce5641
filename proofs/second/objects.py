# SPDX-License-Identifier: Apache-2.0
"""The compiled core: what gcc made of it, compiled as ninja does."""
import hashlib
import re
import shlex
import subprocess
from collections import defaultdict

# gcc may call these for copying or clearing a struct, even when freestanding.
ALLOWED = {"memcpy", "memset", "memmove", "memcmp"}
NODE = re.compile(r'^node: \{ title: "([^"]*)" label: "([^"]*)"( shape : ellipse)?')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)" label: "([^"]*)"')
STACK = re.compile(r"\\n(\d+) bytes \(([\w,]+)\)")


def flags(root):
    """The words of ninja's own command line for an object of core, without its files."""
    said = subprocess.run(["ninja", "-C", str(root), "-t", "commands", "build/core/layout.o"], text=True,
                          capture_output=True, check=True).stdout
    words = shlex.split(next(l for l in said.splitlines() if " -c " in l))
    return words[:words.index("-MMD")]


def compile_core(command, tree, out):
    """Objects, and beside each what gcc says of its calls and its stack."""
    out.mkdir(parents=True)
    for source in sorted((tree / "core").glob("*.c")):
        subprocess.run([*command, f"-fdebug-prefix-map={tree}=.", "-fcallgraph-info=su", "-dumpdir", f"{out}/",
                        "-c", f"core/{source.name}", "-o", f"{out}/{source.stem}.o"], cwd=tree, check=True)
    return sorted(out.glob("*.o"))


def symbols(objects):
    """(undefined, defined, writable) names."""
    undefined, defined, writable = set(), set(), set()
    for path in objects:
        said = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
        for line in said.splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                undefined.add(name)
            elif kind in "DdBbCGgSs":
                writable.add(name)
            else:
                defined.add(name)
    return undefined - defined - writable, defined, writable


class Graph:
    """Who calls whom, and how much stack each takes."""

    def __init__(self, paths):
        self.calls, self.stack, self.unbounded = defaultdict(set), {}, set()
        for path in paths:
            for line in path.read_text().splitlines():
                self._line(line)

    def _line(self, line):
        if node := NODE.match(line):
            if size := STACK.search(node[2]):
                self.stack[node[1]] = int(size[1])
                if size[2] not in ("static", "dynamic,bounded"):
                    self.unbounded.add(node[1])
        elif edge := EDGE.match(line):
            self.calls[edge[1]].add(edge[2])

    def indirect(self):
        return sorted(f for f, called in self.calls.items() if "__indirect_call" in called)

    def unknown(self):
        """Functions that are called and have no known size, but for those that are allowed."""
        called = set().union(*self.calls.values()) if self.calls else set()
        return sorted(called - self.stack.keys() - ALLOWED - {"__indirect_call"})

    def cycle(self):
        """The names on one circle of calls, or nothing."""
        state = {}

        def visit(name, path):
            if state.get(name) == 1:
                return path[path.index(name):]
            if name in state:
                return []
            state[name] = 1
            for called in sorted(self.calls[name]):
                if found := visit(called, [*path, called]):
                    return found
            state[name] = 2
            return []
        return next((found for name in sorted(self.stack) if (found := visit(name, [name]))), [])

    def deepest(self):
        """{function: bytes of stack below its caller, return addresses included}; there must be no cycle."""
        depth = {}

        def visit(name):
            if name not in depth:
                # 8: the return address that a call pushes
                depth[name] = self.stack.get(name, 0) + max((8 + visit(c) for c in self.calls[name]), default=0)
            return depth[name]
        return {name: visit(name) for name in self.stack}


def digest(objects):
    """Of all bytes of the objects, with their names."""
    out = hashlib.sha256()
    for path in objects:
        out.update(path.name.encode() + path.read_bytes())
    return out.hexdigest()
