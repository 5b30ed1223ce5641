/* SPDX-License-Identifier: Apache-2.0
 * A guest that is called and does with the buffers what the call tells it to; by its seed it is not ready at all. */
#include "vmm/guest/kit.h"

#include "core/message.h"

static const struct metes_guest *guest;
static const uint8_t *given;
static size_t n_given;
static uint64_t stack;

static void copy(void *to, const void *from, size_t n)
{
  for (size_t i = 0; i < n; i++)
    ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

static void call_port(void)
{
  __asm__ volatile("outb %0, %1" : : "a"((uint8_t)0), "d"((uint16_t)METES_PORT_CALL) : "memory");
}

/* Halts where it stands, with no answer of the kit's. When it is run on, it is as ready as at first. */
static _Noreturn void rest(void)
{
  __asm__ volatile("hlt\n\tmov %0, %%rsp\n\tjmp kit_ready" : : "r"(stack) : "memory");
  __builtin_unreachable();
}

static _Noreturn void again(void)
{
  __asm__ volatile("mov %0, %%rsp\n\tjmp kit_ready" : : "r"(stack) : "memory");
  __builtin_unreachable();
}

static uint32_t poke(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)a;
  copy((void *)guest->peb->output_gva, argument, n);
  rest();
}

/* The same, and calls the host. Where it goes on, it tells what is on its input buffer then. */
static uint32_t poke_out(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  struct metes_element e;
  struct kit_message m;

  copy((void *)guest->peb->output_gva, argument, n);
  call_port();
  if (!kit_top(&e, &m)) /* run on after a bad end */
    again();
  metes_say(a, 0, "kind %u code %u: ", m.kind, m.code);
  for (size_t i = 0; i < m.n && a->size < a->room; i++)
    a->at[a->size++] = m.payload[i];
  kit_pop(e);
  return 0;
}

/* A good call of the host's, with this stack pointer in the input buffer. */
static uint32_t no_room(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  const struct kit_message call = {.kind = METES_MESSAGE_CALL, .name = "echo", .name_length = 4};

  (void)a;
  kit_push(&call);
  copy((void *)guest->peb->input_gva, argument, n);
  call_port();
  again();
}

/* A good answer, and the same for the next call. */
static uint32_t spoil(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  const struct kit_message result = {.kind = METES_MESSAGE_RESULT};

  (void)a;
  kit_push(&result);
  copy((void *)guest->peb->input_gva, argument, n);
  rest();
}

static uint32_t storm(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  do
    a->size = 0;
  while (metes_call_host("echo", argument, n, a) == 0);
  return 8;
}

/* A thousand calls, one within this one each, which it still knows. */
static uint32_t many(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  for (unsigned i = 0; i < 1000; i++) {
    a->size = 0;
    if (metes_call_host("echo", argument, n, a) != 0 || a->size != n)
      return metes_say(a, 5, "call %u: %lu bytes", i, a->size);
    for (size_t k = 0; k < n; k++)
      if (a->at[k] != argument[k])
        return metes_say(a, 6, "call %u: byte %lu", i, k);
  }
  return 0;
}

/* Calls the function of the host that the argument names, with no argument. */
static uint32_t by_name(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  char name[65] = "";
  uint32_t code;

  copy(name, argument, n < 64 ? n : 64);
  code = metes_call_host(name, NULL, 0, a);
  return code != METES_ERROR_TOO_LONG || a->size <= a->room ? code : metes_say(a, code, "-");
}

/* Uses the port in another way: two calls by one string instruction, one by a word; or reads from it. */
static uint32_t port(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  const struct kit_message call = {.kind = METES_MESSAGE_CALL, .name = "echo", .name_length = 4,
                                   .payload = argument, .n = n};
  const uint8_t *from = argument;
  uint64_t count = 2;
  struct metes_element e;
  struct kit_message m;

  kit_push(&call);
  if (argument[0] == 'i')
    __asm__ volatile("inb %%dx, %%al" : : "d"((uint16_t)METES_PORT_CALL) : "rax", "memory");
  if (argument[0] == 'l')
    __asm__ volatile("outl %%eax, %%dx" : : "a"(0x01020304), "d"((uint16_t)METES_PORT_CALL) : "memory");
  if (argument[0] == 'r') {
    kit_push(&call);
    __asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"((uint16_t)METES_PORT_CALL) : "memory");
  }
  for (; kit_top(&e, &m) && m.kind == METES_MESSAGE_RESULT; kit_pop(e))
    metes_say(a, 0, "%lu ", m.n);
  return 0;
}

static uint32_t started(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)argument, (void)n;
  copy(a->at, given, n_given);
  a->size = n_given;
  return given == NULL ? 4 : 0;
}

static uint32_t end(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  (void)n, (void)a;
  switch (argument[0]) {
  case '0': metes_halt(0);
  case '3': metes_halt(3);
  case 'f': __asm__ volatile("movb $1, 8"); break;
  case 'l': __asm__ volatile("1: jmp 1b"); break;
  case 'h': rest();
  case 't': __asm__ volatile("push $0\n\tpush $0\n\tlidt (%rsp)\n\tud2");
            break;
  default: metes_abort(argument[0], "told to");
  }
  __builtin_unreachable();
}

/* As many bytes as the argument says, in decimal digits. */
static uint32_t large(const uint8_t *argument, size_t n, struct metes_answer *a)
{
  for (size_t i = 0; i < n; i++)
    a->size = 10 * a->size + (argument[i] - '0');
  for (size_t i = 0; i < a->size && i < a->room; i++)
    a->at[i] = (uint8_t)i;
  return 0;
}

/* What was in the registers when it was called: rax to r15 without rsp, the flags, rsp. */
extern const char entered[];
__asm__(".globl entered\n"
        ".hidden entered\n"
        "entered: pushfq\n\t"
        "pushq %r15\n\tpushq %r14\n\tpushq %r13\n\tpushq %r12\n\tpushq %r11\n\tpushq %r10\n\tpushq %r9\n\t"
        "pushq %r8\n\tpushq %rbp\n\tpushq %rdi\n\tpushq %rsi\n\tpushq %rdx\n\tpushq %rcx\n\tpushq %rbx\n\t"
        "pushq %rax\n\tmovq %rsp, %rdi\n\tcall tell_registers\n1: hlt\n\tjmp 1b");

__attribute__((used)) void tell_registers(const uint64_t *found);
void tell_registers(const uint64_t *found)
{
  const uint64_t rsp = (uint64_t)(found + 16);
  uint64_t words[17];
  const struct kit_message result = {.kind = METES_MESSAGE_RESULT, .payload = (void *)words, .n = sizeof words};
  struct metes_element e;
  struct kit_message m;

  copy(words, found, 16 * 8);
  words[16] = rsp;
  if (kit_top(&e, &m))
    kit_pop(e);
  kit_push(&result);
}

static _Noreturn void halt_with(uint64_t rax, uint64_t rsp)
{
  for (;;)
    __asm__ volatile("mov %1, %%rsp\n\thlt" : : "a"(rax), "r"(rsp) : "memory");
}

/* Calls the host before it is ready itself; the answer is what `started` answers. */
static void early(void)
{
  static uint8_t room[16];
  struct metes_answer a = {.at = room, .room = sizeof room};

  if (metes_call_host("echo", "early", 5, &a) == 0)
    given = room;
  n_given = a.size;
}

/* By seed: what it leaves in rax and rsp, none of which will do but 10 and 11. */
static void not_ready(const struct metes_guest *g)
{
  extern const char kit_image[];
  const uint64_t code = (uint64_t)kit_image, good = g->scratch_top - 0xffff;

  switch (g->seed) {
  case 1: halt_with(g->peb->heap_gva, good);
  case 2: halt_with((uint64_t)g->peb, good);
  case 3: halt_with(code - 1, good);
  case 4: halt_with(0, good);
  case 5: halt_with(UINT64_MAX, good);
  case 6: halt_with(code, good + 8);
  case 7: halt_with(code, 0);
  case 8: halt_with(code, 0x800000000000);
  case 9: halt_with(g->peb->input_gva, good);
  case 10: halt_with((uint64_t)g->peb - 1, good & ~15ull);
  case 11: kit_take_messages(); halt_with((uint64_t)entered, stack & ~15ull);
  case 12: early(); break;
  default: break;
  }
}

int main(const struct metes_guest *g)
{
  static const struct metes_function functions[] = {
    {"poke", poke}, {"poke-out", poke_out}, {"no-room", no_room}, {"spoil", spoil}, {"storm", storm},
    {"many", many}, {"by-name", by_name}, {"started", started}, {"end", end}, {"large", large},
    {"port", port}};

  guest = g;
  given = metes_input(&n_given);
  if (given != NULL)
    metes_printf("given %lu bytes\n", n_given);
  __asm__("mov %%rsp, %0" : "=r"(stack));
  not_ready(g);
  metes_serve(functions, sizeof functions / sizeof *functions);
}
