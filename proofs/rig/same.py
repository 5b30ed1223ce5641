# SPDX-License-Identifier: Apache-2.0
"""What is compiled is what is proved: the tokens of both preprocessors are the same.

Taken are the compiler's own command lines, from ninja, and the preprocessor's
command line that frama-c itself prints. Every token is compared, those of the
compiler's headers too.
"""
import json
import re
import shlex
import subprocess

from . import tokens, tools, units, wp


def compile_commands(tree):
    """{source: [command, ...]} of everything that ninja would compile from core."""
    done = subprocess.run(["ninja", "-C", str(tree.root), "-t", "compdb"], capture_output=True,
                          text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"ninja -t compdb: {done.stderr.strip()}")
    out = {}
    for edge in json.loads(done.stdout):
        source, command = edge["file"], edge["command"]
        if source.startswith("core/") and source.endswith(".c") and re.search(r"\s-c\s", command):
            out.setdefault(source, {})[command] = None
    return {source: list(commands) for source, commands in out.items()}


def preprocessing(command):
    """The compile command, stopped after preprocessing and writing to stdout."""
    words, out, skip = shlex.split(command), [], False
    for word in words:
        if skip or word in ("-MMD", "-MD", "-MP"):
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        else:
            out.append("-E" if word == "-c" else word)
    return out


def prover_commands(tree, sources):
    """What frama-c runs to preprocess each source, by its own word."""
    done = subprocess.run(["frama-c", *sources, *wp.OPTIONS, "-print-cpp-commands"], cwd=tree.root,
                          capture_output=True, text=True, check=False, env=tools.environment(tree))
    lines = [shlex.split(l) for l in done.stdout.splitlines() if l.lstrip().startswith("gcc ")]
    if len(lines) != len(sources):
        raise RuntimeError("frama-c does not tell how it preprocesses: " + done.stdout)
    return {source: words[:words.index("-o")] for source, words in zip(sources, lines)}


def short(tree, place):
    return f"{place[1].removeprefix(str(tree.root) + '/')}:{place[2]}"


def difference(tree, source, compiled, proved):
    """The first place where two token streams differ, or nothing."""
    for a, b in zip(compiled, proved):
        if a[0] != b[0]:
            return [f"{short(tree, a)}: tokens: `{a[0]}` is compiled, `{b[0]}` is proved ({source})"]
    if len(compiled) != len(proved):
        longer, which = (compiled, "compiled") if len(compiled) > len(proved) else (proved, "proved")
        extra = longer[min(len(compiled), len(proved))]
        return [f"{short(tree, extra)}: tokens: `{extra[0]}` is only {which} ({source})"]
    return []


def problems(tree):
    """Compares every source of core under every command that compiles it."""
    commands, out, count = compile_commands(tree), [], 0
    # a header is compiled, and compared, in its includers
    sources = [path for path in units.paths(tree) if path.endswith(".c")]
    provers = prover_commands(tree, sources)
    for path in sources:
        if path not in commands:
            out.append(f"{path}:1: tokens: no edge of ninja compiles it")
            continue
        proved = tokens.tokens(tokens.preprocess(provers[path], tree.root))
        for command in commands[path]:
            compiled = tokens.tokens(tokens.preprocess(preprocessing(command), tree.root))
            out += difference(tree, path, compiled, proved)
            count += len(compiled)
    return out, count
