# What a person does with a guest: to its main, a look around, step by step, and on to its end.
set pagination off
info registers rip
break main
break metes_vprintf
continue
backtrace
stepi
print/x $pc - (unsigned long)&main
print *guest->peb
print/x *(unsigned long *)$rsp = *(unsigned long *)$rsp
print/x *(unsigned char *)$pc = 0xcc
print/x $r15 = 0x1234
print/x $r15
print $cs
next
next
continue
backtrace
delete
continue
