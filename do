#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The door for people: installs what is missing, by package name, then calls ninja. Builds nothing itself.
set -u
cd "$(dirname "$(readlink -f "$0")")" || exit 1

# What each kind of work needs, as packages of Debian 12.
declare -A packages=(
    [build]="gcc libc6-dev ninja-build pkg-config libjson-c-dev libseccomp-dev python3"
    [kvm]="qemu-system-x86 busybox-static"
    [prove]="frama-c-base why3 clang-19"
    [fresh]="z3 cvc4 cvc5"
    [fuzz]="clang-19 libclang-rt-19-dev llvm-19 libelf-dev"
    [afl]="afl++ libclang-rt-14-dev rsync zlib1g-dev"
    [foreign]="gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross
        gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user musl-tools"
    [rust]="cargo-web rust-web-clippy rustfmt-web"
    [test]="libcmocka-dev bats iproute2 systemd jq gcovr gdb strace g++ tcc pcc cmake abigail-tools
        debhelper lintian mandoc"
)

help() {
    cat <<'END'
examples:
  ./do demo                        the whole story in a minute: a proof, a layout, a guest on KVM, ten seconds of fuzzing
  ./do test                        everything that must pass; ends with "N passed, N failed"
  ./do prove                       replay every proof from the committed cache, without a prover
  ./do prove core/layout.c         replay one file, or one function by its name
  ./do prove --fresh               prove everything from nothing
  ./do prove --fresh --strict      ... and ask two provers for every goal

usage: ./do COMMAND
  demo      replay the layout's proof, lay out a guest and show its map, boot it, fuzz for ten seconds
  test      build and run all tests                                        (ninja check)
  prove     [--fresh [--strict]] [FILE|FUNCTION] check the proofs          (ninja prove, ninja prove-fresh)
  fuzz      [COMMAND] run the fuzz targets; ./do fuzz --help says what else (fuzz/metes-fuzz)
  bench     measure, beside the floor and the peers                        (ninja bench)
  doctor    say what this machine can do, and what to do about the rest    (ninja doctor)
  help      this text

Missing packages are installed with apt-get, with sudo if you are not root. METES_INSTALL=no leaves that to you.
METES_KVM=host|emulated|auto says where guests run: on this machine's /dev/kvm or inside QEMU. NO_COLOR is respected.
END
}

say() {
    if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
        printf '\033[1m%s\033[0m\n' "do: $*" >&2
    else
        printf 'do: %s\n' "$*" >&2
    fi
}

stop() {
    say "$*"
    exit 1
}

# The packages among the arguments that are not installed.
missing() {
    local name
    for name; do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        stop "this needs root and there is no sudo; as root: $*"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Lock::Timeout=300 "$@" >&2
}

update() {
    say "reading the package lists (apt-get update)"
    apt update || stop "apt-get update failed: is there a network?"
}

# need GROUP...: installs what the groups lack. Silent when nothing is missing.
need() {
    local group all=() lack
    for group; do
        # shellcheck disable=SC2206 # a list of words
        all+=(${packages[$group]})
    done
    [ "${METES_INSTALL:-}" = no ] && return
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        say "this system has no apt-get. Install, under the names they have here:"
        printf '  %s\n' "${all[@]}" >&2
        stop "then call this again with METES_INSTALL=no, or ninja directly"
    fi
    mapfile -t lack < <(missing "${all[@]}")
    [ ${#lack[@]} = 0 ] && return
    say "installing ${lack[*]}"
    apt-get -s -qq install --no-install-recommends "${lack[@]}" >/dev/null 2>&1 || update
    apt install --no-install-recommends -y "${lack[@]}" && return
    update # the lists were there but old
    apt install --no-install-recommends -y "${lack[@]}" || stop "could not install ${lack[*]}"
}

# The emulated machine fetches a kernel package by apt-get, which needs package lists but no root.
need_kvm_machine() {
    need "$@" kvm
    [ -e build/machine/vmlinux ] || [ "${METES_INSTALL:-}" = no ] || apt-cache show linux-image-amd64 >/dev/null 2>&1 ||
        update
}

# Any cargo will do; its crates it fetches itself, when they are built.
need_rust() {
    command -v cargo >/dev/null || need rust
}

# run TARGET: what is behind every command.
run() {
    say "ninja $1"
    ninja "$1"
    local status=$?
    say "$1 took ${SECONDS} s"
    return $status
}

# As run, but the last line is the tests' own "N passed, N failed", also where ninja has more to say after a failure.
run_tests() {
    say "ninja check"
    ninja -k 0 check | awk '
        /^[0-9]+ passed, [0-9]+ failed$/ { last = $0; next }
        { print; fflush() }
        END { if (!last) { print "do: stopped before the tests were counted"; last = "0 passed, 1 failed" }
              print last; exit last !~ / 0 failed$/ }'
    local status=("${PIPESTATUS[@]}")
    return $((status[0] ? status[0] : status[1]))
}

prove() {
    local target=prove groups=(build prove)
    if [ "${1:-}" = --fresh ]; then
        target=prove-fresh
        groups+=(fresh)
        shift
        if [ "${1:-}" = --strict ]; then # read by ninja prove-fresh and proofs/prove-one
            export METES_PROVE_STRICT=1
            shift
        fi
    fi
    if [ $# -gt 1 ]; then
        help >&2
        exit 64
    fi
    need "${groups[@]}"
    if [ $# = 1 ]; then # read by proofs/prove-one
        [ $target = prove ] && export METES_PROVE_MODE=replay || export METES_PROVE_MODE=fresh
        METES_PROVE_ONLY=$1 run prove-one
    else
        run $target
    fi
}

fuzz() {
    local groups=(build fuzz)
    case " $* " in *" afl "* | *" --engine=afl "*) groups+=(afl) ;; esac
    need "${groups[@]}"
    fuzz/metes-fuzz "$@"
}

command=${1:-help}
[ $# -gt 0 ] && shift
if [ $# -gt 0 ] && [ "$command" != prove ] && [ "$command" != fuzz ]; then
    help >&2
    exit 64
fi
case $command in
demo) need_kvm_machine build prove fuzz && run demo ;;
test) need_kvm_machine build prove fresh fuzz afl test foreign && need_rust && run_tests ;;
prove) prove "$@" ;;
fuzz) fuzz "$@" ;;
bench) need_kvm_machine build && run bench ;;
doctor) need build && run doctor ;;
help | -h | --help) help ;;
*)
    help >&2
    exit 64
    ;;
esac
