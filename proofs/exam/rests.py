# SPDX-License-Identifier: Apache-2.0
"""What a verdict about a function rests on: its text and contract, and all that these name, and what that names.

Of a function that is called: the contract, not the body. Of the logic: each definition that is reached.
"""
import re

BLANK = re.compile(r"^\s*@?\s*$")
CONSTANT = re.compile(r"^  (METES_\w+)(?: = [^,\n]+)?,?\s*$", re.M)
DEFINES = (re.compile(r"^(?!#|  )[\w][\w \*]*?\b(\w+)\(", re.M), re.compile(r"^#define (\w+)", re.M),
           re.compile(r"^(?:struct|enum) (\w+) \{", re.M), CONSTANT,
           re.compile(r"\bpredicate (\w+)"), re.compile(r"\blogic [\w ]*?(\w+)\s*(?:\{[^}]*\})?\s*\("))
WORD = re.compile(r"[A-Za-z_]\w*")
SPACE = re.compile(r"\s+")
SAID = re.compile(r"/\*(?!@).*?\*/|(?<=\s)//(?!@)[^\n]*", re.S)  # words to people


def chunks(text):
    """The pieces of a file that blank lines part; a function's body is one with its contract."""
    piece, inside = [], False
    for line in text.splitlines():
        inside = line == "{" or (inside and line != "}")
        if BLANK.match(line) and not inside:
            if piece:
                yield "\n".join(piece)
            piece = []
        else:
            piece.append(line)
    if piece:
        yield "\n".join(piece)


class Rests:
    """All definitions of core and spec, by name."""

    def __init__(self, root):
        self.named, self.bodies = {}, {}
        for path in sorted([*(root / "core").glob("*.[ch]"), *(root / "spec").glob("*.acsl")]):
            name = str(path.relative_to(root))
            for chunk in chunks(SAID.sub("", path.read_text())):
                self._add(name, chunk)

    def _add(self, path, chunk):
        head, _, body = chunk.partition("\n{\n")
        for pattern in DEFINES:
            for name in pattern.findall(head):
                said = head
                if pattern is CONSTANT or head.startswith("enum") or head.startswith("#define"):
                    said = next(l for l in head.splitlines() if re.search(rf"\b{name}\b", l))  # its line, no neighbours
                self.named.setdefault(name, []).append(said)
                if body:
                    self.bodies[path, name] = body

    def text(self, path, function):
        """All of it as one text, in an order that does not depend on files."""
        todo, seen = [function], set()
        pieces = {self.bodies.get((path, function), "")}
        todo += WORD.findall("".join(pieces))
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                for head in self.named.get(name, []):
                    pieces.add(head)
                    todo += WORD.findall(head)
        return "\n".join(sorted(SPACE.sub(" ", p) for p in pieces))
