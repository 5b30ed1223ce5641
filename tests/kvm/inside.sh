#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command for each line of a list, `NAME COMMAND...`, and prints what came of it:
#   = NAME STATUS, then its output with `o ` and its messages with `e ` before each line.
# usage: inside.sh METES LIST GUEST
metes=$1
work=$(mktemp -d) || exit 71

# tell NAME STATUS
tell() {
    echo "= $1 $2"
    awk '{ print (FILENAME ~ /o$/ ? "o " : "e ") $0 }' "$work/o" "$work/e" # ends a line that has no end
}

# say NAME COMMAND...
say() {
    name=$1
    shift
    "$@" >"$work/o" 2>"$work/e" </dev/null
    tell "$name" $?
}

while read -r name command; do
    # shellcheck disable=SC2086 # the list holds words
    say "$name" $command
done <"$2"

say too-little-memory sh -c "ulimit -v 200000; exec $metes run $3 --heap-size 1G"
"$metes" run "$3" >/dev/full 2>"$work/e"
status=$?
: >"$work/o"
tell full $status

# In the emulated machine, which is thrown away, /dev/kvm may be taken from others and then removed.
if [ "${METES_MACHINE:-}" = emulated ]; then
    chmod 600 /dev/kvm
    chmod 755 "$work"
    say no-permission setpriv --reuid 65534 --regid 65534 --clear-groups "$metes" run "$3"
    say doctor-no-permission setpriv --reuid 65534 --regid 65534 --clear-groups "$metes" doctor --json
    rm /dev/kvm
    say no-kvm "$metes" run "$3"
    say doctor-no-kvm "$metes" doctor --json
fi
echo "= end 0"
rm -r "$work"
