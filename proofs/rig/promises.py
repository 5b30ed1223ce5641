# SPDX-License-Identifier: Apache-2.0
"""What core promises to those who embed it: the contract of each public function, as it was recorded, and as it is.

Where they differ, a stand-in for the function, which does nothing but call it, is proved with the contract that was
recorded: if that goes through, so does every proof of a program that relies on it.
"""
import re

from . import tools, units, wp

HEADER, RECORD = "core/metes.h", "core/package/metes.promises"
SAYS = """/* SPDX-License-Identifier: Apache-2.0
 * What the public functions of core promise, and ask for: their contracts, recorded by `ninja promises`.
 * proofs/promises holds core to it: see proofs/rig/promises.py. */
"""
PROMISE = re.compile(r"^(/\*@(?:(?!\*/).)*?\*/)\n((?:static inline )?[\w][\w \*]*?\b(metes_\w+)\([^;{}]*?\))\s*[;{]",
                     re.M | re.S)
PROVERS = ["-wp-par", "1", "-wp-prover", "cvc4,cvc5,z3", "-wp-timeout", "4", "-wp-cache", "none"]
GROWN = "promises as much as was recorded, in other words, or more: `ninja promises` records it"


def read(text):
    """{function: (contract, head)} of all that have both."""
    return {m.group(3): (m.group(1), plain(m.group(2))) for m in PROMISE.finditer(text)}


def plain(text):
    return re.sub(r"\b(?:static|inline)\b", "", " ".join(text.split())).strip()


def said(contract):
    """A contract without its layout."""
    return " ".join(re.sub(r"^\s*@", "", contract[3:-2].rstrip("@"), flags=re.M).split())


def now(tree):
    """Of all headers that a program includes with metes.h."""
    out = {}
    for path in units.dependencies(tree, HEADER):
        out |= read((tree.root / path).read_text())
    return out


def recorded(tree):
    return read((tree.root / RECORD).read_text())


def record(tree):
    rows = now(tree)
    text = SAYS + "".join(f"\n{rows[name][0]}\n{rows[name][1]};\n" for name in sorted(rows))
    tools.write_if_changed(tree.root / RECORD, text)


def arguments(head):
    """The names of a function's parameters."""
    parameters = head[head.index("(") + 1:head.rindex(")")].split(",")
    return ", ".join(p.split()[-1].lstrip("*") for p in parameters if p.strip() != "void")


def stand_in(function, contract, head):
    """What is declared in `head`, promises `contract` and calls `function`."""
    call = ("" if plain(head).startswith("void ") else "return ") + f"{function}({arguments(head)});"
    return f"{contract}\n{head}\n{{\n  {call}\n}}\n"


def problems(tree):
    """([a line for each promise that is not the recorded one], number of promises)."""
    was, is_now = recorded(tree), now(tree)
    out = [f"{name}: promised in {RECORD}, and no more there" for name in sorted(was.keys() - is_now.keys())]
    out += [f"{name}: not in {RECORD} yet: `ninja promises` records it" for name in sorted(is_now.keys() - was.keys())]
    both = sorted(was.keys() & is_now.keys())
    out += [f"{name}: declared as `{is_now[name][1]}`, promised as `{was[name][1]}`" for name in both
            if was[name][1] != is_now[name][1]]
    other = [name for name in both if was[name][1] == is_now[name][1] and said(was[name][0]) != said(is_now[name][0])]
    if other:
        broken = kept(tree, {name: was[name] for name in other})
        out += [f"{name}: {broken.get(name, GROWN)}" for name in other]
    return out, len(was)


def kept(tree, was):
    """{function: why a program that relied on the recorded contract cannot rely on the one that is there}."""
    stub = tree.build / "promises.c"
    names = {f"{name}_as_promised": name for name in was}
    text = "".join("\n" + stand_in(name, was[name][0], was[name][1].replace(name + "(", new + "("))
                   for new, name in names.items())
    tools.write_if_changed(stub, f'#include "{HEADER}"\n' + text)
    run, work = wp.Run(), tree.build / "promises"
    work.mkdir(parents=True, exist_ok=True)
    argv = ["frama-c", str(stub.relative_to(tree.root)), *wp.OPTIONS, "-wp", *wp.GOALS, *PROVERS, "-wp-session", str(work),
            "-wp-fct", ",".join(names)]
    wp.ran(tree, work, run, argv, True, lambda run: None)
    if run.errors:
        return {name: f"what was recorded cannot be read: {run.errors[0]}" for name in was}
    out = {}
    for new, name in names.items():
        goals = {g.removeprefix(new + "_"): r for g, r in run.goals.items() if g.startswith(new + "_")}
        wrong = [goal for goal, (verdict, _, _) in goals.items() if verdict != "Valid"]
        if wrong or not goals:
            out[name] = f"what it says now does not imply what was recorded: {', '.join(wrong) or 'no goal'}"
    return out
