# SPDX-License-Identifier: Apache-2.0
"""What is proved in one run: a source of core, or a header with functions or lemmas.

A function in a header is proved once, in the unit of its header, and not again
in every source that includes it; so is a lemma, in the unit of the file that
states it or of the header that includes that file.
"""
import re

from . import tokens

CPP_FLAGS = ["-std=c11", "-ffreestanding", "-I."]
LEMMA = re.compile(r"^[\s/*@]*(?:check\s+|admit\s+)?lemma\s+(\w+)(?:\s*\{[^}]*\})?\s*:", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
GHOST = re.compile(r"/\*@\s*ghost\b(.*?)@\*/|/\*@\s*ghost\b(.*?)\*/", re.S)
GHOST_FUNCTION = re.compile(r"(?:@/|^)\s*(?:static\s+|inline\s+)*[\w\s*]*?\b(\w+)\s*\([^;{}]*\)\s*\{", re.S)


class Unit:
    def __init__(self, tree, path):
        self.tree, self.path = tree, path              # path relative to the root
        self.name = name_of(path)
        self.source = path
        if path.endswith(".h"):                        # frama-c wants a .c
            stub = tree.build / "units" / (self.name + ".c")
            stub.parent.mkdir(parents=True, exist_ok=True)
            stub.write_text(f'#include "{path}"\n')
            self.source = str(stub.relative_to(tree.root))
        command = ["gcc", "-E", *CPP_FLAGS, self.source]
        self.stream = tokens.tokens(tokens.preprocess(command, tree.root))
        self.origin = tokens.functions(self.stream)
        self.deps = dependencies(tree, self.source)
        for dep in self.deps:
            self.origin.update(ghost_functions(tree, dep))
        self.lemmas = {}
        for dep in self.deps:
            for name in LEMMA.findall((tree.root / dep).read_text()):
                self.lemmas[name] = dep
        own = {path} | {d for d in includes(tree, path) if d.endswith(".acsl")}
        self.own = sorted(f for f, (file, _) in self.origin.items() if file in own)
        self.own_lemmas = sorted(l for l, file in self.lemmas.items() if file in own)

    def others(self):
        return sorted(set(self.origin) - set(self.own))


def ghost_functions(tree, path):
    """Ghost functions are comments to the compiler: found in the text."""
    text, found = (tree.root / path).read_text(), {}
    for block in GHOST.finditer(text):
        for f in GHOST_FUNCTION.finditer(block.group(0)):
            if f.group(1) not in ("if", "while", "for", "switch"):
                line = text.count("\n", 0, block.start() + f.start(1)) + 1
                found[f.group(1)] = (path, line)
    return found


def dependencies(tree, source):
    """The files of the tree that a source includes, itself first."""
    rule = tokens.preprocess(["gcc", "-MM", *CPP_FLAGS, source], tree.root)
    names = rule.split(":", 1)[1].replace("\\\n", " ").split()
    out = []
    for name in names:
        path = (tree.root / name).resolve()
        out.append(str(path.relative_to(tree.root)))
    return list(dict.fromkeys(out))


def includes(tree, path):
    """The files that a file includes itself."""
    here = tree.root / path
    out = []
    for name in INCLUDE.findall(here.read_text()):
        for base in (here.parent, tree.root):
            if (base / name).exists():
                out.append(str((base / name).resolve().relative_to(tree.root)))
                break
    return out


def paths(tree):
    """Every unit's path: the sources, and the headers that have something to prove."""
    core = tree.root / "core"
    out = [str(p.relative_to(tree.root)) for p in sorted(core.rglob("*.c"))]
    for header in sorted(core.rglob("*.h")):
        path = str(header.relative_to(tree.root))
        texts = [header.read_text()] + [(tree.root / i).read_text() for i in includes(tree, path)
                                        if i.endswith(".acsl")]
        code = tokens.strip_comments(texts[0])
        if re.search(r"\)\s*\{", code) or any(LEMMA.search(t) or GHOST.search(t) for t in texts):
            out.append(path)
    return out


EDGES = """# SPDX-License-Identifier: Apache-2.0
# The units of core, one edge each, and the gate. Written by `proofs/prove.py update`; do not edit.

"""


def name_of(path):
    return path.removeprefix("core/").removesuffix(".c").replace("/", "_")


def edges(tree):
    """The text of proofs/units.ninja."""
    records = {path: f"build/proofs/replay/{name_of(path)}/record.json" for path in sorted(paths(tree))}
    rows = [f"build {record}: prove_unit {path}\n  dir = {record.removesuffix('/record.json')}\n"
            for path, record in records.items()]
    return (EDGES + "".join(rows) + "\nbuild build/proofs/gate.ok: prove_gate $\n    "
            + " $\n    ".join(records.values()) + " $\n    | build/proofs/always\n")
