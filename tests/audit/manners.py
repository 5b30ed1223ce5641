# SPDX-License-Identifier: Apache-2.0
# What an audit does for those around it, no KVM needed: statuses, signals, terminals, files, and traces that are wrong.
import os
import pathlib
import pty
import signal
import subprocess
import tempfile
import time

METES = "build/metes"
LIMITS = '{"limits":{"gpa_end":4503599627370496,"host_end":140737488351232,"max_slots":32764,"spaces":2}}\n'
VM = '{"vm":1,"process":9,"name":"x","unseen":false}\n'
SLOT = '{"vm":1,"slot":0,"flags":0,"gpa":0,"size":4096,"host":4096,"private":false,"answer":0}\n'

# name, a trace, exit status, what is said
TRACES = (
    ("a whole one", LIMITS + VM + SLOT, 0, "sound: 1 VM, 1 change"),
    ("none", "", 65, "line 1: it is cut"),
    ("no limits", VM, 65, "line 1: limits: the first line says the limits"),
    ("a cut one", LIMITS + VM + SLOT[:-1], 65, "line 3: it is cut"),
    ("half a line", LIMITS + VM[:20] + "\n", 65, "line 2: "),
    ("an unknown VM", LIMITS + SLOT, 65, "line 2: vm: the VMs come in the order"),
    ("a VM too early", LIMITS + VM.replace(":1,", ":2,", 1), 65, "line 2: vm: the VMs come in the order"),
    ("a key twice", LIMITS + VM + SLOT.replace('"gpa"', '"gpa":1,"gpa"'), 65, "line 3: a key too many"),
    ("a strange key", LIMITS + VM.replace("{", '{"more":1,'), 65, "line 2: a key too many"),
    ("a strange limit", LIMITS.replace('"spaces"', '"x":1,"spaces"'), 65, "line 1: a key too many"),
    ("a number too large", LIMITS + VM + SLOT.replace("4096", "18446744073709551616", 1), 65,
     "line 3: a number that does not fit"),
    ("a flag too large", LIMITS + VM + SLOT.replace('"flags":0', '"flags":4294967296'), 65, "line 3: flags: too large"),
    ("a name too long", LIMITS + VM.replace('"x"', f'"{"x" * 40}"'), 65, "line 2: name: 31 printable"),
    ("a word for a number", LIMITS + VM + SLOT.replace('"gpa":0', '"gpa":"0"'), 65, "line 3: gpa: expected a number"),
    ("a number for a word", LIMITS + VM.replace('"x"', "7"), 65, "line 2: name: expected a string"),
    ("a number for a truth", LIMITS + VM.replace("false", "0"), 65, "line 2: unseen: expected true or false"),
    ("what KVM does not keep", LIMITS + VM + '{"vm":1,"own":"hpet","gpa":0,"answer":0}\n', 65,
     "line 3: own: KVM keeps no such thing"),
    ("a change that was not read", LIMITS + VM + '{"vm":1,"unread":true,"answer":0}\n', 71, "1 could not be read"),
    ("private memory", LIMITS + VM + SLOT.replace("false", "true"), 0, "slot 0, GUEST_MEMFD"),
    ("an empty VM", LIMITS + VM, 0, "sound: 1 VM, 0 changes"),
    ("no VM", LIMITS, 0, "no VM was made"),
)


STATUSES = (
    ("its own", ["sh", "-c", "exit 7"], 7),
    ("0", ["true"], 0),
    ("by a signal", ["sh", "-c", "kill -TERM $$"], -15),
    ("of one killed", ["sh", "-c", "kill -KILL $$"], -9),
    ("of no program", ["no/such"], 66),
    ("of what is none", ["/etc/passwd"], 77),
    ("of no command", [], 64),
    ("of a strange option", ["--strange", "true"], 64),
)
NOTHING = '{"sound":true,"complete":true,"changes":0,"broken":0,"unexplained":0,"vms":[]}\n'
# What a program can see of itself.
LOOK = """grep -E '^(Sig(Blk|Ign|Cgt)|ShdPnd|NoNewPrivs|CapEff|Groups)' /proc/self/status; ls /proc/self/fd | wc -l
env | sort; umask; ulimit -a; ps -o pgid= -o sid= -p $$"""


def run(*argv, **more):
    return subprocess.run([METES, "audit", *argv], capture_output=True, text=True, check=False, timeout=60, **more)


def of_statuses():
    for name, argv, want in STATUSES:
        done = run(*argv)
        yield f"exit status {name}: {want}", [] if done.returncode == want else [str(done.returncode), done.stderr]
    done = run("-o", "/dev/full", "true")
    yield "a report that cannot be written: 74", (
        [] if done.returncode == 74 and "No space left" in done.stderr else [done.stderr])
    done = run("--record", "/no/such/trace", "touch", "build/tests/audit/never")
    yield "a trace that cannot be opened: 74, and nothing is run", (
        [] if done.returncode == 74 and not os.path.exists("build/tests/audit/never") else [done.stderr])
    done = run("--json", "-o", "-", "--", "sh", "-c", "exit 0", "--json")
    yield "options behind the command are its own", [] if done.stdout == NOTHING else [done.stdout]


def of_nothing_changed():
    """What a program can see of itself is as without an audit."""
    look = ["sh", "-c", LOOK if os.geteuid() == 0 else LOOK.replace("|NoNewPrivs", "")]  # without privileges it has to be
    for name, more in (("", {}), (", with signals ignored", {"restore_signals": False}),
                       (", without standard input", {"stdin": subprocess.DEVNULL})):
        plain = subprocess.run(look, capture_output=True, text=True, check=False, **more).stdout
        done = run("-o", "/dev/null", "--", *look, **more).stdout
        lost = [line for line in plain.splitlines() if line not in done.splitlines()]
        yield "nothing is changed" + name, lost if plain.count("\n") == done.count("\n") else [plain, done]
    many = "for i in 1 2 3 4 5 6 7 8; do (for j in 1 2 3; do /bin/echo $i | cat; done) & done; wait"
    done = run("-o", "/dev/null", "--", "sh", "-c", many)
    yield "children of children, side by side", [] if len(done.stdout.split()) == 24 and done.returncode == 0 else [done.stdout]


def wait_for(path):
    """Whether it is there within a minute."""
    for _ in range(1200):
        if os.path.exists(path):
            return True
        time.sleep(0.05)
    return False


def of_signals():
    with tempfile.TemporaryDirectory() as folder:
        for number, want in ((signal.SIGTERM, 5), (signal.SIGINT, 5), (signal.SIGUSR1, 5)):
            mark = f"{folder}/{number}"
            script = f"trap 'exit 5' {int(number)}; touch {mark}; while :; do sleep 0.05; done"
            with subprocess.Popen([METES, "audit", "-o", "/dev/null", "--", "sh", "-c", script]) as process:
                there = wait_for(mark)
                process.send_signal(number)
                status = process.wait(30)
            yield f"{number.name} to the audit is the program's", [] if there and status == want else [str(status)]
        mark = f"{folder}/killed"
        script = f"echo $$ >{mark}.new; mv {mark}.new {mark}; exec sleep 60"
        with subprocess.Popen([METES, "audit", "-o", "/dev/null", "--", "sh", "-c", script]) as process:
            there = wait_for(mark)
            process.kill()
            process.wait(30)
        pid = int(open(mark).read()) if there else 0
        time.sleep(0.2)
        yield "an audit that is killed leaves no program behind", (
            [] if there and not os.path.exists(f"/proc/{pid}/exe") else ["it is still there"])


def lead(folder, argv):
    """What a shell does at its terminal: a job in the foreground, which is waited for, continued, and waited for."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    os.setpgid(job, job)
    if job == 0:
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(METES, argv)
    first = os.waitpid(job, os.WUNTRACED)[1]
    pathlib.Path(folder, "first").write_text(str(first))
    if os.WIFSTOPPED(first):
        time.sleep(0.3)
        os.killpg(job, signal.SIGCONT)
        pathlib.Path(folder, "second").write_text(str(os.waitpid(job, 0)[1]))
    os._exit(0)


def of_terminals():
    """^C and ^Z at a terminal: the program has them once, and the audit tells its end."""
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        script = (f"trap 'n=$((n+1))' INT; touch {at}/there; while [ -z \"$n\" ]; do sleep 0.05; done; sleep 0.3; "
                  "exit $((40 + n))")
        pid, terminal = pty.fork()
        if pid == 0:
            lead(folder, [METES, "audit", "-o", f"{at}/report", "--", "sh", "-c", script])
        wait_for(at / "there")
        os.write(terminal, b"\x1a")
        wait_for(at / "first")
        time.sleep(0.6)
        os.write(terminal, b"\x03")
        wait_for(at / "second")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
        first, second = (int((at / name).read_text() if (at / name).exists() else "-1") for name in ("first", "second"))
        report = (at / "report").read_text()
        yield "^Z stops both, and they go on", [] if os.WIFSTOPPED(first) else [f"wait status {first:#x}"]
        yield "^C is the program's, once, and the audit has its end", (
            [] if second >> 8 == 41 and "no VM was made" in report else [f"{second:#x}", report])


def of_traces():
    for name, trace, status, words in TRACES:
        for json in ([], ["--json"]):
            done = subprocess.run([METES, "check", "--trace", *json, "-"], input=trace, capture_output=True, text=True,
                                  check=False)
            said = done.stdout.endswith("}\n") if json else words in done.stdout + done.stderr
            yield f"a trace{', as JSON' if json else ''}: {name}: {status}", (
                [] if said and done.returncode == status else [str(done.returncode), done.stdout, done.stderr])


def checks():
    for part in (of_statuses, of_nothing_changed, of_signals, of_terminals, of_traces):
        yield from part()
