#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Inside the machine: crashes and their cores, then debuggers. What came of each goes to files, for tests/crash/check.
# usage: inside.sh METES GUEST HELLO CLIENT FILES POKER OUT SEEDS PLANTED:SEED...
metes=$1 guest=$2 hello=$3 client=$4 files=$5 poker=$6 out=$7 seeds=$8
shift 8
mkdir -p "$out"
ifconfig lo up 2>/dev/null # the emulated machine has no network yet
export HOME=/tmp SHELL=/bin/sh
for seed in $seeds; do
    "$metes" run "$guest" --seed "$seed" --deadline 0.3 --json --core "$out/$seed.core" >"$out/$seed.json" 2>"$out/$seed.err"
    echo $? >"$out/$seed.status"
done
"$metes" run "$hello" --core "$out/well.core" >"$out/well.out" 2>&1
echo $? >"$out/well.status"
"$metes" run "$guest" --seed 0 --core /dev/full >"$out/full.out" 2>&1
echo $? >"$out/full.status"
"$metes" run "$guest" --seed 0 --core "$out/no/such" >"$out/nowhere.out" 2>&1
echo $? >"$out/nowhere.status"
# One that fails where a file is mapped: its page is in the core.
printf 'first line\nsecond\n' >"$out/files.txt"
cp "$out/files.txt" "$out/poked.txt"
printf one >"$out/one"
# poked METES NAME
poked() {
    "$1" run "$poker" --map "$out/poked.txt@one" --call poke --input "$out/one" --json --core "$out/$2.core" >"$out/$2.json" 2>"$out/$2.err"
    echo $? >"$out/$2.status"
}
poked "$metes" poked
echo "# crashes: at $(cut -d" " -f1 /proc/uptime) s"
for planted; do
    seed=${planted##*:}
    name=$(basename "${planted%:*}").$seed
    if [ "$seed" = poked ]; then
        poked "${planted%:*}" "$name"
        continue
    fi
    "${planted%:*}" run "$guest" --seed "$seed" --json --core "$out/$name.core" >"$out/$name.json" 2>"$out/$name.err"
done

more= # words for `metes run`
# debugged NAME WHERE GUEST SEED COMMAND...: the guest under a debugger that is called so.
debugged() {
    name=$1 where=$2 program=$3 seed=$4
    shift 4
    # shellcheck disable=SC2086 # none, or two words
    timeout 40 "$metes" run "$program" $more --seed "$seed" --gdb "$where" --core "$out/$name.core" >"$out/$name.out" 2>"$out/$name.err" &
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -qs waits "$out/$name.err" && break
        sleep 0.2
    done
    timeout 20 "$@" >"$out/$name.gdb" 2>&1
    wait $!
    echo $? >"$out/$name.status"
    echo "# $name: at $(cut -d" " -f1 /proc/uptime) s"
}

debugged packets 4321 "$hello" 0 "$client" 4321 '?' qSupported:xmlRegisters=i386 g p10 p7 p12 p18 p63 'P0=efcdab8967452301' p0 P18=00000000 \
    m1000,4 m0,4 mffffffffffffff00,8 mfffffffffffffffc,8 M1000,1:00 M1000,2:00 Z0,20c0,1 Z1,2,1 Z0,3,1 Z0,4,1 Z0,5,1 z0,3,1 Z0,5,1 \
    Z2,5000,3 Z9,1,1 'qXfer:features:read:target.xml:0,20' 'qXfer:features:read:target.xml:fffff,20' 'qXfer:auxv:read::0,100' \
    vCont? "$(head -c 5000 /dev/zero | tr '\0' m)" '=$g#00' qC '=-' '<' H1 s s p10 D
debugged noise "$out/noise.sock" "$hello" 0 "$client" "$out/noise.sock" ~60000
debugged interrupt 4323 "$guest" 18 "$client" 4323 '&c' '^' p10 s '&c' '^' k
debugged gone 4324 "$guest" 18 "$client" 4324 '&c'

# commands FILE: each line a command of its own, so that one that fails is not the last.
commands() {
    while read -r line; do
        echo "$line" | grep -q '^#' || printf " -ex '%s'" "$line"
    done <"$1"
}
debugged session "$out/g.sock" "$hello" 0 \
    sh -c "gdb -nx -batch -ex 'target remote $out/g.sock' $(commands tests/crash/session.gdb) $hello"
debugged failure 4322 "$guest" 0 \
    sh -c "gdb -nx -batch -ex 'target remote 127.0.0.1:4322' $(commands tests/crash/failure.gdb) $guest"
more="--map $out/files.txt@one"
debugged files "$out/f.sock" "$files" 0 \
    sh -c "gdb -nx -batch -ex 'target remote $out/f.sock' $(commands tests/crash/files.gdb) $files"
ls "$out" >"$out/names"
