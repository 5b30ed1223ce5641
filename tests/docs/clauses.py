# SPDX-License-Identifier: Apache-2.0
"""Clauses: each that core or the logic names is defined in spec/*.md and the other way round; what stands behind an
arrow exists; each decision has its test."""
import pathlib
import re

import traced

KINDS = traced.kinds()
CLAUSE = re.compile(rf"\b({KINDS})-(\d+)(?: to (?:({KINDS})-)?(\d+))?")
DEFINED = re.compile(rf"^(?:\| )?\*\*((?:{KINDS})-\d+)\*\*", re.MULTILINE)
DEFINES = re.compile(r"\b(?:predicate|logic \w+|lemma|struct metes_\w+|#define) (\w+)")


def sources():
    return sorted([*pathlib.Path("core").glob("*.[ch]"), *pathlib.Path("spec").glob("*.acsl")])


def named():
    """Each clause that a source names, with one place where it does. `LAY-8 to LAY-12` names five."""
    found = {}
    for path in sources():
        for n, line in enumerate(path.read_text().splitlines(), 1):
            for m in CLAUSE.finditer(line):
                for k in range(int(m[2]), int(m[4] or m[2]) + 1):
                    found.setdefault(f"{m[1]}-{k}", f"{path}:{n}")
    return found


def pages_of_spec(pages):
    return {page: page.read_text() for page in pages if page.parts[0] == "spec" and page != traced.PAGE}


def arrows(text):
    """(clause, name) for every name behind an arrow, or in the last cell of a table with a column →."""
    clause = None
    for line in text.splitlines():
        if m := DEFINED.match(line):
            clause = m[1]
        behind = line.rsplit("→", 1)[1] if "→" in line else ""
        if line.startswith("| **") and line.rstrip("| ").endswith("`"):
            behind = line.rstrip("| ").rsplit("|", 1)[1]
        for name in re.findall(r"`([\w:]+)`", behind):
            yield clause, name


def contracts():
    """What can stand behind an arrow: functions and predicates of the logic, functions of C, `function:promise`."""
    known = set()
    for path in sources():
        text = path.read_text()
        known |= set(DEFINES.findall(text))
        for body, name in re.findall(r"/\*@((?:(?!\*/).)*)\*/\s*(?:static inline )?[\w ]+?\W(metes_\w+)\(", text, re.DOTALL):
            known |= {name, *(f"{name}:{label}" for label in re.findall(r"ensures (\w+):", body))}
        known |= set(re.findall(r"\b(metes_\w+)\(", text))
    return known


def undefined(texts):
    defined = {c: page for page, text in texts.items() for c in DEFINED.findall(text)}
    found = named()
    for clause in sorted(found.keys() - defined.keys()):
        yield f"{found[clause]}: {clause} is defined nowhere in spec/*.md"
    for clause in sorted(defined.keys() - found.keys()):
        yield f"{defined[clause]}: {clause} is named nowhere in core/ and spec/*.acsl"


def twice(texts):
    seen = {}
    for page, text in texts.items():
        for clause in DEFINED.findall(text):
            if clause in seen:
                yield f"{page}: {clause} is defined in {seen[clause]} too"
            seen[clause] = page


def dangling(texts):
    known = contracts()
    for page, text in texts.items():
        for clause, name in arrows(text):
            if name not in known:
                yield f"{page}: {clause} → {name}: there is no such thing in core/*.h and spec/*.acsl"


def speechless(texts):
    """A clause without anything behind an arrow. In a table whose arrow stands above it, all share that."""
    for page, text in texts.items():
        have = {clause for clause, _ in arrows(text)}
        shared = set(re.findall(r"`metes_\w+:lay_(\d+)`", text))
        for clause in DEFINED.findall(text):
            between = clause.startswith("LAY-") and shared and min(map(int, shared)) <= int(clause[4:]) <= 33
            if clause not in have and not between:
                yield f"{page}: {clause} says nothing behind an arrow"


def decisions(texts):
    """D1 to D15: each is in the table, has a test that names it and a box with its reason."""
    text = "\n".join(texts.values())
    rows = {int(n) for n in re.findall(r"^\| D(\d+) \|", text, re.MULTILINE)}
    boxes = {int(n) for n in re.findall(r"^> \*\*D(\d+)\*\*", text, re.MULTILINE)}
    tests = "\n".join(p.read_text() for p in sorted(pathlib.Path("tests/unit").glob("*.c")))
    for n in sorted(rows):
        if not re.search(rf"cmocka_unit_test\(d{n}_\w+\)|^/\* D{n}\b", tests, re.MULTILINE):
            yield f"D{n} has no test that is called d{n}_… or begins `/* D{n}` in tests/unit"
        if n not in boxes:
            yield f"D{n} is in the list and has no box with its reason"
    for n in sorted(set(range(1, 16)) - rows):
        yield f"D{n} is not in the list of decisions"


def checks(pages):
    texts = pages_of_spec(pages)
    yield list(undefined(texts)), "every clause that core and the logic name is defined in words, and the other way round"
    yield list(twice(texts)), "no clause is defined twice"
    yield list(dangling(texts)), "what a clause names behind its arrow exists"
    yield list(speechless(texts)), "every clause names its logic"
    yield list(decisions(texts)), "every decision has a reason and a test"
