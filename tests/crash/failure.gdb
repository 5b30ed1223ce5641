# A guest that faults: gdb has it once more, where its fault found it.
set pagination off
continue
print $_siginfo
backtrace
print/x crasher_mark
print/x $rax
continue
info registers
