#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The same guests again and again, in processes that differ in what should not matter: `= NAME` before what was seen.
# usage: memory.sh FOLDER HELLO HOSTILE PROCESSES RUNS PLANTED...
folder=$1 hello=$2 hostile=$3 processes=$4 runs=$5
shift 5
work=$(mktemp -d) || exit 71
if [ "${METES_MACHINE:-}" = emulated ]; then # which boots without
    echo 2 >/proc/sys/kernel/randomize_va_space
fi

# seen NAME GUEST RSI SEED
seen() {
    NOISE=$(head -c $(($4 * 113)) /dev/zero | tr '\0' x) MALLOC_PERTURB_=$(($4 * 41 % 256)) \
        "$folder/seen" run "$2" "$3" "$runs" "$4" >>"$work/$1" 2>>"$work/$1-at"
}
i=0
while [ $((i += 3)) -le "$processes" ]; do
    seen hlt "$hostile" 1 $i
    seen exhaust "$hostile" 20 $((i + 1))
    seen hello "$hello" 0 $((i + 2))
done
cd "$work" || exit 71
for name in *; do
    echo "= $name"
    cat "$name"
done
cd "$OLDPWD" || exit 71
echo "= sealed"
"$folder/sealed" "$hostile" 23
for planted; do
    echo "= sealed-$(basename "$planted")"
    "$planted" "$hostile" 2
done
echo "= end"
rm -r "$work"
