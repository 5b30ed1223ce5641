# SPDX-License-Identifier: Apache-2.0
"""The amalgamation is the proved code: the same tokens, contracts and logic included, in the order of the units.

Every unit's source is preprocessed with the prover's options, each file taken where it comes first. What follows from that,
file after file, must be the amalgamation to the last token, with those names replaced that it says it replaces; and
the compiler, by ninja's own command, must be given just its code.
"""
import functools
import json
import os
import re
import shlex
import subprocess

from . import same, tokens, units

ANNOTATION = re.compile(r"/\*@(.*?)\*/|//@([^\n]*)", re.S)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')", re.S)
MARKED = re.compile(r"(\x01[^\x02]*\x02)")
OWN = re.compile(r"^#define (\w+) (\w+)_\1$", re.M)
FOLDER = "build/amalgamation"


def kept(comment):
    """A comment that is an annotation, between marks in each of its lines; another, as blank lines."""
    text = comment.group(0)
    if comment.group(1):
        return text
    found = ANNOTATION.fullmatch(text)
    if not found:
        return " " + "\n" * text.count("\n")
    inside = found.group(1) if found.group(1) is not None else found.group(2)
    return "\n".join(f"\x01{row.partition('//')[0]}\x02" for row in inside.split("\n"))


def stream(text, seen=frozenset()):
    """(token, file, line) of preprocessed text but of the files seen; the tokens of annotations begin with \x01."""
    file, line, out = "?", 0, []
    for row in COMMENT.sub(kept, text).split("\n"):
        marker = tokens.MARKER.match(row)
        if marker:
            line, file = int(marker.group(1)), clean(marker.group(2))
            continue
        if row and file not in seen:  # a pragma is compared too
            for part in MARKED.split(row):
                mark = part[:1] if part.startswith("\x01") else ""
                out += [(mark + t, file, line) for t in tokens.TOKEN.findall(part.strip("\x01\x02"))]
        line += 1
    return out


@functools.cache
def clean(file):
    """A path without `./` and `..`."""
    return os.path.normpath(file)


def command(source):
    """The prover's preprocessing: comments stay."""
    return ["gcc", "-E", "-C", *units.CPP_FLAGS, source]


def renamed(text):
    """{(source, name): the name that it has instead}, by the amalgamation's own macros."""
    return {(f"core/{m[2]}.c", m[1]): f"{m[2]}_{m[1]}" for m in OWN.finditer(text)}


def expected(tree, names):
    """The tokens of all units, each file once; what a source calls by a name of its own, by its new name."""
    stub = tree.build / "units" / "amalgamated.c"
    stub.parent.mkdir(parents=True, exist_ok=True)
    stub.write_text('#include "core/metes.h"\n')
    sources = sorted(p for p in units.paths(tree) if p.endswith(".c"))
    out, seen = [], set()
    for source in [str(stub.relative_to(tree.root)), *sources]:
        here = stream(tokens.preprocess(command(source), tree.root), seen)
        out += [(names.get((file, t), t), file, line) for t, file, line in here]
        seen |= {file for _, file, _ in here}
    return out


def first_difference(wanted, found):
    for a, b in zip(wanted, found):
        if a[0] != b[0]:
            return [f"{a[1]}:{a[2]}: amalgamation: `{shown(a)}` is proved, `{shown(b)}` stands in {b[1]}:{b[2]}"]
    if len(wanted) == len(found):
        return []
    longer, what = (wanted, "is missing in the amalgamation") if len(wanted) > len(found) else (found, "is only there")
    extra = longer[min(len(wanted), len(found))]
    return [f"{extra[1]}:{extra[2]}: amalgamation: `{shown(extra)}` {what}"]


def shown(token):
    return token[0].removeprefix("\x01")


def compile_commands(tree):
    """What ninja runs to compile the amalgamation."""
    done = subprocess.run(["ninja", "-C", str(tree.root), "-t", "compdb"], capture_output=True, text=True, check=True)
    found = [e["command"] for e in json.loads(done.stdout)
             if e["file"] == f"{FOLDER}/metes.c" and re.search(r"\.(so\.0|o)$", e["output"])]
    return list(dict.fromkeys(found))


def compiled(tree, line):
    """The code that a command of ninja's compiles."""
    words = [w for w in same.preprocessing(line.split(" || ")[0])
             if w != "-shared" and not w.startswith(("-Wl,", "-l"))]
    return stream(tokens.preprocess([words[0], "-E", *(w for w in words[1:] if w != "-E")], tree.root))


def problems(tree):
    """One line for each difference, and how many tokens were compared."""
    text = (tree.root / FOLDER / "metes.c").read_text()
    wanted = expected(tree, renamed(text))
    found = stream(tokens.preprocess(command(f"{FOLDER}/metes.c"), tree.root))
    out = first_difference(wanted, found)
    code = [t for t in wanted if not t[0].startswith("\x01")]
    lines = compile_commands(tree)
    if not lines:
        out.append(f"{FOLDER}/metes.c:1: amalgamation: no edge of ninja compiles it")
    for line in lines:
        out += first_difference(code, compiled(tree, line))
    return out, len(wanted), len(lines)
