/* SPDX-License-Identifier: Apache-2.0
 * A small program for the linker to make images of: code, constants, data with addresses in it, bss. */
static const char words[] = "metes and bounds";
static const char *pointers[] = {words, words + 6, words + 10};
static char bss[5000];
static volatile unsigned long seen;

void _start(void);
void _start(void)
{
  for (unsigned long i = 0; i < sizeof bss; i++)
    bss[i] = pointers[i % 3][i % 4];
  seen = (unsigned long)bss[seen % sizeof bss];
  for (;;)
    ;
}
