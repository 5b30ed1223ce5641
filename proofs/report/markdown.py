# SPDX-License-Identifier: Apache-2.0
"""The few shapes of Markdown that our pages use, as HTML: headings, paragraphs, tables, code, links, bold."""
import html
import re

LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
CLAUSE = re.compile(r"\b([A-Z]{2,5})-(\d+)\b")  # not to be broken at its hyphen
BOLD = re.compile(r"\*\*(.+?)\*\*")
ITALIC = re.compile(r"(?<!\w)\*([^*]+)\*(?!\w)")


def inline(text):
    """A line: code as it is, the rest with its marks; a link keeps its words only, for the page stands alone."""
    out = []
    for i, part in enumerate(LINK.sub(r"\1", text).split("`")):
        part = html.escape(part, quote=False)
        out.append(f"<code>{part.replace('*', '&#42;')}</code>" if i % 2 else part)
    joined = ITALIC.sub(r"<em>\1</em>", BOLD.sub(r"<strong>\1</strong>", "".join(out)))
    return CLAUSE.sub("\\1\u2011\\2", joined)


def sections(text):
    """{heading: lines} of the second level."""
    out, name = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            name = line[3:]
        out.setdefault(name, []).append(line)
    return out


def rows(lines):
    """The cells of a table's rows, without its head."""
    cells = [[c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", l)[1:-1]] for l in lines if l.startswith("|")]
    return cells[2:] if len(cells) > 1 and set("".join(cells[1])) <= set("-: ") else cells


def paragraphs(lines):
    text = "\n".join(l for l in lines if not l.startswith(("|", "#", "<!--", "    ")))
    return [" ".join(p.split()) for p in text.split("\n\n") if p.strip()]
