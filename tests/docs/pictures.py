# SPDX-License-Identifier: Apache-2.0
"""Pictures in the documents. Each stands right below the line with the command that draws it, and is what that draws now."""
import pathlib
import re
import subprocess

PICTURE = re.compile(r"`metes (layout [-\w ]*|check --trace [\w./-]*) --svg [\w.]+`[^\n]*\n\n<img src=\"([^\"]+)\"")
IMAGE = re.compile(r"<img |!\[")


def drawn(words):
    command = ["build/metes", *words.split(), "--svg", "-"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout


def pictures(page):
    """What stands where a picture is to be, and what must stand there."""
    for words, target in PICTURE.findall(page.read_text()):
        yield page.parent / target, drawn(words)


def checks(pages):
    for page in pages:
        text = page.read_text()
        for path, want in pictures(page):
            well = path.exists() and want != "" and path.read_text() == want
            yield [] if well else [f"{path} is not what its command draws"], f"{page}: the picture {path}"
        if IMAGE.search(text):
            well = len(IMAGE.findall(text)) == len(PICTURE.findall(text))
            yield [] if well else [f"{page}: a picture without its command"], f"{page}: commands draw all pictures"


def update(pages):
    for page in pages:
        for path, want in pictures(page):
            if not path.exists() or path.read_text() != want:
                path.write_text(want)
                print(f"{path} updated")
    return 0
