# SPDX-License-Identifier: Apache-2.0
"""What the documents say that commands print. A block that begins ```console holds commands, each behind `$ `, and
their output; it is run and compared, line by line, also its exit status where `$ echo $?` asks for it."""
import difflib
import re
import subprocess

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ALLOWED = re.compile(r"(echo '[^']*' \| )?build/(metes (layout|check)|tests/docs/(embed|profile))\b[^;&<>$`]*$")


def run(command, status):
    """What a command prints on both channels; it runs by itself, from the root."""
    if command == "echo $?":
        return f"{status}\n", 0
    if not ALLOWED.match(command):
        return f"(not a command that a document may run: {command})\n", 1
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60, check=False)
    return done.stdout, done.returncode


def rerun(block):
    """The block as it would have to be."""
    out, status = "", 0
    for line in block.splitlines():
        if line.startswith("$ "):
            said, status = run(line[2:], status)
            out += line + "\n" + said
    return out


def checks(pages):
    for page in pages:
        for i, block in enumerate(BLOCK.findall(page.read_text()), 1):
            want = rerun(block)
            wrong = list(difflib.unified_diff(block.splitlines(), want.splitlines(), str(page), "now", lineterm="", n=0))
            first = block.splitlines()[0][2:]
            yield wrong, f"{page}: what `{first}` prints (block {i})"


def update(pages):
    for page in pages:
        old = page.read_text()
        new = BLOCK.sub(lambda m: "```console\n" + rerun(m[1]) + "```", old)
        if new != old:
            page.write_text(new)
            print(f"{page} updated")
    return 0
