# SPDX-License-Identifier: Apache-2.0
"""What Frama-C 25 gives no alarm for, and WP then takes for impossible: a number below zero that becomes unsigned
by growing wider, a number that an enumeration cannot hold, and a minus before an unsigned one. Of each everything
could be proved, so core has none.

Clang says what every expression is, conversions that are not written out too.
"""
import json
import subprocess

from . import units

UNSIGNED = {"unsigned char": 8, "unsigned short": 16, "unsigned int": 32, "unsigned long": 64, "unsigned long long": 64}
SIGNED = {"char": 8, "signed char": 8, "short": 16, "int": 32, "long": 64, "long long": 64}
LOST = {*SIGNED, "unsigned long", "unsigned long long"}  # an enumeration may not hold one
SUMS = {"+": lambda a, b: a + b, "-": lambda a, b=None: -a if b is None else a - b, "*": lambda a, b: a * b,
        "<<": lambda a, b: a << b, "|": lambda a, b: a | b}
TRUTHS = {"==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"}  # 0 or 1


def type_of(node):
    named = node.get("type", {})
    words = named.get("desugaredQualType", named.get("qualType", "")).split()
    return " ".join(w for w in words if w not in ("const", "volatile"))


class Reader:
    """Walks what clang says of one source. Clang gives a file and a line only where they are not those of the place that
    it named before, ends and spellings of macros among them."""

    def __init__(self):
        self.last, self.here, self.named, self.found = ("?", 0), ("?", 0), {}, []

    def named_place(self, where):
        """Where a macro is used, if one is."""
        for part in [where[k] for k in ("spellingLoc", "expansionLoc") if k in where] or [where]:
            self.last = part.get("file", self.last[0]), part.get("line", self.last[1])
        return self.last

    def place(self, node):
        span = node.get("range", {})
        self.named_place(node.get("loc", {}))
        self.here = self.named_place(span.get("begin", {}))
        self.named_place(span.get("end", {}))

    def walk(self, node):
        self.place(node)
        kind, inner = node.get("kind"), [n for n in node.get("inner", ()) if n]
        if kind == "EnumDecl":
            self.enumerate(inner)
        elif kind == "UnaryOperator" and node["opcode"] == "-" and type_of(node) in UNSIGNED:
            self.refuse("a minus before an unsigned number")
        elif node.get("castKind") == "IntegralCast":
            self.cast(inner[0], type_of(inner[0]), type_of(node))
        for child in inner:
            self.walk(child)

    def enumerate(self, constants):
        value = -1
        for one in constants:
            given = [n for n in one.get("inner", ()) if n.get("kind") == "ConstantExpr"]
            value = int(given[0]["value"]) if given else value + 1
            if value < 0:
                self.refuse(f"{value} is named by an enumeration, which is signed then")
            self.named[one["id"]] = value

    def cast(self, inner, before, after):
        named = after.startswith("enum ")  # as wide as unsigned int
        grows = before in SIGNED and UNSIGNED.get(after, 0) > SIGNED[before]
        if not grows and not (named and before in LOST):
            return
        low, high = self.bounds(inner)
        if low is None:
            self.refuse(f"`{before}` becomes `{after}`, and may be more or less than that holds")
        elif low < 0 or named and high >= 1 << 32:
            self.refuse(f"{low if low < 0 else high} becomes `{after}`")

    def bounds(self, node):
        """The least and the most that a constant, a choice of two or a truth can be; (None, None) of all else."""
        kind, inner = node["kind"], [n for n in node.get("inner", ()) if n]
        if node.get("opcode") in TRUTHS:
            return 0, 1
        if kind == "IntegerLiteral":
            return int(node["value"]), int(node["value"])
        if kind == "DeclRefExpr":
            value = self.named.get(node["referencedDecl"]["id"])
            return value, value
        if kind in ("ParenExpr", "ConstantExpr", "ImplicitCastExpr"):
            return self.bounds(inner[0])
        parts = [self.bounds(n) for n in inner[kind == "ConditionalOperator":]]
        if not parts or (None, None) in parts:
            return None, None
        if kind == "ConditionalOperator":
            return min(p[0] for p in parts), max(p[1] for p in parts)
        values = [low for low, high in parts if low == high]
        if kind in ("BinaryOperator", "UnaryOperator") and len(values) == len(parts) and node["opcode"] in SUMS:
            value = SUMS[node["opcode"]](*values)
            return value, value
        return None, None

    def refuse(self, what):
        self.found.append((*self.here, what))


def of(root, path):
    """{(file, line, what)} of one source, and of the headers that it includes."""
    done = subprocess.run(["clang-19", *units.CPP_FLAGS, "-fsyntax-only", "-w", "-Xclang", "-ast-dump=json", path],
                          cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{path}: clang: {done.stderr.strip()}")
    reader = Reader()
    reader.walk(json.loads(done.stdout))
    return {(file.removeprefix("./"), line, what) for file, line, what in reader.found}


def problems(tree):
    """(problems, how many sources were read)."""
    sources = [path for path in units.paths(tree) if path.endswith(".c")]
    found = set().union(*(of(tree.root, path) for path in sources))
    return [f"{file}:{line}: conversions: {what}" for file, line, what in sorted(found)], len(sources)
