# A file of the guest's: read, not written, and gone once somebody has cut it short.
set pagination off
set $peb = (unsigned long *)$rdi
break metes_serve
continue
set $file = ((struct metes_file_mapping *)$peb[9])->gva
x/s $file
print *(char *)$file = 33
shell truncate -s 0 build/tests/crash/out/files.txt
print *(char *)$file == 102
continue
