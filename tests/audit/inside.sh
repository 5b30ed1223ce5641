#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the audit's suite does on KVM, all in one boot: tests/audit/check looks at the files that are left in OUT.
# usage: inside.sh METES BROKEN GUEST ROM DISK OUT PLANTED...
metes=$1 broken=$2 guest=$3 rom=$4 disk=$5 out=$6
shift 6
mkdir -p "$out"

# audited NAME COMMAND...: what the command says, what the audit says, as text and again from its trace.
audited() {
    name=$1
    shift
    "$metes" audit -o "$out/$name.report" --record "$out/$name.trace" --svg "$out/$name.svg" -- "$@" \
        >"$out/$name.out" 2>"$out/$name.err" </dev/null
    echo $? >"$out/$name.status"
}

"$broken" >"$out/plain.out"
echo $? >"$out/plain.status"
audited broken "$broken"
"$metes" audit --json -o "$out/broken.json" -- "$broken" >"$out/json.out"
audited hello "$metes" run "$guest"
"$metes" run "$guest" >"$out/hello.plain"

# QEMU says itself what it asks of KVM. More memory than the machine has may be asked for: it is not used.
[ "${METES_MACHINE:-}" = emulated ] && echo 1 >/proc/sys/vm/overcommit_memory
qemu() {
    name=$1 machine=$2 memory=$3
    shift 3
    audited "$name" qemu-system-x86_64 -accel kvm -M "$machine" -m "$memory" -nodefaults -no-user-config -display none \
        -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 -trace enable=kvm_set_user_memory -D "$out/$name.log" "$@"
}
drive="-drive if=none,id=d,format=raw,file=$disk -device virtio-blk-pci,drive=d"
qemu pc-64M pc 64M $drive
qemu q35-256M q35 256M $drive
qemu pc-5G pc 5G -bios "$rom"
qemu q35-5G q35 5G -bios "$rom"
qemu microvm-64M microvm 64M -bios "$rom"
qemu microvm-256M microvm 256M -bios "$rom"

for planted; do
    name=$(basename "$planted")
    "$planted" audit --json -o "$out/$name.json" -- "$broken" >"$out/$name.out" 2>"$out/$name.err"
    echo $? >"$out/$name.status"
done
exit 0
