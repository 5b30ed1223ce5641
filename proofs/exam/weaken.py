# SPDX-License-Identifier: Apache-2.0
"""The mutants of a contract: a clause, or one part of it, dropped; an equivalence said in one direction only; an
assigns that allows more. All but those of requires leave a function proved: others must miss what is gone."""
import re
from dataclasses import dataclass

NOTE = re.compile(r"/\*@(.*?)@?\*/", re.S)
BODY = re.compile(r"^(?!#|  |/)[\w][\w \*]*?\b(\w+)\([^;{}]*\)\s*\n\{\n.*?^\}", re.S | re.M)
NAMED = re.compile(r"\s*(?:[\w]+[ \*]+)+?(\w+)\(([^;{}]*?)\)\s*[;{]", re.S)
WORDS = r"requires|terminates|exits|assigns|ensures|invariant|variant|decreases|ghost"
CLAUSE = re.compile(rf"(loop\s+)?\b(requires|assigns|ensures|invariant)\s+(.*?);(?=[\s@]*(?:(?:loop\s+)?(?:{WORDS})\b|$))",
                    re.S)
LABEL = re.compile(r"(\w+)\s*:(?!:)\s*")
BLANK = " \n@"
BINDER = re.compile(r"[\s@]*\\(?:exists|forall)\b[^;]*;")
OPERATOR = re.compile(r"[()\[\]{}]|<==>|==>|\|\||&&|\?|\\exists\b|\\forall\b")


@dataclass(frozen=True)
class Weakened:
    path: str
    function: str
    word: str    # requires, assigns, ensures, invariant, loop assigns
    how: str     # dropped, part N dropped, one direction, other direction, more
    clause: str  # its label, or its number among its like
    start: int
    end: int
    new: str
    old: str

    @property
    def name(self):
        old = " ".join(self.old.replace("\n  @", "\n").split())
        if self.how == "more":
            old = " ".join(self.new.split())
        return f"{self.function} {self.word} {self.clause} {self.how}: {old if len(old) <= 60 else old[:57] + '...'}"

    @property
    def own(self):
        """Does the function's own proof notice? Of what a caller is told, callers must."""
        return self.word in ("requires", "invariant", "loop assigns")

    def apply(self, text):
        return text[:self.start] + self.new + text[self.end:]

    def left(self, read):
        """Reads files as this leaves them."""
        return lambda path: self.apply(read(path)) if path == self.path else read(path)


def operators(text):
    """(operator, offset) of all that stand in no bracket."""
    depth = 0
    for m in OPERATOR.finditer(text):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(m.group(), 0)
        if depth == 0 and m.group() not in ")]}":
            yield m.group(), m.start()


def parts(text):
    """(start, end) of each part of a conjunction that can be dropped, with one && beside it; what binds a name stays."""
    found = list(operators(text))
    if any(op in ("<==>", "?") for op, _ in found):
        return
    begin = max((at + 3 for op, at in found if op == "==>"), default=0)
    if bound := BINDER.match(text, begin):
        begin = bound.end()
    last = min((at for op, at in found if op[0] == "\\" and at > begin), default=len(text))
    ands = [at for op, at in found if op == "&&" and begin < at < last]
    if not ands or any(op == "||" and at > begin for op, at in found):
        return
    yield begin, ands[0] + 2
    for at, end in zip(ands, [*ands[1:], len(text)]):
        yield at, end


def weaker(word, text):
    """(how, start, end, new) of each way to say less than `text` says."""
    if word.endswith("assigns"):
        for m in re.finditer(r"(\.\.[^()\[\]]*)[)\]]", text):
            yield "more", m.end() - 1, m.end() - 1, " + 1"
        return
    for n, (start, end) in enumerate(parts(text), 1):
        yield f"part {n} dropped", start, end, ""
    found = list(operators(text))
    if [op for op, _ in found if op in ("<==>", "==>", "?")] == ["<==>"] and "\\forall" not in text:
        at = next(at for op, at in found if op == "<==>")
        left, right = text[:at].strip(BLANK), text[at + 4:].strip(BLANK)
        yield "one direction", 0, len(text), f"({left}) ==> ({right})"
        yield "other direction", 0, len(text), f"({right}) ==> ({left})"


def writable(parameters):
    """A parameter through which more could be written."""
    for p in parameters.split(","):
        if "*" in p and "const" not in p:
            return p.split("*")[-1].strip()
    return None


def of_note(path, function, parameters, note):
    """All mutants of one comment: a function's contract, or a loop's."""
    count = {}
    for m in CLAUSE.finditer(note.group(1)):
        word, body, at = m.group(2), m.group(3), note.start(1) + m.start(3)
        if m.group(1) and word == "assigns":
            word = "loop assigns"
        count[word] = count.get(word, 0) + 1
        label = LABEL.match(body)
        clause = label.group(1) if label else str(count[word])
        if label:
            body, at = body[label.end():], at + label.end()
        begin, end = note.start(1) + m.start(), note.start(1) + m.end()
        yield Weakened(path, function, word, "dropped", clause, begin, end, "", m.group(0))
        for how, start, stop, new in weaker(word, body):
            yield Weakened(path, function, word, how, clause, at + start, at + stop, new, body[start:stop])
        if word.endswith("assigns") and body.strip() == "\\nothing" and (p := writable(parameters)):
            yield Weakened(path, function, word, "more", clause, at, at + len(body), f"*{p}", body)


def mutants(path, text):
    """All mutants of the contracts that stand in a file, in the order of the file."""
    bodies = [(m.start(), m.end(), m.group(1)) for m in BODY.finditer(text)]
    for note in NOTE.finditer(text):
        if note.group(1).split(None, 1)[0] == "loop":
            function = next((name for start, end, name in bodies if start < note.start() < end), None)
            parameters = ""
        else:
            named = NAMED.match(text, note.end())
            function, parameters = named.groups() if named else (None, "")
        if function and not re.match(r"\s*(?:ghost|assert|check|predicate|logic|lemma|//)", note.group(1)):
            yield from of_note(path, function, parameters, note)
