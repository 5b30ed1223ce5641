# SPDX-License-Identifier: Apache-2.0
"""One page of everything: curves of the campaigns, what of core is reached, the exam. It needs no network."""
import html
import json
import pathlib

import campaign
import exam
import rates
import rounds
import targets
import watch

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h1, h2 { font-weight: 600; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
td, th { border-bottom: 1px solid #ddd; padding: .25rem .6rem; text-align: left; vertical-align: top; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } th { vertical-align: bottom; }
.wide { overflow-x: auto; } .bad { color: #b00020; font-weight: 600; }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { font-size: 13px; } svg { width: 100%; background: #f6f6f3; }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd; } svg { background: #222; }
  td, th { border-color: #333; } .bad { color: #ff6b81; } }
"""


def is_number(value):
    return isinstance(value, (int, float)) or str(value).endswith(" %")


def cell(kind, value, number):
    text = f"{value:,}" if isinstance(value, (int, float)) else str(value)
    return f"<{kind}{' class=n' if number else ''}>{html.escape(text)}</{kind}>"


def rows(head, body):
    """A table; a column of numbers, with its head, is on the right. On a narrow screen it is pushed by itself."""
    numbers = [all(map(is_number, column)) for column in zip(*body)]
    lines = [("th", head), *(("td", row) for row in body)]
    return ("<div class=wide><table>" +
            "".join("<tr>" + "".join(cell(kind, *pair) for pair in zip(row, numbers)) + "</tr>"
                    for kind, row in lines) +
            "</table></div>")


def curve(run):
    """Edges over executions, both from 0."""
    most_x, most_y = max(r["executions"] for r in run) or 1, max(r["edges"] for r in run) or 1
    points = " ".join(f"{8 + 284 * r['executions'] / most_x:.1f},{112 - 100 * r['edges'] / most_y:.1f}" for r in run)
    return (f'<svg viewBox="0 0 300 120" role="img" aria-label="edges over executions">'
            f'<polyline points="8,112 {points}" fill="none" stroke="#2a78d6" stroke-width="2"/></svg>')


def campaigns():
    body, figures = [], []
    for target in targets.everything():
        runs = campaign.runs_of(target)
        if not runs:
            continue
        last = runs[-1][-1]
        body.append((target.name, last["engine"], sum(r[-1]["executions"] for r in runs), last["rate"], last["edges"],
                     last["corpus"], len(targets.files(target.work / "crashes"))))
        longest = max(runs, key=lambda run: run[-1]["executions"])
        end = longest[-1]
        figures.append(f"<figure>{curve(longest)}<figcaption><b>{target.name}</b>: {end['edges']:,} edges after "
                       f"{end['executions']:,} executions in {end['seconds']:,.0f} s ({end['engine']})"
                       "</figcaption></figure>")
    if not body:
        return "<p>Nothing has run yet.</p>"
    head = ("target", "engine", "executions in all", "a second", "edges", "corpus", "findings")
    return rows(head, body) + f'<h3>Edges over executions</h3><div class="curves">{"".join(figures)}</div>'


def logged():
    """The long campaign, over all its days."""
    found = rounds.totals(rounds.known())
    if not found:
        return "<p>There was none yet: <code>./do fuzz campaign</code>.</p>"
    body = [(name, t["executions"], round(t["seconds"]), t["finds"], t["edges"], t["crashes"])
            for name, t in sorted(found.items(), key=lambda item: -item[1]["executions"])]
    return (f"<p>In all {rounds.in_words(found)}.</p>" +
            rows(("target", "executions", "seconds", "finds", "edges", "findings"), body))


def rated():
    found = rates.known()
    if not found:
        return "<p>Not measured yet: <code>./do fuzz rates</code>.</p>"
    body = [(name, r["rate"], f"{r['of_empty']:.2f} %", r["microseconds"]) for name, r in found.items()]
    return rows(("target", "executions a second", "of the empty one's", "microseconds each"), body)


def watched():
    found = watch.known()
    if not found:
        return "<p>Not measured yet: <code>./do fuzz watch</code>.</p>"
    body = [(r["target"], r["plain"], r["watched"], r["times"], r["clauses"], r["answers"]) for r in found]
    head = ("target", "plain, a second", "watched, a second", "times slower", "clauses decided", "answers")
    return rows(head, body)


def covered():
    path = targets.BUILD / "coverage.json"
    if not path.exists():
        return "<p>Not measured yet: <code>./do fuzz cov</code>.</p>"
    found = json.loads(path.read_text())
    done, there = found["total"]["branches"]
    body = [(name, *f["branches"], *f["lines"]) for name, f in found["files"].items()]
    missing = "".join(f"<li>{html.escape(text)}</li>" for text in found["missing"])
    return (f"<p>The committed corpora alone reach {done:,} of {there:,} branches ({100 * done / there:.1f} %).</p>" +
            rows(("file", "branches reached", "of", "lines reached", "of"), body) +
            f"<details><summary>{len(found['missing'])} branches that no input takes</summary>"
            f"<ul>{missing}</ul></details>")


def examined():
    answers = exam.known().values()
    if not answers:
        return "<p>There was none yet: <code>./do fuzz exam</code>.</p>"
    good = sum(a["found"] for a in answers)
    body = [(a["what"], a["file"], a["runs"][-1]["target"] if a["found"] else "not found", a["runs"][-1]["executions"],
             round(sum(r["cpu"] for r in a["runs"]), 1), a["corpus"], a["runs"][-1]["why"] or "") for a in answers]
    head = ("fault", "file", "found by", "executions", "CPU seconds", "by the corpus alone", "what did not hold")
    return f"<p>{good} of {len(answers)} planted faults are found.</p>" + rows(head, body)


def report(args):
    page = ("<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
            f"<title>Metes: fuzzing</title><style>{STYLE}</style><h1>Metes: fuzzing</h1>"
            f"<h2>Campaigns</h2>{campaigns()}<h2>The long campaign</h2>{logged()}"
            f"<h2>Executions a second</h2>{rated()}<h2>Core under its own contracts</h2>{watched()}"
            f"<h2>What of core the corpora reach</h2>{covered()}"
            f"<h2>The exam</h2>{examined()}</html>\n")
    out = pathlib.Path(args.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page)
    if args.json:
        print(json.dumps({"report": str(out)}))
    else:
        targets.say(f"written: {out}")
    return 0
