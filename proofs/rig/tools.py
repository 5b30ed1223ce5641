# SPDX-License-Identifier: Apache-2.0
"""The tools: where they are, which versions are pinned, how Why3 finds the provers."""
import json
import os
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent  # the folder proofs/ of this rig

# What each tool prints of its version, and the part of it that is pinned.
VERSIONS = {
    "frama-c": (["frama-c", "-version"], r"^(.+)$"),
    "why3": (["why3", "--version"], r"version (\S+)"),
    "cvc4": (["cvc4", "--version"], r"version (\S+)"),
    "cvc5": (["cvc5", "--version"], r"version (\S+)"),
    "z3": (["z3", "--version"], r"version (\S+)"),
}
PROVERS = ["cvc4", "cvc5", "z3"]


class Tree:
    """A source tree with core/, spec/ and proofs/: the repository, or a scratch copy."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.build = self.root / "build" / "proofs"
        self.cache = self.root / "proofs" / "cache"
        self.status = self.root / "proofs" / "status.json"

    def pinned(self):
        own = self.root / "proofs" / "pinned.json"
        return json.loads((own if own.exists() else HERE / "pinned.json").read_text())


def tree_named(words):
    """The tree that a gate's one argument names, or this one."""
    return Tree(words[0] if words else HERE.parent)


def tell(found, well):
    """Says each problem, or that all is well. The exit status."""
    print("\n".join(found) or well)
    return 1 if found else 0


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def why3_config(tree, provers):
    """Writes build/proofs/why3.conf, with absolute paths, and returns its path.

    A replay gets one in which no prover can be found, so that it never runs any.
    """
    conf = tree.build / ("why3.conf" if provers else "why3-replay.conf")
    text = (HERE / "why3" / "why3.conf.in").read_text().replace("@DRIVERS@", str(HERE / "why3"))
    write_if_changed(conf, text if provers else text.replace("/usr/bin/", "/nonexistent/"))
    return conf


def environment(tree, provers=False):
    """What frama-c runs in: our Why3 configuration, and no one's private settings."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("FRAMAC_", "WHY3"))}
    env["WHY3CONFIG"] = str(why3_config(tree, provers))
    env["PWD"] = str(tree.root)  # frama-c believes it
    env["LC_ALL"] = "C.UTF-8"
    return env


def version(tool):
    command, pattern = VERSIONS[tool]
    if shutil.which(command[0]) is None:
        return None
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = re.search(pattern, out.strip(), re.M)
    return found.group(1) if found else "unknown"


def check_versions(tree, with_provers):
    """One line for each tool that is not the pinned one."""
    problems = []
    for tool, want in tree.pinned().items():
        if tool in PROVERS and not with_provers:
            continue
        have = version(tool)
        if have is None:
            problems.append(f"tools: {tool} is not installed; pinned is {want}")
        elif have != want:
            problems.append(f"tools: {tool} is {have}; pinned is {want}")
    return problems
