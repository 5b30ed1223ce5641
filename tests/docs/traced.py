# SPDX-License-Identifier: Apache-2.0
"""What there is to trace: clauses, logic, contracts, proofs, tests, fuzz targets. Reads texts; decides nothing."""
import json
import pathlib
import re
from collections import defaultdict

PAGE = pathlib.Path("spec/TRACE.md")
DEFINED = re.compile(r"^(?:\| )?\*\*([A-Z]+-\d+)\*\*", re.MULTILINE)
COMMENT = r"(?:^/\*((?:(?!\*/).)*)\*/\n)?"
BODY = r"\n\{\n(.*?)^\}"
FUNCTION = re.compile(COMMENT + r"^((?:static |inline )*[\w ]+?[ *](\w+)\([^;{}]*?)" + BODY, re.MULTILINE | re.DOTALL)
CONTRACT = re.compile(r"(?:/\*(?!@)((?:(?!\*/).)*)\*/\s*)?/\*@(?!\s*(?:loop|ghost|predicate|logic|lemma|//))"
                      r"((?:(?!\*/).)*)\*/\s*((?:static |inline )*)(?:const |struct |enum )*\w+[\s*]+(\w+)\(", re.DOTALL)
LOGIC = re.compile(r"\b(?:predicate|lemma|logic\s+[\w\s*]*?[\s*])\s*(\w+)\s*(?=[{(:=])")


def specs():
    """The pages of clauses, and their text."""
    return {p: p.read_text() for p in sorted(pathlib.Path("spec").glob("*.md")) if p != PAGE}


def kinds():
    """The words before the numbers, as an alternative for a regular expression."""
    return "|".join(sorted({c.split("-")[0] for text in specs().values() for c in DEFINED.findall(text)}))


def finder():
    """A function from a text to the clauses that it names; `LAY-8 to LAY-12` names five."""
    pattern = re.compile(rf"\b({kinds()})-(\d+)(?: to (?:({kinds()})-)?(\d+))?")

    def find(text):
        return {f"{m[1]}-{k}" for m in pattern.finditer(text) for k in range(int(m[2]), int(m[4] or m[2]) + 1)}
    return find


def order(clause):
    kind, number = clause.split("-")
    return kind, int(number)


def clauses():
    """Each clause in the order of the pages: (page, clause, names behind its arrow)."""
    for page, text in specs().items():
        above = ""
        for line in text.splitlines():
            if "→" in line and not DEFINED.match(line):
                above = line.rsplit("→", 1)[1]
            if line.startswith("#"):
                above = ""
            if m := DEFINED.match(line):
                behind = line.rsplit("→", 1)[1] if "→" in line else line.rstrip("| ").rsplit("|", 1)[-1]
                names = re.findall(r"`([\w:]+)`", behind) if "→" in line or line.startswith("|") else []
                yield page, m[1], [n for n in names if ":" in n or n[0].isupper() or n.startswith("metes_")] or \
                    re.findall(r"`([\w:]+)`", above)


def logic(find):
    """name -> (clauses of the comment above it, text of its definition)."""
    known = {}
    for path in [*sorted(pathlib.Path("spec").glob("*.acsl")), *sorted(pathlib.Path("core").glob("*.[ch]"))]:
        for block in re.findall(r"/\*@((?:(?!\*/).)*)\*/", path.read_text(), re.DOTALL):
            lines = [re.sub(r"^\s*@ ?", "", line).strip() for line in block.splitlines()]
            said, name, speaking = set(), None, False
            for line in lines:
                if line.startswith("//"):
                    said = (said if speaking else set()) | find(line)
                    speaking, name = True, None
                    continue
                speaking = False
                if not line:
                    said = set()
                if m := LOGIC.search(line):
                    name = m[1]
                    known[name] = (set(said), "")
                if name:
                    known[name] = (known[name][0], known[name][1] + line + "\n")
    return known


class Function:
    """A function of core: where, its contract, the words above it, how many of its goals are proved."""

    def __init__(self, path, name, prose, contract, internal):
        self.path, self.name, self.prose, self.contract = path, name, prose, contract
        self.internal, self.goals, self.proved = internal, 0, 0
        self.labels = set(re.findall(r"\bensures (\w+):", contract))
        # What is promised: behind the first arrow, where there is one.
        said = re.findall(r"\bensures\b((?:(?!\bensures\b).)*)", contract, re.DOTALL)
        self.promises = "\n".join(re.split(r"(?<!<)==>", s, maxsplit=1)[-1] for s in said)

    @property
    def public(self):
        return self.path.endswith(".h") and not self.internal


def offered():
    """The headers that core/metes.h brings."""
    found, ahead = set(), {"metes.h"}
    while ahead := ahead - found:
        found |= ahead
        ahead = {name for header in ahead for name in
                 re.findall(r'^#include "([\w.]+)"', pathlib.Path("core", header).read_text(), re.MULTILINE)}
    return found


def functions():
    """All functions of core with a contract; public are those of the headers that core/metes.h brings."""
    found, public = {}, offered()
    for path in sorted(pathlib.Path("core").glob("*.[ch]")):
        text = path.read_text()
        internal = path.name not in public
        for prose, contract, _, name in CONTRACT.findall(text):
            key = name if name.startswith("metes_") else f"{path.name}:{name}"
            if key not in found:
                found[key] = Function(str(path), name, prose, contract, internal)
    return found


def unread(found):
    """Functions that headers of core/metes.h name, or that are proved, and that functions() does not find."""
    for header in sorted(offered()):
        code = re.sub(r"/\*.*?\*/|//[^\n]*|^#.*?$", "", pathlib.Path("core", header).read_text(), flags=re.DOTALL | re.MULTILINE)
        for name in sorted(set(re.findall(r"\b(metes_\w+)\(", code)) - found.keys()):
            yield f"core/{header}: {name} has no contract right above it"
    for unit, record in json.loads(pathlib.Path("proofs/status.json").read_text()).items():
        for name in record["functions"]:
            if name not in found and f"{pathlib.Path(unit).name}:{name}" not in found:
                yield f"{unit}: {name} is proved and has no contract that can be read"


def proofs(found):
    """Puts the goals of proofs/status.json to their functions; yields lemmas (name, proved)."""
    for unit, record in json.loads(pathlib.Path("proofs/status.json").read_text()).items():
        for name, row in record["functions"].items():
            f = found.get(name) or found.get(f"{pathlib.Path(unit).name}:{name}")
            if f:
                f.goals, f.proved = row["goals"], row["proved"]
        for name, prover in record["lemmas"].items():
            yield name, prover != "open"


def statuses(find):
    """A status is the answer of one clause: the first that stands beside it in core/status.h."""
    text = pathlib.Path("core/status.h").read_text()
    return {name: find(said.split()[0]) for name, said in re.findall(r"^  (METES_E_\w+),\s*/\* (\S.*)", text, re.MULTILINE)
            if find(said.split()[0])}


def named(text, find, status):
    """The clauses that a test names: by number, or else by the statuses that it asks for."""
    return find(text) or {c for s in re.findall(r"\bMETES_E_\w+", text) for c in status.get(s, ())}


def units(find, status):
    """(name, clauses) of every unit test that is registered; one that a macro makes has the macro's comment."""
    for path in sorted(pathlib.Path("tests/unit").glob("*.c")):
        text = path.read_text()
        run = set(re.findall(r"cmocka_unit_test\w*\(\s*(\w+)", text))
        for comment, head, name, body in FUNCTION.findall(text):
            if name in run:
                yield name, named(comment + head + body, find, status)
        for comment, macro in re.findall(COMMENT + r"^#define (\w+)\(", text, re.MULTILINE | re.DOTALL):
            for name in re.findall(rf"^{macro}\((\w+)", text, re.MULTILINE):
                if name in run:
                    yield name, named(comment, find, status)


def in_c(pattern, find, status):
    """name -> (clauses, names of what it calls) of the functions of C files; those of one name together."""
    found = defaultdict(lambda: (set(), set()))
    for path in sorted(pathlib.Path(".").glob(pattern)):
        for comment, head, name, body in FUNCTION.findall(path.read_text()):
            said, called = found[name]
            found[name] = (said | named(comment + head + body, find, status), called | set(re.findall(r"\b(\w+)\(", body)))
    return dict(found)


def reached(known, ahead):
    """All functions that are called from these, themselves among them."""
    seen = set()
    while ahead := (ahead & known.keys()) - seen:
        seen |= ahead
        ahead = set().union(*(known[name][1] for name in ahead))
    return seen


def fuzzed(properties):
    """target -> what it reaches of the properties."""
    for path in sorted(pathlib.Path("fuzz").glob("*.c")):
        text = path.read_text()
        if "LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)\n{" in text:
            yield path.stem, reached(properties, set(re.findall(r"\b(\w+)\(", text)))


def blocks(pattern, begin, find):
    """(title, clauses) of the tests of scripts: from one line that matches `begin` to the next."""
    for path in sorted(pathlib.Path(".").glob(pattern)):
        title, said = None, set()
        for line in path.read_text().splitlines():
            if m := re.match(begin, line):
                if title:
                    yield title, said
                title, said = m[1], set()
            said = said | find(line)
        if title:
            yield title, said


def tests(find):
    """kind -> {name: clauses}, and which clauses each fuzz target reaches."""
    status = statuses(find)
    properties = in_c("tests/properties/*.[ch]", find, status)
    run = reached(properties, {"agree"})
    images = in_c("tests/elf/*.c", find, status)
    compared = reached(images, {"compare"})
    found = defaultdict(dict)
    found["unit"] = dict(units(find, status))
    found["property"] = {name: said for name, (said, _) in properties.items() if name in run}
    found["property"] |= {name: said for name, (said, _) in images.items() if name in compared}
    found["cli"] = dict(blocks("tests/cli/*.bats", r'@test "(.*)" \{', find))
    found["kvm"] = {name: said for name, (said, _) in in_c("tests/rules/*.c", find, status).items()}
    found["kvm"] |= {name: said for name, (said, _) in in_c("vmm/guest/check_*.c", find, status).items()}
    found["kvm"] |= dict(blocks("tests/kvm/*.py", r"(?:def )?(\w+)(?: = |\()", find))
    lists = "".join(pathlib.Path(p).read_text() for p in ("tests/properties/mutants.list", "tests/elf/planted.list"))
    rows = [r.split("\t") for r in lists.splitlines() if r[:1] != "#"]
    found["planted"] = {row[-1]: find(row[-1]) for row in rows}
    fuzz = {t: set().union(*(properties[name][0] for name in names)) for t, names in fuzzed(properties)}
    return found, fuzz


def decisions(letter="D"):
    """(D1, clauses) of the table of decisions; `LAY-27, 28` names two. Of B1 ... as well: the table of bugs."""
    kind = kinds()
    for page, text in specs().items():
        for number, cell in re.findall(rf"^\| ({letter}\d+) \|.*\| ([^|]*) \|$", text, re.MULTILINE):
            named_there, word = [], ""
            for m in re.finditer(rf"(?:\b({kind})-)?\b(\d+)", cell):
                word = m[1] or word
                named_there.append(f"{word}-{m[2]}")
            yield number, named_there


def decided():
    """D -> the unit tests of it: named d7_…, or beneath a comment that begins with D7 (or says it)."""
    found = defaultdict(list)
    for path in sorted(pathlib.Path("tests/unit").glob("*.c")):
        text = path.read_text()
        run = set(re.findall(r"cmocka_unit_test\w*\(\s*(\w+)", text))
        for comment, _, name, _ in FUNCTION.findall(text):
            for number in set(re.findall(r"\bD(\d+)\b", comment)) | set(re.findall(r"^d(\d+)_", name)):
                if name in run:
                    found[f"D{number}"].append(name)
    return found
