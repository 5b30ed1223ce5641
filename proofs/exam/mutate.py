# SPDX-License-Identifier: Apache-2.0
"""The mutants of a function: each one change of its body, at a place that clang's tree gives."""
import re
from dataclasses import dataclass

RELATIONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
             "==": ("!=", "<="), "!=": ("==", "<")}
ARITHMETIC = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "/", "&": "|", "|": "&"}
ASSIGNING = {"+=": "-=", "-=": "+=", "*=": "+=", "/=": "*=", "%=": "/="}
LOGIC = {"&&": "||", "||": "&&"}
WHOLE = re.compile(r"\w+")


@dataclass(frozen=True)
class Mutant:
    path: str
    function: str
    kind: str
    place: str       # line:column, counted within the function
    start: int
    end: int
    old: str
    new: str

    @property
    def name(self):
        """What it is, in one line: the same as long as the function's text is."""
        old, new = (" ".join(t.split()) for t in (self.old, self.new))
        return f"{self.function} {self.place} {self.kind}: {shorten(old)} -> {shorten(new)}"

    def apply(self, data):
        return data[:self.start] + self.new.encode() + data[self.end:]


def shorten(text, most=60):
    return text if len(text) <= most else text[:most - 3] + "..."


class Mutator:
    """Collects the mutants of one function."""

    def __init__(self, source, function):
        self.source, self.function, self.seen = source, function, {}
        for node in function.body.walk():
            getattr(self, "on_" + node.kind, lambda _: None)(node)

    def add(self, kind, start, end, new):
        old = self.source.bytes[start:end].decode()
        before = self.source.bytes[self.function.node.start:start]
        place = f"{before.count(10) + 1}:{len(before) - before.rfind(10)}"
        if old != new:
            self.seen.setdefault((start, end, new), Mutant(
                self.source.path, self.function.name, kind, place, start, end, old, new))

    def replace(self, kind, node, new):
        if self.source.of(node) is not None:
            self.add(kind, node.start, node.end, new)

    def operator(self, node):
        """(start, end) of a binary operator: what stands between its operands."""
        left, right = node.children
        if self.source.of(left) is None or self.source.of(right) is None or right.start < left.end:
            return None
        between = self.source.bytes[left.end:right.start].decode()
        at = between.find(node.json["opcode"])
        ok = between.replace(node.json["opcode"], "", 1).strip(" \n()") == ""
        return (left.end + at, left.end + at + len(node.json["opcode"])) if ok and at >= 0 else None

    def on_BinaryOperator(self, node):
        place, code = self.operator(node), node.json["opcode"]
        if not place or "*" in node.children[0].type and code in "+-":
            return
        for new in RELATIONS.get(code, ()):
            self.add("relation", *place, new)
        if code in ARITHMETIC:
            self.add("arithmetic", *place, ARITHMETIC[code])
        if code in LOGIC:
            self.add("logic", *place, LOGIC[code])

    def on_CompoundAssignOperator(self, node):
        place, code = self.operator(node), node.json["opcode"]
        if place and code in ASSIGNING:
            self.add("arithmetic", *place, ASSIGNING[code])

    def constant(self, node):
        text = self.source.of(node)
        if text and WHOLE.fullmatch(text) and self.source.bytes[node.end:node.end + 1] != b"(":
            self.replace("constant", node, f"({text} + 1)")
            self.replace("constant", node, f"({text} - 1)")

    on_IntegerLiteral = constant

    def on_DeclRefExpr(self, node):
        if node.json.get("referencedDecl", {}).get("kind") == "EnumConstantDecl":
            self.constant(node)

    def negate(self, node):
        text = self.source.of(node)
        if text:
            self.replace("negation", node, f"!({text})")

    def drop(self, node):
        """A statement that goes away; a check goes with what it guards."""
        if node.kind in ("CallExpr", "BinaryOperator", "CompoundAssignOperator", "UnaryOperator"):
            self.replace("dropped", node, "(void)0")
        if node.kind == "IfStmt" and not node.json.get("hasElse"):
            if (text := self.source.of(node.children[0])) and self.source.of(node):
                self.add("dropped", node.children[0].start, node.children[0].end, f"0 && ({text})")
        if node.kind in ("BreakStmt", "ContinueStmt"):
            self.replace("dropped", node, "(void)0")

    def on_CompoundStmt(self, node):
        for child in node.children:
            self.drop(child)

    def on_IfStmt(self, node):
        self.negate(node.children[0])
        for branch in node.children[1:]:
            self.drop(branch)

    def on_ForStmt(self, node):
        for child in node.children[:-1]:
            if child.type == "int" and child.kind == "BinaryOperator" and child.json["opcode"] != "=":
                self.negate(child)
        self.drop(node.children[-1])

    def on_WhileStmt(self, node):
        self.negate(node.children[0])
        self.drop(node.children[-1])

    def on_ConditionalOperator(self, node):
        self.negate(node.children[0])

    def swap(self, nodes, types):
        for (a, at), (b, bt) in zip(list(zip(nodes, types)), list(zip(nodes, types))[1:]):
            x, y = self.source.of(a), self.source.of(b)
            if x and y and at == bt and x != y and a.end <= b.start:
                between = self.source.bytes[a.end:b.start].decode()
                self.add("swapped", a.start, b.end, y + between + x)

    def on_CallExpr(self, node):
        self.swap(node.children[1:], [c.type for c in node.children[1:]])

    def on_InitListExpr(self, node):
        self.swap(node.children, [c.type for c in node.children])

    def on_MemberExpr(self, node):
        """Another field of the same record and type: the next one."""
        fields = self.source.records.get(node.json.get("referencedMemberDecl"), [])
        name, text = node.json.get("name"), self.source.of(node)
        same = [n for n, t in fields if t == dict(fields).get(name)]
        if text and len(same) > 1 and text.endswith(name):
            new = same[(same.index(name) + 1) % len(same)]
            self.add("field", node.end - len(name), node.end, new)


def mutants(source):
    """All mutants of a source, by function."""
    return {f.name: list(Mutator(source, f).seen.values()) for f in source.functions}
