# SPDX-License-Identifier: Apache-2.0
# What the monitor costs: `name nanoseconds`, in the exact machine instructions; `name-exits`, to user space.
set -e
b=build/tests/bench
hello=build/guest/hello
$b/first bare 9 $b/bare
$b/first metes-run-hello 9 build/metes run $hello
$b/first planted:metes-run-hello 9 $b/metes-slow run $hello
echo "bare-exits $($b/bare --exits)"
$b/sandbox $hello
$b/messages build/guest/calc
$b/restore build/tests/snapshots/guest 5
$b/clones build/guest/calc
