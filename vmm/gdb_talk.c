/* SPDX-License-Identifier: Apache-2.0
 * What the debugger asks while the guest stands still, and the answers. */
#include <elf.h>
#include <string.h>

#include "core/page.h"
#include "crash.h"
#include "gdb_parts.h"

#define MOST_MEMORY 2000 /* bytes in an answer: two digits each */

static void okay(struct metes_gdb *gdb, bool good)
{
  metes_gdb_put(&gdb->reply, good ? "OK" : "E01");
}

/* `m ADDRESS,LENGTH`: what can be read of it. */
static void read_memory(struct metes_gdb *gdb, const char *at)
{
  uint8_t bytes[MOST_MEMORY];
  uint64_t gva, n, done;

  if (!metes_gdb_number(&at, &gva) || !metes_gdb_word(&at, ",") || !metes_gdb_number(&at, &n) || *at != '\0') {
    okay(gdb, false);
    return;
  }
  if (n > sizeof bytes)
    n = sizeof bytes;
  done = metes_guest_seen(gdb->s->guest, metes_stop_cr3(gdb->s->guest, gdb->stop), gva, bytes, n);
  if (done == 0 && n > 0)
    okay(gdb, false);
  metes_gdb_put_hex(&gdb->reply, bytes, done);
}

/* `M ADDRESS,LENGTH:BYTES`: byte by byte, since each write is in one page. */
static void write_memory(struct metes_gdb *gdb, const char *at)
{
  const struct metes_memory door = metes_guest_door(gdb->s->guest);
  const uint64_t cr3 = metes_stop_cr3(gdb->s->guest, gdb->stop);
  struct metes_error err;
  uint64_t gva, n;
  uint8_t byte;
  bool good = metes_gdb_number(&at, &gva) && metes_gdb_word(&at, ",") && metes_gdb_number(&at, &n) &&
              metes_gdb_word(&at, ":") && strlen(at) / 2 == n && strlen(at) % 2 == 0;

  for (uint64_t i = 0; good && i < n; i++)
    good = metes_gdb_bytes(&at, &byte, 1) &&
           metes_gva_write(&door, cr3, metes_sat_add(gva, i), &byte, 1, &err) == METES_OK;
  metes_sandbox_wrote(gdb->s, 0, door.layout.scratch_size); /* where in it, core knows */
  okay(gdb, good);
}

/* `Z KIND,ADDRESS,SIZE` and `z`. */
static void point(struct metes_gdb *gdb, bool insert, const char *at)
{
  struct metes_gdb_point p = {.used = true};
  uint64_t kind, size;
  bool good = metes_gdb_number(&at, &kind) && kind <= 4 && metes_gdb_word(&at, ",") &&
              metes_gdb_number(&at, &p.gva) && metes_gdb_word(&at, ",") && metes_gdb_number(&at, &size) &&
              *at == '\0' && size <= 8;

  if (good) {
    p.kind = (uint8_t)kind;
    p.size = (uint8_t)size;
    if (insert)
      good = metes_gdb_insert(gdb, p);
    else
      metes_gdb_remove(gdb, p);
  }
  okay(gdb, good);
}

/* `OFFSET,LENGTH` of something that is read in parts. */
static void part(struct metes_gdb *gdb, const char *at, const void *all, uint64_t size)
{
  uint64_t from, n;

  if (!metes_gdb_number(&at, &from) || !metes_gdb_word(&at, ",") || !metes_gdb_number(&at, &n) || *at != '\0' ||
      from > size) {
    okay(gdb, false);
    return;
  }
  if (n > MOST_MEMORY)
    n = MOST_MEMORY;
  metes_gdb_put(&gdb->reply, n < size - from ? "m" : "l");
  metes_gdb_put_binary(&gdb->reply, (const char *)all + from, n < size - from ? n : size - from);
}

static void auxv(struct metes_gdb *gdb, const char *at)
{
  const Elf64_auxv_t all[] = {{AT_ENTRY, {gdb->s->guest->entry.rip}}, {AT_NULL, {0}}};

  part(gdb, at, all, sizeof all);
}

static void query(struct metes_gdb *gdb, const char *at)
{
  if (metes_gdb_word(&at, "Supported"))
    metes_gdb_put(&gdb->reply, "PacketSize=1000;qXfer:features:read+;qXfer:auxv:read+");
  else if (metes_gdb_word(&at, "Xfer:features:read:target.xml:"))
    part(gdb, at, metes_gdb_target_xml, strlen(metes_gdb_target_xml));
  else if (metes_gdb_word(&at, "Xfer:auxv:read::"))
    auxv(gdb, at);
  else if (strcmp(at, "fThreadInfo") == 0)
    metes_gdb_put(&gdb->reply, "m1");
  else if (strcmp(at, "sThreadInfo") == 0)
    metes_gdb_put(&gdb->reply, "l");
  else if (strcmp(at, "C") == 0)
    metes_gdb_put(&gdb->reply, "QC1");
  else if (metes_gdb_word(&at, "Attached"))
    metes_gdb_put(&gdb->reply, "0"); /* who leaves the debugger kills the guest */
}

static void registers(struct metes_gdb *gdb, char command, const char *at)
{
  uint64_t n;

  if (command == 'g')
    metes_gdb_put_registers(gdb);
  else if (command == 'G')
    okay(gdb, metes_gdb_set_registers(gdb, at));
  else if (!metes_gdb_number(&at, &n))
    okay(gdb, false);
  else if (command == 'P')
    okay(gdb, metes_gdb_word(&at, "=") && metes_gdb_set_register(gdb, n, at));
  else if (*at != '\0' || !metes_gdb_put_register(gdb, n))
    okay(gdb, false);
}

static void status(struct metes_gdb *gdb, char letter, int number)
{
  const uint8_t n = (uint8_t)number;

  metes_gdb_put(&gdb->reply, (char[]){letter, '\0'});
  metes_gdb_put_hex(&gdb->reply, &n, 1);
}

/* What changes nothing but the guest, and has an answer; one that is not known has an empty one. */
static void answer(struct metes_gdb *gdb, const char *text)
{
  switch (text[0]) {
  case 'g': case 'G': case 'p': case 'P': registers(gdb, text[0], text + 1); break;
  case 'm': read_memory(gdb, text + 1); break;
  case 'M': write_memory(gdb, text + 1); break;
  case 'Z': case 'z': point(gdb, text[0] == 'Z', text + 1); break;
  case 'q': query(gdb, text + 1); break;
  case 'H': case 'T': okay(gdb, true); break; /* of which thread: there is one */
  case '?': status(gdb, 'S', gdb->ended ? metes_stop_signal(gdb->stop) : 5); break;
  default: break;
  }
}

static void send_reply(struct metes_gdb *gdb)
{
  metes_gdb_end(&gdb->reply);
  metes_gdb_send(gdb, gdb->reply.text, gdb->reply.used);
}

void metes_gdb_tell(struct metes_gdb *gdb, char letter, int number)
{
  metes_gdb_begin(&gdb->reply);
  status(gdb, letter, number);
  send_reply(gdb);
}

void metes_gdb_okay(struct metes_gdb *gdb)
{
  metes_gdb_begin(&gdb->reply);
  okay(gdb, true);
  send_reply(gdb);
}

/* Whether it says how to go on; `c` and `s` may name an address, `C` and `S` a signal, which no guest takes. */
static bool goes_on(struct metes_gdb *gdb, const char *text, enum metes_gdb_wish *wish)
{
  uint64_t gva;

  switch (text[0]) {
  case 'c': case 'C': *wish = METES_GDB_GO_ON; break;
  case 's': case 'S': *wish = METES_GDB_STEP; break;
  case 'k': *wish = METES_GDB_KILL; return true;
  case 'D': *wish = METES_GDB_LET_GO; return true;
  default: return false;
  }
  text++;
  if ((text[-1] == 'c' || text[-1] == 's') && metes_gdb_number(&text, &gva) && !gdb->ended) {
    gdb->stop->regs.rip = gva;
    gdb->changed = true;
  }
  return true;
}

enum metes_gdb_wish metes_gdb_talk(struct metes_gdb *gdb)
{
  enum metes_gdb_wish wish;
  int byte;

  while ((byte = metes_gdb_byte(gdb)) >= 0) {
    const enum metes_gdb_event e = metes_gdb_take(&gdb->reader, (uint8_t)byte);

    if (e == METES_GDB_AGAIN)
      metes_gdb_send(gdb, gdb->reply.text, gdb->reply.used);
    else if (e == METES_GDB_BROKEN)
      metes_gdb_send(gdb, "-", 1);
    if (e != METES_GDB_PACKET && e != METES_GDB_LONG)
      continue;
    metes_gdb_send(gdb, "+", 1);
    if (e == METES_GDB_PACKET && goes_on(gdb, gdb->reader.text, &wish))
      return wish;
    metes_gdb_begin(&gdb->reply);
    if (e == METES_GDB_PACKET)
      answer(gdb, gdb->reader.text);
    else
      okay(gdb, false);
    send_reply(gdb);
  }
  return METES_GDB_KILL;
}
