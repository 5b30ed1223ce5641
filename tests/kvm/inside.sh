#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command for each line of a list, `NAME COMMAND...`, and prints what came of it:
#   = NAME STATUS, then its output with `o ` and its messages with `e ` before each line.
# usage: inside.sh METES LIST GUEST
metes=$1
work=$(mktemp -d) || exit 71

# say NAME COMMAND...
say() {
    name=$1
    shift
    "$@" >"$work/o" 2>"$work/e" </dev/null
    echo "= $name $?"
    awk '{ print "o " $0 }' "$work/o" # ends a last line that has no end
    awk '{ print "e " $0 }' "$work/e"
}

while read -r name command; do
    # shellcheck disable=SC2086 # the list holds words
    say "$name" $command
done <"$2"

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
