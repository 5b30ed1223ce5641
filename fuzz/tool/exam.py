# SPDX-License-Identifier: Apache-2.0
"""The exam of the fuzzers: faults planted in core, one at a time; which target finds each, after how much.

Each fault is found, or not, by the committed corpus alone; and by a campaign that begins with nothing but the first
inputs of fuzz/tool/seeds.py. The answers are kept in fuzz/exam.json, so that an exam can be stopped and gone on with.
"""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import time

import targets
from corpus import why

JSON, TABLE = pathlib.Path("fuzz/exam.json"), pathlib.Path("fuzz/exam.md")
LISTS = ("fuzz/exam.list", "tests/elf/planted.list", "tests/properties/mutants.list")
WHO = {  # file of core -> the targets that are to find what is wrong there
    "buffer|exchange": "buffers fetch", "filemap|filetable": "files fetch",
    "gpa|gva|gvacopy|gvakept|entry": "door pages fetch",
    "page.*table|pageentry|pages|pagewalk|large.*|pagecount|pagetree|pageentry": "pages door",
    "mapping": "pages layout", "mappings|fileplace": "layout", "memslot|slots": "slots layout",
    "record|recordput|snapshot|checksum|checksumof": "snapshot", "message": "message fetch",
    "elf|elfhead": "elf", "image": "elf image", "scratch": "scratch", "bytes": "door message",
    "le": "snapshot layout scratch",
    ".*": "layout slots scratch",
}
CORE_TREE = ("core", "spec", "fuzz", "tests/properties", "tests/elf")


def owners(file):
    stem = pathlib.Path(file).stem
    return next(names for pattern, names in WHO.items() if re.fullmatch(pattern, stem)).split()


def faults():
    """All of them: number, file, sed expression, what it means. `*` is the one file that the expression changes."""
    found = []
    for name in LISTS:
        for text in pathlib.Path(name).read_text().splitlines():
            if text and text[0] != "#":
                file, expression, what = text.split("\t")
                found.append({"n": len(found) + 1, "file": file, "sed": expression, "what": what})
    return found


def plant(tree, fault):
    """Copies what is compiled, and changes it; the one file that has become another."""
    shutil.rmtree(tree, ignore_errors=True)
    for folder in CORE_TREE:
        shutil.copytree(folder, tree / folder, ignore=shutil.ignore_patterns("corpus", "crashes"))
    changed = []
    for path in sorted(p for p in (tree / "core").glob(fault["file"]) if p.is_file()):
        before = path.read_bytes()
        subprocess.run(["sed", "-i", fault["sed"], str(path)], check=True)
        if path.read_bytes() != before:
            changed.append("core/" + path.name)
    if len(changed) != 1:
        raise targets.Stop(f"fault {fault['n']} ({fault['what']}) changes {len(changed)} files: core has changed", 1)
    return changed[0]


def flags_of(program):
    """The compiler of a program's objects, and what it is linked with: as ninja has it."""
    text = subprocess.run(["ninja", "-t", "commands", "-s", str(program)], capture_output=True, text=True,
                          check=True).stdout
    compiler, *_, rest = re.search(r"fuzz/kit/make \w+ \S+ (.*) \|\| ", text)[1].split(" -- ")
    return compiler.split(), rest.split()


def affected(objects, changed):
    """Sources among these objects, by what their compiler read, that a change concerns."""
    for path in sorted(objects.glob("*.d")):
        text = path.read_text().replace("\\\n", " ").split()
        if changed in text:
            yield text[1], path.stem


def build(tree, changed, target, out, kind="fuzzer"):
    """Links a target with that one change; only what reads the changed file is compiled again."""
    root = pathlib.Path.cwd()
    archive = targets.BUILD / "lib/fuzzer.a"
    for program, is_core in ((archive, True), (target.program(kind), False)):
        compiler, _ = flags_of(program)
        into = tree / "objects" / ("core" if is_core else target.name)
        if is_core and into.exists():
            continue
        into.mkdir(parents=True, exist_ok=True)
        for source, stem in affected(pathlib.Path(f"{program}.o"), changed):
            if source.startswith("core/"):
                made = str(root / into / f"{stem}.o")
                done = subprocess.run([*compiler, "-O1", "-g0", "-w", "-c", source, "-o", made], cwd=tree,
                                      capture_output=True, text=True, check=False)
                if done.returncode:
                    raise targets.Stop(f"a fault does not compile: {done.stderr[:500]}", 1)
    mutant = tree / "core.a"
    shutil.copy(archive, mutant)
    if new := sorted(map(str, (tree / "objects/core").glob("*.o"))):
        subprocess.run(["ar", "r", str(mutant), *new], check=True, capture_output=True)
    compiler, rest = flags_of(target.program(kind))
    rest = [str(mutant) if word == str(archive) else word for word in rest]
    own = {p.name: p for p in pathlib.Path(f"{target.program(kind)}.o").glob("*.o")}
    own |= {p.name: p for p in (tree / "objects" / target.name).glob("*.o")}
    subprocess.run([*compiler, *map(str, own.values()), *rest, "-o", str(out)], check=True)


def spent(before):
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    return now.ru_utime + now.ru_stime - before


def hunt(target, program, budget, scratch):
    """A campaign with nothing but the first inputs, until it finds something or the budget is spent."""
    from seeds import SEEDS

    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "corpus").mkdir(parents=True)
    for name, data in SEEDS.get(target.name, {}).items():
        (scratch / "corpus" / name).write_bytes(data)
    pulse = scratch / "pulse"
    pulse.write_bytes(bytes(4096))
    used, before = 0.0, spent(0)
    with (scratch / "log").open("wb") as log:
        child = subprocess.Popen([str(program), "-seed=1", "-timeout=10", "-reload=0", "-detect_leaks=0",
                                  f"-max_len={target.options()['max_len']}", f"-artifact_prefix={scratch}/",
                                  str(scratch / "corpus")],
                                 stderr=log, stdout=log, env=os.environ | {"METES_FUZZ_PULSE": str(pulse)})
        while child.poll() is None:
            time.sleep(0.1)
            try:
                stat = pathlib.Path(f"/proc/{child.pid}/stat").read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            used = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
            if used > budget:
                child.send_signal(signal.SIGKILL)
        used = spent(before)
    executions = int.from_bytes(pulse.read_bytes()[:8], "little")
    log = subprocess.CompletedProcess([], child.returncode, "", (scratch / "log").read_text(errors="replace"))
    return {"target": target.name, "found": child.returncode not in (0, -9), "executions": executions,
            "cpu": round(used, 1), "why": why(log) if child.returncode != -9 else ""}


def by_corpus(target, program, tree):
    """Do its committed inputs, run once, find it?"""
    flags = ("-runs=0", "-timeout=10", "-detect_leaks=0", f"-artifact_prefix={tree}/")
    command = [str(program), *flags, *map(str, target.seeds())]
    return bool(target.seeds()) and subprocess.run(command, capture_output=True, check=False).returncode != 0


def judge(fault, budget):
    """One fault: by the corpora, then by campaigns."""
    tree = targets.BUILD / "exam/tree"
    changed = plant(tree, fault)
    answer = {"file": changed, "sed": fault["sed"], "what": fault["what"], "corpus": "", "found": False,
              "budget": budget, "runs": []}
    knows, others = {}, {}
    for target in targets.named(owners(changed)):
        out = tree / target.name
        build(tree, changed, target, out)
        if by_corpus(target, out, tree):
            answer["corpus"] = answer["corpus"] or target.name
            knows[target] = out  # it knows the place: it goes first
        else:
            others[target] = out
    programs = knows | others
    for seconds in (min(5, budget), budget):  # each shortly, before any has all the time
        for target, out in programs.items():
            answer["runs"] = [r for r in answer["runs"] if r["target"] != target.name]
            answer["runs"].append(hunt(target, out, seconds, targets.BUILD / "exam/scratch"))
            if answer["runs"][-1]["found"]:
                answer["found"] = True
                return answer
    return answer


def key(answer):
    return answer["file"].rsplit("/", 1)[-1] + "\t" + answer["sed"]


def known():
    return json.loads(JSON.read_text()) if JSON.exists() else {}


def keep(answers):
    JSON.write_text(json.dumps(answers, indent=1) + "\n")
    TABLE.write_text(table(list(answers.values())))


def table(rows):
    """The page: what each fault is, who finds it, how soon."""
    found = [r for r in rows if r["found"]]
    took = sorted(r["runs"][-1]["executions"] for r in found) or [0]
    quick = sum(sum(run["cpu"] for run in r["runs"]) <= 600 for r in found)
    lines = ["<!-- SPDX-License-Identifier: Apache-2.0 -->",
             "<!-- The exam of the fuzzers. Written by `fuzz/metes-fuzz exam`: do not edit. -->", "# The exam", "",
             f"{len(rows)} of the {len(faults())} faults that {', '.join(f'`{name}`' for name in LISTS)} have were "
             f"planted in core, one at a time. The fuzzers found {len(found)} of them, {quick} within ten minutes of "
             f"processor time ({100 * quick / max(len(rows), 1):.1f} %), each campaign beginning with nothing but the "
             f"inputs of `fuzz/tool/seeds.py`; {sum(bool(r['corpus']) for r in rows)} are found by running the "
             f"committed corpora once. Half of those that were found took {took[len(took) // 2]:,} executions or fewer.",
             "",
             "| fault | file | target | executions | seconds | by the corpus alone | what did not hold |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for r in rows:
        run = r["runs"][-1]
        text = lambda s: str(s).replace("|", "\\|")
        who = run["target"] if r["found"] else "**none** of " + ", ".join(x["target"] for x in r["runs"])
        lines.append(f"| {text(r['what'])} | `{r['file']}` | {who} | {run['executions']:,} | "
                     f"{sum(x['cpu'] for x in r['runs']):.1f} | {r['corpus']} | {text(run['why'] or '')} |")
    return "\n".join(lines) + "\n"


def select(args):
    every = faults()
    if args.faults:
        meant = [re.compile(rf"(?<!\w){re.escape(w)}(?!\w)") for w in args.faults]
        chosen = [f for f in every if str(f["n"]) in args.faults or any(m.search(f["what"]) for m in meant)]
        if not chosen:
            raise targets.Stop("there is no such fault in fuzz/exam.md: " + " ".join(args.faults), 64)
        return chosen
    return every[::args.sample] if args.sample else every


def exam(args):
    chosen, answers = select(args), {} if args.tap else known()
    everyone = targets.named(sorted({name for names in WHO.values() for name in names.split()}))
    targets.make([t.program("fuzzer") for t in everyone], args.build)
    if args.tap:
        print(f"1..{len(chosen)}", flush=True)
    bad = 0
    for i, fault in enumerate(chosen, 1):
        old = next((a for a in answers.values() if a["sed"] == fault["sed"] and a["what"] == fault["what"]), None)
        if old and not args.again and (old["found"] or old["budget"] >= args.budget):
            continue
        answer = judge(fault, args.budget)
        run = answer["runs"][-1]
        bad += not answer["found"]
        took = f"{run['executions']} executions, {run['cpu']:.0f} s"
        says = (f"found: {fault['what']}: {run['target']}, {took}: {run['why']}"
                if answer["found"] else f"planted: {fault['what']}: not found in {args.budget:g} s")
        if args.tap:
            print(f"{'ok' if answer['found'] else 'not ok'} {i} - {says}", flush=True)
            continue
        targets.say(f"{fault['n']:3} {says}")
        answers[key(answer)] = answer
        keep(answers)
    if args.json:
        print(json.dumps(answers))
    return 1 if bad else 0
