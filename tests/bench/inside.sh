# SPDX-License-Identifier: Apache-2.0
# What is measured in the exact machine, one boot: `name instructions` (of calls: thousandths of one).
set -e
b=build/tests/bench
$b/layout 20000 5
$b/layout-one-piece 20000 5 | tail -n 1
$b/functions 2000 3
$b/first bare 9 $b/bare
$b/first metes-run-hello 9 build/metes run build/guest/hello
# Exits to user space on the way: bare's are the bytes of its line.
echo "bare-exits $($b/bare | wc -c)"
build/metes run --json build/guest/hello | sed -n 's/.*"exits": *\([0-9]*\).*/metes-run-hello-exits \1/p'
$b/restore build/tests/snapshots/guest 9
