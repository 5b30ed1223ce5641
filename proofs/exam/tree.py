# SPDX-License-Identifier: Apache-2.0
"""A source of core as clang sees it: its functions, and every node with its place in the text."""
import json
import re
import subprocess
from dataclasses import dataclass, field

WORD = re.compile(r"[A-Za-z_]\w*$")


@dataclass
class Node:
    """One node of the tree. start and end are offsets into the file, or None where a macro hides them."""
    kind: str
    json: dict
    file: str
    start: int | None
    end: int | None
    children: list = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def type(self):
        said = self.json.get("type", {})
        return said.get("desugaredQualType") or said.get("qualType", "")


class Reader:
    """Turns clang's JSON into nodes. A place there names its file only where that has changed."""

    def __init__(self):
        self.file, self.fields = "", {}

    def read(self, json_node):
        loc = json_node.get("loc", {})
        self._place(loc)
        span = json_node.get("range", {})
        begin, end = self._place(span.get("begin", {})), self._place(span.get("end", {}))
        start, stop, file = None, None, self.file
        if begin and end and begin[0] == end[0]:
            file, start, stop = begin[0], begin[1], end[2]
        node = Node(json_node.get("kind", ""), json_node, file, start, stop)
        node.children = [self.read(c) for c in json_node.get("inner", []) if c]
        if node.kind == "FieldDecl":
            self.fields[json_node["id"]] = json_node
        return node

    def _place(self, said):
        """(file, first, behind) of a place; of what a macro brings, the place of the macro's name."""
        if "spellingLoc" in said:
            self._place(said["spellingLoc"])
            said = said["expansionLoc"]
        self.file = said.get("file", self.file)
        if "offset" not in said:
            return None
        return self.file, said["offset"], said["offset"] + said["tokLen"]


@dataclass
class Function:
    name: str
    node: Node
    body: Node


class Source:
    """A file of core: text, functions that are defined in it, fields of records."""

    def __init__(self, root, path):
        self.path, self.text = path, (root / path).read_text()
        self.bytes = self.text.encode()
        command = ["clang-19", "-fsyntax-only", "-x", "c", "-std=c11", "-ffreestanding", "-I.", "-Xclang",
                   "-ast-dump=json", path]
        said = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
        reader = Reader()
        self.root = reader.read(json.loads(said))
        self.records = self._records()
        self.functions = [Function(n.json["name"], n, n.children[-1]) for n in self.root.children
                          if n.kind == "FunctionDecl" and n.file == path and n.children
                          and n.children[-1].kind == "CompoundStmt"]

    def _records(self):
        """{id of a field: [(name, type) of all fields of its record]}."""
        out = {}
        for record in self.root.walk():
            if record.kind == "RecordDecl":
                fields = [c.json for c in record.children if c.kind == "FieldDecl"]
                named = [(f.get("name"), f["type"]["qualType"]) for f in fields]
                out.update({f["id"]: named for f in fields})
        return out

    def of(self, node):
        """The text of a node, or None where it does not stand in this file as such."""
        if node.start is None or node.file != self.path:
            return None
        return self.bytes[node.start:node.end].decode()
