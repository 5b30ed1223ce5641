#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a guest again and again, each time with one system call of the monitor made to fail by strace. For each prints
#   = CALL N ERRNO STATUS WHAT, then its messages with `e ` before each line.
# Which calls: see below, a sample of those that a first run makes after the loader; `t ` shows all of that run.
# usage: inject.sh METES GUEST
metes=$1
guest=$2
work=$(mktemp -d) || exit 71

errnos_of() {
    case $1 in
    openat) echo EMFILE EACCES ENXIO ;;
    read) echo EIO EISDIR EINTR ;;
    write) echo ENOSPC EPIPE EIO ;;
    close) echo EIO EINTR ;;
    mmap) echo ENOMEM EAGAIN EPERM ;;
    mprotect) echo ENOMEM EACCES ;;
    munmap) echo EINVAL ENOMEM ;;
    ioctl) echo EFAULT ENOMEM EINTR EINVAL EIO ;;
    timer_create) echo EAGAIN ENOMEM ;;
    memfd_create) echo EMFILE ENOMEM ;;
    *) echo EINVAL ;;
    esac
}

# one CALL N ERRNO WHAT
one() {
    timeout 20 strace -f --seccomp-bpf -o /dev/null -e "trace=$1" -e "inject=$1:error=$3:when=$2" \
        "$metes" run "$guest" >/dev/null 2>"$work/e" </dev/null
    echo "= $1 $2 $3 $? $4"
    sed 's/^/e /' "$work/e"
}

strace -o "$work/trace" "$metes" run "$guest" >/dev/null 2>&1
echo "= none 0 OK $? -"
sed 's/[^ -~]/?/g; s/^/t /' "$work/trace"
# The loader's calls come before main, which begins with fcntl of descriptor 0. Of those that are many alike: the first
# two entries into the guest, writes and questions; every other mprotect and munmap. None of libc's own.
awk -F'(' '{ n[$1]++ }
    /^fcntl\(0, F_GETFD/ { on = 1 }
    !on || !/^[a-z_0-9]+\(/ || /^(exit_group|rt_sigreturn|execve|getrandom|brk|gettid|getpid)/ || /locale|SIGPIPE/ { next }
    {
        what = $0
        sub(/^[a-z_0-9]+\([0-9]*,? ?/, "", what)
        sub(/[,)].*/, "", what)
        if ($1 != "ioctl")
            what = $1 ~ /^(read|write|close)$/ ? substr($2, 1, 1) : "-"
        if ($1 == "openat") {
            split($0, quoted, "\"")
            what = quoted[2]
        }
        gsub(/[^-A-Za-z0-9_\/.]/, "", what)
        many = ++alike[$1 what]
        if (($1 ~ /^(ioctl|write)$/ && many <= 2) || ($1 ~ /^(mprotect|munmap)$/ && many % 2) || \
            $1 !~ /^(ioctl|write|mprotect|munmap)$/)
            print $1, n[$1], what
    }' "$work/trace" >"$work/calls"
turn=0
while read -r name n what; do
    turn=$((turn + 1))
    # shellcheck disable=SC2046 # words
    set -- $(errnos_of "$name")
    shift $((turn % $#))
    one "$name" "$n" "$1" "$what"
done <"$work/calls"
echo "= end 0 OK 0 -"
rm -r "$work"
