/* SPDX-License-Identifier: Apache-2.0
 * The guest's first instructions, the entries of its exceptions, and the way back from a tried fault. */
    .text

/* rdi PEB, rsi seed, rdx page size, rcx log level, rsp the exception stack. */
    .globl _start
_start:
    xorl    %ebp, %ebp
    cld
    movq    %rsp, %r8
    andq    $-16, %rsp
    call    kit_boot            /* the kit's page, and the main stack in rax */
    movq    %rax, %rsp
    call    kit_main
    ud2

/* Halts with the dispatch function in rax and this stack in rsp; who runs it on gets the same again. */
    .globl kit_ready
kit_ready:
    andq    $-16, %rsp
1:  leaq    kit_dispatch(%rip), %rax
    hlt
    jmp     1b
kit_dispatch:
    xorl    %ebp, %ebp
    cld
    call    kit_answer
    jmp     1b

/* Every entry leaves an error code and its vector; 8, 10 to 14, 17, 21, 29 and 30 bring their own code. */
    .globl kit_vectors
    .balign 16
kit_vectors:
    .set    vector, 0
    .rept   32
    .balign 16
    .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21 && vector != 29 && vector != 30
    pushq   $0
    .endif
    pushq   $vector
    jmp     kit_entry
    .set    vector, vector + 1
    .endr

kit_entry:
    .irp    reg, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    pushq   %\reg
    .endr
    cld
    movq    %rsp, %rdi
    movq    %rsp, %rbp
    andq    $-16, %rsp
    call    kit_exception
    movq    %rbp, %rsp
    .irp    reg, r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax
    popq    %\reg
    .endr
    addq    $16, %rsp
    iretq

/* bool kit_try(f, argument, rsp): true where f came back, false through kit_try_failed. */
    .globl kit_try
kit_try:
    .irp    reg, rbx, rbp, r12, r13, r14, r15
    pushq   %\reg
    .endr
    subq    $8, %rsp
    movq    %rsp, (%rdx)
    movq    %rdi, %rax
    movq    %rsi, %rdi
    call    *%rax
    movl    $1, %eax
    jmp     1f
    .globl kit_try_failed
kit_try_failed:
    cld
    xorl    %eax, %eax
1:  addq    $8, %rsp
    .irp    reg, r15, r14, r13, r12, rbp, rbx
    popq    %\reg
    .endr
    ret

    .section .note.GNU-stack, "", @progbits
