/* SPDX-License-Identifier: Apache-2.0
 * `metes doctor`: what this machine can do, and what to do about what it cannot. */
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "confine.h"
#include "json_write.h"
#include "kvm.h"

#define LEAST_MEMORY (512ull << 20)   /* for a guest here */
#define LEAST_EMULATED (1536ull << 20) /* for the emulated machine of 1 GiB */

/* One thing that was looked at. */
struct finding {
  const char *name; /* of the JSON member */
  bool good;
  char text[256];
  const char *advice; /* where it is not good; may be null */
};

#define MAX_FINDINGS 16

struct doctor {
  bool json;
  unsigned n;
  struct finding found[MAX_FINDINGS];
  int refused; /* the exit status for want of KVM: 69 or 77 */
};

__attribute__((format(printf, 5, 6))) static bool note(struct doctor *d, const char *name, bool good,
                                                       const char *advice, const char *format, ...)
{
  struct finding *f = &d->found[d->n];
  va_list list;

  if (d->n == MAX_FINDINGS)
    return good;
  d->n++;
  *f = (struct finding){.name = name, .good = good, .advice = good ? NULL : advice};
  va_start(list, format);
  vsnprintf(f->text, sizeof f->text, format, list);
  va_end(list);
  return good;
}

/* Whether a line of a file has this word, between spaces. */
static bool has_word(const char *line, const char *word)
{
  const size_t n = strlen(word);

  for (const char *at = line; (at = strstr(at, word)) != NULL; at += n)
    if ((at == line || strchr(" \t:", at[-1]) != NULL) && (at[n] == '\0' || strchr(" \n", at[n])))
      return true;
  return false;
}

/* The processor's virtualization, "vmx" or "svm", or null. */
static const char *processor(void)
{
  FILE *const file = fopen("/proc/cpuinfo", "re");
  const char *found = NULL;
  char *line = NULL;
  size_t n = 0;

  while (file != NULL && found == NULL && getline(&line, &n, file) > 0)
    if (strncmp(line, "flags", 5) == 0)
      found = has_word(line, "vmx") ? "vmx" : has_word(line, "svm") ? "svm" : NULL;
  free(line);
  if (file != NULL)
    fclose(file);
  return found;
}

static uint64_t free_memory(void)
{
  FILE *const file = fopen("/proc/meminfo", "re");
  unsigned long long kib = 0;
  char line[256];

  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1)
      break;
  if (file != NULL)
    fclose(file);
  return kib << 10;
}

static bool in_path(const char *program)
{
  const char *path = getenv("PATH");
  char *copy = strdup(path != NULL ? path : "/usr/bin:/bin"), *rest = copy;
  bool found = false;

  for (char *dir; !found && (dir = strsep(&rest, ":")) != NULL;) {
    char name[4096];

    snprintf(name, sizeof name, "%s/%s", dir, program);
    found = access(name, X_OK) == 0;
  }
  free(copy);
  return found;
}

/* All that KVM itself can say. */
static bool look_at_kvm(struct doctor *d)
{
  struct metes_kvm k = {.fd = -1};
  struct metes_failure f;
  const bool opened = metes_kvm_open_file(&k, &f) == 0;
  bool good = opened;

  if (!opened) {
    d->refused = f.status;
    return note(d, "dev_kvm", false,
                f.status == METES_EXIT_NO_PERMISSION
                  ? "join the group of /dev/kvm: `sudo usermod -aG kvm $USER`, then log in again"
                  : "load the module: `sudo modprobe kvm_intel` or `kvm_amd`; in a container, pass "
                    "--device /dev/kvm",
                "%s", f.text);
  }
  note(d, "dev_kvm", true, NULL, "/dev/kvm opens");
  if (metes_kvm_version(&k, &f) == 0)
    note(d, "kvm_api", true, NULL, "KVM's API is version %d", KVM_API_VERSION);
  else
    good = note(d, "kvm_api", false, "use a newer kernel", "%s", f.text);
  for (unsigned i = 0; i < metes_kvm_n_needs; i++)
    if (metes_kvm_has(&k, &metes_kvm_needs[i], &f) != 0)
      good = note(d, "kvm_capability", false, "use a newer kernel", "%s", f.text);
    else
      note(d, "kvm_capability", true, NULL, "%s: %s", metes_kvm_needs[i].name, metes_kvm_needs[i].why);
  metes_kvm_close(&k);
  return good;
}

/* What confines a run: the filter must be there, Landlock may. */
static bool look_at_confinement(struct doctor *d)
{
  const int abi = metes_landlock_abi();
  const bool seccomp = metes_seccomp_there();

  note(d, "seccomp", seccomp, "use a kernel with CONFIG_SECCOMP_FILTER, 4.14 or newer",
       seccomp ? "seccomp leaves a run four system calls" : "seccomp cannot kill a process here, so that no run is confined");
  if (abi > 0)
    return note(d, "landlock", true, NULL, "Landlock, version %d, leaves a run no file", abi) && seccomp;
  note(d, "landlock", false, "boot with `lsm=landlock,...`, or use Linux 5.13 or newer",
       "there is no Landlock: runs are confined by seccomp alone");
  return seccomp;
}

static bool look_at_host(struct doctor *d)
{
  const char *const flag = processor();
  const bool hardware =
    note(d, "processor", flag != NULL,
         "switch on virtualization in the firmware, or nested virtualization in the hypervisor",
         flag != NULL ? "the processor has %s" : "the processor shows neither vmx nor svm%s",
         flag != NULL ? flag : "");
  const bool kvm = look_at_kvm(d), confined = look_at_confinement(d);
  const uint64_t memory = free_memory();
  const bool enough = note(d, "memory", memory >= LEAST_MEMORY, "free some memory",
                           "%llu MiB of memory are available", (unsigned long long)(memory >> 20));

  return hardware && kvm && confined && enough;
}

static bool look_at_emulator(struct doctor *d)
{
  static const char *const programs[] = {"qemu-system-x86_64", "busybox"};
  static const char *const advice[] = {"install QEMU: `sudo apt-get install qemu-system-x86`",
                                       "install it: `sudo apt-get install busybox-static`"};
  bool good = true;

  for (unsigned i = 0; i < 2; i++) {
    const bool there = in_path(programs[i]);

    good &= note(d, "emulator", there, advice[i], "%s is %s", programs[i], there ? "there" : "missing");
  }
  if (free_memory() < LEAST_EMULATED)
    good = note(d, "emulator_memory", false, "free some memory",
                "the emulated machine wants 1.5 GiB of memory");
  return good;
}

/* ASCII where the stream may not know better. */
static void tell(const struct doctor *d, bool direct, bool emulated)
{
  const bool plain = !isatty(STDOUT_FILENO) || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
  const bool colour = metes_colour(stdout);

  for (unsigned i = 0; i < d->n; i++) {
    const struct finding *f = &d->found[i];

    printf("%s%s%s %s\n", colour ? (f->good ? "\033[32m" : "\033[31m") : "",
           plain ? (f->good ? "ok  " : "no  ") : (f->good ? "\u2713" : "\u2717"), colour ? "\033[0m" : "",
           f->text);
    if (f->advice != NULL)
      printf("     %s\n", f->advice);
  }
  puts(direct     ? "A guest runs here directly: metes run GUEST"
       : emulated ? "A guest runs here in the emulated machine: tests/machine/kvm-run -- build/metes run GUEST"
                  : "No guest can run here yet.");
}

static void tell_json(const struct doctor *d, bool direct, bool emulated)
{
  struct metes_json j = {.to = stdout};

  metes_json_open(&j, NULL, '{');
  metes_json_bool(&j, "direct", direct);
  metes_json_bool(&j, "emulated", emulated);
  metes_json_open(&j, "findings", '[');
  for (unsigned i = 0; i < d->n; i++) {
    metes_json_open(&j, NULL, '{');
    metes_json_text(&j, "name", d->found[i].name);
    metes_json_bool(&j, "good", d->found[i].good);
    metes_json_text(&j, "text", d->found[i].text);
    if (d->found[i].advice != NULL)
      metes_json_text(&j, "advice", d->found[i].advice);
    metes_json_close(&j, '}');
  }
  metes_json_close(&j, ']');
  metes_json_close(&j, '}');
  metes_json_line(&j);
}

static const struct argp_option options[] = {
  {"json", 'j', NULL, 0, "Print one object", 0},
  METES_HELP_OPTION,
  {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
  struct doctor *d = state->input;

  switch (key) {
  case 'j': d->json = true; return 0;
  case METES_KEY_HELP:
    metes_help(state, "  metes doctor           what this machine can do\n"
                      "  metes doctor --json    the same as one object\n");
  case ARGP_KEY_ARG: argp_error(state, "there is nothing to say of '%s'", value); return 0;
  default: return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp argp = {
  options, parse, NULL, "Says what this machine can do, and what to do about what it cannot.", NULL, NULL, NULL};

int metes_cmd_doctor(int argc, char **argv)
{
  struct doctor d = {.refused = METES_EXIT_NO_KVM};
  bool direct, emulated;

  argp_err_exit_status = METES_EXIT_USAGE;
  argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &d);
  direct = look_at_host(&d);
  emulated = !direct && look_at_emulator(&d); /* not needed where a guest runs directly */
  if (d.json)
    tell_json(&d, direct, emulated);
  else
    tell(&d, direct, emulated);
  return metes_finish_output(direct || emulated ? METES_EXIT_OK : d.refused);
}
