# SPDX-License-Identifier: Apache-2.0
"""Reads frama-c's own print of a source: its contracts, its logic, who calls whom.

The print is of the parsed program before WP or RTE add anything, so a clause
that is missing there is missing in the source: no default has been put in yet.
"""
import re

WORD = re.compile(r"\b[A-Za-z_]\w*")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")


class Printed:
    """contracts of definitions and prototypes by name, lemmas, assumptions, calls."""

    def __init__(self, text):
        self.defined, self.declared, self.calls = {}, {}, {}
        self.heads, self.lemmas, self.logic = {}, [], []
        self.assumptions = sorted({w for _, w in assumptions(text)})
        self._read(text.split("*/", 1)[1] if text.startswith("/* Generated") else text)

    def _read(self, text):
        text = re.sub(r"^#.*$", "", text, flags=re.M)
        at, contract = 0, ""
        while at < len(text):
            if text[at].isspace() or text[at] == ";":
                at += 1
            elif text.startswith("/*@", at):
                end = text.index("*/", at)
                contract = self._comment(text[at + 3:end].strip()) or contract
                at = end + 2
            else:
                at = self._declaration(text, at, contract)
                contract = ""

    def _comment(self, body):
        """A contract is handed back; ghost code is read as code; logic is kept."""
        if body.startswith("ghost"):
            self._read(body.removeprefix("ghost").replace("/@", "/*@").replace("@/", "*/"))
            return ""
        if re.match(r"(requires|terminates|decreases|exits|ensures|assigns|allocates|frees|behavior"
                    r"|check|admit|complete|disjoint|returns)\b", body) and "lemma" not in body[:14]:
            return " ".join(body.split())
        self.logic.append(body)
        self.lemmas += re.findall(r"\blemma\s+(\w+)", body)
        return ""

    def _declaration(self, text, at, contract):
        end, depth = at, 0
        while text[end] not in ";{" or depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        head = " ".join(re.sub(r"/\*.*?\*/", " ", text[at:end], flags=re.S).split())
        close = end + 1 if text[end] == ";" else matching(text, end)
        name = re.search(r"(\w+)\s*\(", head)
        is_function = name and "=" not in head and not head.startswith("typedef")
        if is_function and text[end] == "{":
            self.defined[name.group(1)] = contract
            self.calls[name.group(1)] = set(CALL.findall(text[end:close]))
            self.heads[name.group(1)] = head
        elif is_function:
            self.declared[name.group(1)] = contract
        return close


def matching(text, at):
    """Just behind the brace that closes the one at `at`; comments and strings skipped."""
    depth = 0
    for m in re.compile(r'/\*@\s*ghost|/\*.*?\*/|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{}]',
                        re.S).finditer(text, at):
        depth += {"{": 1, "}": -1}.get(m.group(0), 0)
        if depth == 0:
            return m.end()
    return len(text)


def missing_clauses(name, printed):
    """The clauses that a contract must have and this one has not."""
    contract = printed.defined[name]
    if not contract:
        return ["contract"]
    out = []
    for clause, pattern in (("terminates \\true", r"\bterminates \\true;"),
                            ("exits \\false", r"\bexits (?:\w+: )?\\false;"),
                            ("assigns", r"\bassigns\b"), ("ensures", r"\bensures\b")):
        if not re.search(pattern, contract):
            out.append(clause)
    if "*" in printed.heads[name].split("(", 1)[1] and not re.search(r"\brequires\b", contract):
        out.append("requires")
    if re.search(r"\bassumes\b", contract) and "complete behaviors" not in contract:
        out.append("complete behaviors")
    return out


# What would be believed without proof. `check` is not here: it is proved and not believed.
ASSUMPTIONS = re.compile(r"\b(axiomatic|axiom|admit|inductive|calls|volatile|reads)\b")


def assumptions(text):
    """(line, word) of every assumption in the ACSL comments of a text."""
    for comment in re.finditer(r"/\*@.*?\*/|//@[^\n]*", text, re.S):
        body = re.sub(r'(?<!^)//(?!@)[^\n]*', "", comment.group(0))
        for word in ASSUMPTIONS.finditer(body):
            offset = comment.group(0).find(word.group(0))
            yield text.count("\n", 0, comment.start() + offset) + 1, word.group(0)
