#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries confined processes and looks at `metes run` from outside: `= NAME` before what was seen.
# usage: inside.sh PROGRAMS METES HELLO HOSTILE PLANTED CUT
#   PROGRAMS: lines `NAME PROGRAM LIST ARGUMENT...`; HOSTILE: a guest that by seed 7 loops, by 8 prints for ever; faults:
#   PLANTED makes one call more, CUT lets a signal cut a write short
metes=$2 hello=$3 hostile=$4 planted=$5 cut=$6
work=$(mktemp -d) || exit 71

while read -r name program list arguments; do
    echo "= $name"
    # shellcheck disable=SC2086 # words
    "$program" $arguments <"$list"
done <"$1"

# calls NAME COMMAND...: the calls that it makes after the filter stands; each process, too
calls() {
    name=$1
    shift
    strace -f -o "$work/trace" "$@" >"$work/o" 2>&1
    echo "= calls-$name"
    echo "status $?"
    awk '{ processes[$1] } on && match($2, /^[a-z_0-9]+\(/) { print "call", substr($2, 1, RLENGTH - 1) }
         /SIGRT_2/ && on { signalled = 1 } /seccomp\(SECCOMP_SET_MODE_FILTER/ { on = 1 }
         END { for (p in processes) print "process", p }' "$work/trace" | sort | uniq -c
}
calls hello "$metes" run "$hello"
calls json "$metes" run --json "$hello"
calls deadline "$metes" run "$hostile" --seed 7 --deadline 0.2

# While a guest loops: what the kernel says of its monitor.
"$metes" run "$hostile" --seed 7 --deadline 30 2>"$work/e" &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    grep -q '^Seccomp:.*2' /proc/$pid/status && break
    sleep 0.1
done
sleep 0.3
echo "= status"
cat /proc/$pid/status
echo "= descriptors"
ls /proc/$pid/fd
for fd in /proc/$pid/fd/*; do readlink "$fd"; done
echo "= threads"
ls /proc/$pid/task
echo "= limits"
cat /proc/$pid/limits
echo "= smaps"
cat /proc/$pid/smaps
kill $pid

# ends NAME COMMAND: its exit status, and its messages
ends() {
    echo "= ends-$1"
    sh -c "$2" 2>"$work/e"
    echo "status $?"
    cat "$work/e"
}
ends full "$metes run $hello >/dev/full"
ends full-json "$metes run --json $hello >/dev/full"
ends full-messages "$metes run $hostile --seed 0 2>/dev/full"
ends closed "$metes run $hello >&-"
ends closed-messages "$metes run $hostile --seed 0 2>&-"
ends closed-all "$metes run $hello <&- >&- 2>&-"
ends file "$metes run $hello >$work/file"
ends not-run "$metes run --json /dev/null"
ends planted "$planted run $hello"
mkfifo "$work/fifo"
ends gone "(: <$work/fifo) & exec $metes run $hostile --seed 8 --deadline 20 >$work/fifo"
# A pipe that is full until long after the deadline, whose signal then comes every 10 ms.
slow() {
    ends "$1" "(sleep 1; wc -c) <$work/fifo >$work/$1 & (head -c 65536 /dev/zero; exec $2) >$work/fifo; s=\$?; wait; exit \$s"
}
slow slow "$metes run $hostile --seed 8 --deadline 0.3"
slow slow-json "$metes run --json $hostile --seed 8 --deadline 0.3"
slow slow-planted "$cut run $hostile --seed 8 --deadline 0.3"
echo "= counts"
cat "$work/slow" "$work/slow-json"
if [ "${METES_MACHINE:-}" = emulated ]; then # it is thrown away: its files' modes may change
    chmod 666 /dev/kvm
    ends unprivileged "setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set=-all $metes run $hello >/dev/null"
fi
echo "= end"
rm -r "$work"
