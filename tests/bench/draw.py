# SPDX-License-Identifier: Apache-2.0
"""Draws what something costs: bars where it is one number, curves where it grows with a size."""
import html
import math

COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#8e6c8a", "#b08900", "#2a9d8f", "#6d597a", "#bc4749", "#457b9d", "#3a5a40")
WIDTH, BAR, CHART = 1000, 16, 460


def split(count):
    """(function -> instructions, function and unit -> its points)"""
    single, curves = {}, {}
    for name, n in count.items():
        function, _, size = name.partition("/")
        if size:
            at, unit = size.split("-", 1)
            curves.setdefault((function, unit), []).append((int(at), n))
        else:
            single[function] = n
    return single, curves


def text(x, y, words, anchor="start", colour="#222", size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}">'
            f"{html.escape(words)}</text>")


def bars(single, top, floor):
    """One bar a function, longest first; the floor is a line across them."""
    most, left = max(single.values()), 230
    scale = (WIDTH - left - 120) / most
    for i, (name, n) in enumerate(sorted(single.items(), key=lambda row: -row[1])):
        y = top + i * BAR
        yield text(left - 8, y + 11, name, "end")
        yield f'<rect x="{left}" y="{y + 2}" width="{max(1, n * scale):.1f}" height="{BAR - 5}" fill="{COLOURS[0]}"/>'
        yield text(left + n * scale + 6, y + 11, f"{n:,}")
    x, end = left + floor * scale, top + len(single) * BAR
    yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{end}" stroke="#c8553d" stroke-dasharray="3 2"/>'


def curve_lines(curves, top):
    """Both scales are logarithmic, so that what grows as fast as its size rises by as much as it goes right."""
    left, right, low = 80, WIDTH - 330, top + CHART
    sizes = [at for points in curves.values() for at, _ in points]
    costs = [n for points in curves.values() for _, n in points]
    x = lambda at: left + (right - left) * math.log2(at) / math.log2(max(sizes))
    y = lambda n: low - CHART * math.log10(n) / math.ceil(math.log10(max(costs)))
    for power in range(math.ceil(math.log10(max(costs))) + 1):
        at = y(10 ** power)
        yield f'<line x1="{left}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}" stroke="#ddd"/>' + text(
            left - 6, at + 4, f"{10 ** power:,}", "end", "#666", 9)
    for power in range(0, math.ceil(math.log2(max(sizes))) + 1, 3):
        yield text(x(2 ** power), low + 14, f"{2 ** power:,}", "middle", "#666", 9)
    ordered = sorted(curves.items(), key=lambda row: -row[1][-1][1])
    for i, ((name, unit), points) in enumerate(ordered):
        colour, dash = COLOURS[i % len(COLOURS)], ' stroke-dasharray="5 3"' if i >= len(COLOURS) else ""
        path = " ".join(f"{x(at):.1f},{y(n):.1f}" for at, n in points)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
        yield "".join(f'<circle cx="{x(at):.1f}" cy="{y(n):.1f}" r="2.4" fill="{colour}"/>' for at, n in points)
        yield text(right + 16, top + 12 + i * 18, f"{name}: {unit.replace('-', ' ')}", colour=colour)


def svg(count, floor, of_what, floor_is):
    """The whole picture; `count` has the instructions of `name` and `name/size-unit`."""
    single, curves = split(count)
    top = 96 + len(single) * BAR
    lines = [text(20, 24, f"Instructions {of_what}", size=15),
             text(20, 42, f"exact, in the deterministic machine; dashed: {floor_is}, {floor:,}", colour="#666"),
             *bars(single, 56, floor), text(20, top - 12, "where the cost grows with a size (both scales logarithmic)", size=13),
             *curve_lines(curves, top)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + CHART + 30}" '
            'font-family="DejaVu Sans Mono, monospace">\n<rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(lines) + "\n</svg>\n")
