# SPDX-License-Identifier: Apache-2.0
"""What core's headers say, as the compiler reads them: structures, logic, and functions with their contracts."""
import dataclasses
import pathlib
import re
import subprocess

import acsl

CLAUSE = re.compile(r"\b(requires|ensures|assigns|terminates|exits|decreases)\b")
FIELD = r"(?:const )?((?:struct |enum )?\w+) (\**)(\w+)((?:\[[^\]]*\])*)"
LOGIC = re.compile(r"\b(predicate|logic|lemma|axiom)\b")


@dataclasses.dataclass
class Logic:
    """A predicate or a logic function. `result` is its type, "bool" for a predicate."""

    name: str
    labels: list
    formals: list
    result: object
    body: object


@dataclasses.dataclass
class Clause:
    kind: str
    label: str
    text: str
    where: str


@dataclasses.dataclass
class Function:
    """A function of core that other files call."""

    name: str
    result: str
    formals: list
    head: str
    clauses: list


def preprocessed():
    """All headers, comments kept, as (file, line, text) of each line."""
    names = sorted(str(p) for p in pathlib.Path("core").glob("*.h"))
    text = "".join(f'#include "{name}"\n' for name in names)
    done = subprocess.run(["gcc", "-std=c11", "-E", "-CC", "-I.", "-x", "c", "-"], input=text, capture_output=True,
                          text=True, check=True)
    file, line = "", 0
    for row in done.stdout.splitlines():
        m = re.match(r'# (\d+) "([^"]*)"', row)
        if m:
            line, file = int(m[1]), m[2].removeprefix("./")
            continue
        if file.startswith(("core/", "spec/")) or "/../spec/" in file:
            yield re.sub(r"core/\.\./", "", file), line, row
        line += 1


class Headers:
    """fields: structure -> name -> type; logic: name -> Logic; functions: in order."""

    def __init__(self):
        rows = list(preprocessed())
        self.text = "\n".join(row for _, _, row in rows)
        self.places = [f"{file}:{line}" for file, line, _ in rows]
        self.fields, self.logic, self.functions, self.inside = {}, {}, [], 0
        self.structures()
        self.comments()

    def where(self, at):
        return self.places[self.text.count("\n", 0, at)]

    def structures(self):
        plain = re.sub(r"/\*.*?\*/", " ", self.text, flags=re.S)
        for m in re.finditer(r"\bstruct (\w+) \{([^}]*)\};", plain):
            own = self.fields[m[1]] = {}
            for text in filter(None, map(str.strip, m[2].split(";"))):
                d = re.fullmatch(FIELD, " ".join(text.split()))
                kind = c_type(d[1], len(d[2]))
                for n in reversed(re.findall(r"\[([^\]]*)\]", d[4])):
                    kind = ("array", kind, n)
                own[d[3]] = kind

    def comments(self):
        """Contracts are those that a declaration without a body follows."""
        for m in re.finditer(r"/\*@(.*?)\*/", self.text, re.S):
            body = m[1]
            first = re.sub(r"//[^\n]*|@", " ", body).split()[:1]
            if LOGIC.match(first[0] if first else ""):
                self.definitions(body)
            elif CLAUSE.match(first[0] if first else ""):
                head = re.match(r"\s*((?:[^;{(]|/\*.*?\*/)*\([^;{]*\))\s*([;{])", self.text[m.end():], re.S)
                if not head or head[2] == "{" or "static" in head[1]:
                    self.inside += head is not None
                    continue
                self.functions.append(self.function(" ".join(head[1].split()), m.start(1), body))

    def definitions(self, body):
        reader = acsl.Reader(body)
        while not reader.over():
            kind = reader.next()[1]
            if kind in ("lemma", "axiom"):
                while not reader.sees(";") or not reader.sees("predicate", "logic", "lemma", "", ahead=1):
                    reader.next()
                reader.take(";")
                continue
            result, name = ("bool", reader.next()[1]) if kind == "predicate" else reader.declared()
            labels, formals = reader.labels(), []
            if reader.sees("("):
                reader.next()
                formals = reader.list(reader.declared, ")")
            reader.take("=")
            self.logic[name] = Logic(name, labels, formals, result, reader.expression())
            reader.take(";")

    def function(self, head, at, body):
        m = re.fullmatch(r"(.*?)\b(\w+)\((.*)\)", head)
        formals = []
        for text in m[3].split(",") if m[3] != "void" else []:
            d = re.fullmatch(r"\s*(?:const )?((?:struct |enum )?\w+) (\**)(\w+)\s*", text)
            formals.append((c_type(d[1], len(d[2])), d[3]))
        clauses, found = [], list(CLAUSE.finditer(body))
        for one, after in zip(found, found[1:] + [None]):
            text = body[one.end():after.start() if after else len(body)]
            text = re.sub(r"\n\s*@", "\n", text).strip().removesuffix("@").strip().removesuffix(";")
            label = re.match(r"(\w+):\s", text)
            clauses.append(Clause(one[1], label[1] if label else "", text[label.end():] if label else text,
                                  self.where(at + one.start())))
        return Function(m[2], m[1].strip(), formals, head, clauses)


def c_type(word, stars):
    kind = ("struct", word.split()[1]) if word.startswith("struct ") else word
    for _ in range(stars):
        kind = ("ptr", kind)
    return kind
