# SPDX-License-Identifier: Apache-2.0
"""The amalgamation as one unit sees itself: its code whole, out of sight the lemmas of other units.

A goal tells its provers all lemmas of its file, and calls a structure by the number of its first mention. So here
lemmas that the unit does not include say `\\true`, which makes a proof only harder, and the tags that it mentions are
declared first, in its order. Its goals are then spelled as in the unit alone, and the committed answers fit.
"""
import re

STATED = re.compile(r"\blemma\s+(\w+)(?:\s*\{[^}]*\})?\s*:(?:\\(?:forall|exists)\b[^;]*;|[^;])*;")
FIRST = '#include "metes.h"\n'


def unseen(found, lemmas):
    """A lemma that is in sight, as it is; another, in as many lines, as a predicate that nothing uses."""
    if found[1] in lemmas:
        return found[0]
    return f"predicate Unseen_{found[1]} = \\true;" + "\n  @" * found[0].count("\n")


def tags(unit, names):
    """A declaration of each structure that a unit mentions, in its order."""
    words = [token[0] for token in unit.stream]
    pairs = [(a, names.get((unit.path, b), b)) for a, b in zip(words, words[1:]) if a in ("struct", "union")]
    return "".join(f"{kind} {tag};\n" for kind, tag in dict.fromkeys(pairs))


def write(unit, names, folder, into):
    """Writes both files of the amalgamation in `folder`, as the unit sees them; returns the source."""
    into.mkdir(parents=True, exist_ok=True)
    for file in ("metes.h", "metes.c"):
        text = STATED.sub(lambda found: unseen(found, unit.lemmas), (folder / file).read_text())
        (into / file).write_text(text.replace(FIRST, tags(unit, names) + FIRST, 1))
    return into / "metes.c"
