/* SPDX-License-Identifier: Apache-2.0
 * A made-up kernel behind the monitor's table of system calls (vmm/sys.h): it keeps account of all
 * that it hands out, and fails on demand. */
#ifndef METES_FAULTS_FAKE_H
#define METES_FAULTS_FAKE_H

#include <linux/kvm.h>
#include <poll.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

/* What a failing call does to the one who made it. */
enum fake_effect {
  FAKE_FATAL,     /* it ends in `status`, and says so */
  FAKE_OUTPUT,    /* the same, however well all else went */
  FAKE_RESTARTS,  /* it is made again, or the run goes on */
  FAKE_TOLERATED, /* nothing depends on it */
  FAKE_MUTE,      /* nor on this one, but no message can arrive */
};

/* Which errnos a call may end with, what each leads to, and what its message has to name. */
struct fake_row {
  const char *call;
  enum fake_effect effect;
  int status;
  const char *says;
  int errnos[16]; /* a 0 ends them */
};
extern const struct fake_row fake_rows[];
extern const unsigned fake_n_rows;

/* The row and errno of the `pick`th way in which this call may fail; null where there are fewer. */
const struct fake_row *fake_failure(const char *call, unsigned pick, int *error);
unsigned fake_n_failures(const char *call);

/* The `at`th call fails, counted from 1; sticky: from then on all calls of its name. Of those that
 * restart no more than FAKE_BURST in a row: nobody is interrupted for ever. */
#define FAKE_BURST 300u
struct fake_fault {
  unsigned at;
  unsigned pick; /* taken modulo the number of ways that there are */
  bool sticky;
  const char *call; /* of the kernel's: what the `at`th call was; null before */
  unsigned times;
};

struct fake_event {
  const char *call;
  const struct fake_row *row; /* null where it did not fail on demand */
  int error;
};

#define FAKE_EVENTS 2048u
#define FAKE_FILES 8u
#define FAKE_FILE_MOST 131072u

struct fake_file {
  char path[64]; /* empty: no file */
  uint8_t bytes[FAKE_FILE_MOST];
  size_t n;
};

/* What a KVM_RUN comes back with: fills *run and returns 0, or an errno. */
typedef int fake_run(struct kvm_run *run, size_t size, unsigned nth, void *mine);

/* The whole kernel. fake_begin makes a new one; a test then sets what it wants of it. */
struct fake {
  struct fake_fault faults[2];
  fake_run *run; /* null: HLT at once */
  void *mine;    /* for `run` */
  struct fake_file files[FAKE_FILES];
  struct kvm_regs regs; /* what it shows at a stop; the monitor's own until `strange` is set */
  struct kvm_sregs sregs;
  bool strange;
  int vcpu_size; /* KVM_GET_VCPU_MMAP_SIZE */
  bool from_file; /* registers that are set are those of a file: KVM judges them */
  bool saving;    /* the filter lets registers be kept */
  bool child;     /* fork comes back in the child; else in the parent, whose child ends with child_status */
  int child_status;
  const char *debugger; /* the bytes that come from it; it then goes away */

  unsigned calls; /* so far */
  unsigned runs;  /* of them KVM_RUN */
  struct fake_event events[FAKE_EVENTS];
  unsigned n_events;
  char output[65536]; /* what reached standard output, and standard error */
  size_t n_output;
  char messages[65536];
  size_t n_messages;
  bool confined;     /* the filter is there: what it does not allow must not be called */
  bool exits;        /* exit_group goes to `exit`, and the process holds nothing any more */
  jmp_buf exit;
  int exit_status;
  char wrong[512]; /* the first thing that no kernel should see; empty: nothing */
};
extern struct fake fake;

void fake_begin(void);
/* Takes back what is still held, and says in fake.wrong what that was. */
void fake_end(void);

void fake_file_add(const char *path, const void *bytes, size_t n);
const struct fake_file *fake_file_of(const char *path);

__attribute__((format(printf, 1, 2))) void fake_wrong(const char *format, ...);
bool fake_fails(const char *call); /* counts the call; true and errno where it is to fail */

/* The signal that the monitor has a handler for arrives. */
void fake_signal(void);
/* So does the one of a timer that is set, if there is one. */
bool fake_timer_fires(void);

/* Bytes of the guest's memory by guest-physical address, as a guest would write them: false where no
 * writable slot is. */
bool fake_guest_write(uint64_t gpa, const void *bytes, size_t n);
uint8_t *fake_guest_memory(uint64_t gpa, size_t n); /* the same, where it lies; null for none */
uint64_t fake_slot_gpa(unsigned slot);              /* where it begins */
const struct kvm_userspace_memory_region *fake_slot(unsigned slot); /* as it was set; of size 0: none */

#endif
