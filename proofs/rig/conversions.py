# SPDX-License-Identifier: Apache-2.0
"""What Frama-C 25 gives no alarm for, and WP then takes for impossible: a number below zero that becomes unsigned
by growing wider, and a minus before an unsigned one. Of either everything could be proved, so core has neither.

Clang says what every expression is, conversions that are not written out too.
"""
import json
import subprocess

from . import units

UNSIGNED = {"unsigned char": 8, "unsigned short": 16, "unsigned int": 32, "unsigned long": 64, "unsigned long long": 64}
SIGNED = {"char": 8, "signed char": 8, "short": 16, "int": 32, "long": 64, "long long": 64}
SUMS = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "<<": lambda a, b: a << b,
        "|": lambda a, b: a | b}
TRUTHS = {"==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"}  # 0 or 1


def type_of(node):
    named = node.get("type", {})
    words = named.get("desugaredQualType", named.get("qualType", "")).split()
    return " ".join(w for w in words if w not in ("const", "volatile"))


class Reader:
    """Walks what clang says of one source; clang gives a file and a line only where they change."""

    def __init__(self):
        self.file, self.line, self.named, self.found = "?", 0, {}, []

    def place(self, node):
        for where in (node.get("loc", {}), node.get("range", {}).get("begin", {})):
            where = where.get("expansionLoc", where)
            self.file, self.line = where.get("file", self.file), where.get("line", self.line)

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
            self.named[one["id"]] = value

    def cast(self, inner, before, after):
        if before in SIGNED and UNSIGNED.get(after, 0) > SIGNED[before] and inner.get("opcode") not in TRUTHS:
            value = self.value(inner)
            if value is None:
                self.refuse(f"`{before}` becomes `{after}`, and may be below zero")
            elif value < 0:
                self.refuse(f"{value} becomes `{after}`")

    def value(self, node):
        """Of a constant; None of anything else."""
        kind, inner = node["kind"], [n for n in node.get("inner", ()) if n]
        if kind == "IntegerLiteral":
            return int(node["value"])
        if kind == "DeclRefExpr":
            return self.named.get(node["referencedDecl"]["id"])
        if kind in ("ParenExpr", "ConstantExpr", "ImplicitCastExpr"):
            return self.value(inner[0])
        values = [self.value(n) for n in inner]
        if kind == "UnaryOperator" and node["opcode"] == "-" and None not in values:
            return -values[0]
        if kind == "BinaryOperator" and node["opcode"] in SUMS and None not in values:
            return SUMS[node["opcode"]](*values)
        return None

    def refuse(self, what):
        self.found.append((self.file, self.line, what))


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
