# SPDX-License-Identifier: Apache-2.0
"""C tokens after preprocessing, with the file and line that each came from."""
import re
import subprocess

TOKEN = re.compile(r"""
    "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'     # strings, characters
  | \.?\d(?:[eEpP][+-]|[\w.])*                    # numbers
  | [A-Za-z_]\w*                                  # words
  | \.\.\.|<<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^=<>!]=? | [^\s]
""", re.X)
MARKER = re.compile(r'# (\d+) "([^"]*)"')
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|(\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')", re.S)


def strip_comments(text):
    """Takes comments out, keeps strings and the count of lines."""
    return COMMENT.sub(lambda m: m.group(1) or " " + "\n" * m.group(0).count("\n"), text)


def preprocess(command, root):
    """What a preprocessor command prints; raises with its own words if it fails."""
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def tokens(text):
    """(token, file, line) of preprocessed text, with or without comments in it."""
    file, line, out = "?", 0, []
    for row in strip_comments(text).split("\n"):
        marker = MARKER.match(row)
        if marker:
            line, file = int(marker.group(1)), marker.group(2).removeprefix("./")
            continue
        if not row.startswith("#"):  # -dD leaves #define lines
            out += [(t, file, line) for t in TOKEN.findall(row)]
        line += 1
    return out


def functions(stream):
    """{name: (file, line)} of the functions that a token stream defines."""
    found, depth, i = {}, 0, 0
    while i < len(stream):
        token = stream[i][0]
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
        elif depth == 0 and token == "(" and i > 0:
            name, close = stream[i - 1], closing(stream, i)
            if close + 1 < len(stream) and stream[close + 1][0] == "{":
                found[name[0]] = (name[1], name[2])
            i = close
        i += 1
    return found


def closing(stream, i):
    """The index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(stream)):
        depth += {"(": 1, ")": -1}.get(stream[j][0], 0)
        if depth == 0:
            return j
    return len(stream) - 1
