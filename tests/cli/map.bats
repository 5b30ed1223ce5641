#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The picture of `metes layout`: right, 80 columns, plain where it must be plain.
bats_require_minimum_version 1.5.0
load common

drawn() {
    exits 0 tests/cli/map.py "$METES" "$@"
}

@test "every area stands where the second model has it" {
    for profile in hyperlight nub i686; do
        drawn --profile=$profile
        drawn --profile=$profile --code-size=65536 --init-data-size=5000 --pt-size=16384
        drawn --profile=$profile --code-size=1 --init-data-size=1 --init-data-permissions=rwx --file-mappings --irqchip
        drawn --profile=$profile --heap-size=123456789 --executable-heap --irqchip
        drawn --profile=$profile --input-data-size=10001 --output-data-size=20002 --pt-size=65536 --scratch-size=1048576
        drawn --profile=$profile --code-size=2000000000 --init-data-size=17 --scratch-size=2093056 --irqchip
    done
}

@test "the same in UTF-8" {
    LC_ALL=C.UTF-8 drawn --code-size=65536 --pt-size=16384 --irqchip
}

@test "the largest layouts fit 80 columns, in both character sets" {
    drawn --code-size=17179000000 --scratch-size=17179865088
    LC_ALL=C.UTF-8 drawn --code-size=17179000000 --scratch-size=17179865088
    drawn --scratch-size=81920 # nothing free but what must be
}

@test "ASCII unless the locale is UTF-8" {
    exits 0 "$METES" layout
    ascii
    LC_ALL=C.UTF-8 exits 0 "$METES" layout
    says "┌─ slot 1: scratch, writable"
}

# at_terminal VARIABLE=VALUE...: the map as a terminal gets it.
at_terminal() {
    exits 0 env TERM=xterm "$@" script -qec "'$METES' layout --code-size 64K" /dev/null
}

@test "colour on a terminal, by permission" {
    at_terminal A=b
    says $'\e[1;33mcode            rwx\e[0m'
    says $'\e[32mheap            rw-\e[0m'
    says $'\e[36mPEB             r--\e[0m'
    exits 0 "$METES" layout
    [[ $output != *$'\e'* ]]
}

@test "no colour with NO_COLOR, nor on a dumb terminal" {
    at_terminal NO_COLOR=1
    [[ $output != *$'\e'* ]]
    at_terminal TERM=dumb
    [[ $output != *$'\e'* ]]
    at_terminal NO_COLOR= # set but empty means nothing
    says $'\e[1;33m'
}

@test "null guard, holes, slots and the PEB's fields" {
    exits 0 "$METES" layout --profile nub --code-size 64K --file-mappings
    says "slot 0: snapshot, READONLY"
    says "slot 1: scratch, writable"
    [[ $output =~ 4\ KiB\ :\ null\ guard:\ never\ mapped\ +:\ 80\.0\ TiB ]]
    [[ $output =~ 64\.0\ GiB\ :\ no\ memory\ +:\ 12\.0\ GiB ]]
    says "The PEB at 0x500140010000 tells the guest"
    [[ $output =~ file\ mappings\ 0x500140010050\ +0\ of\ 32\ entries ]]
}
