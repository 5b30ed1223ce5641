/* SPDX-License-Identifier: Apache-2.0
 * Which VM a file descriptor of an audited process is. */
#ifndef METES_AUDIT_FILES_H
#define METES_AUDIT_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A descriptor that was seen. */
struct metes_audit_file {
  pid_t process;
  int fd;
  uint32_t vm;
};

struct metes_audit_files {
  struct metes_audit_file *at;
  uint32_t n, room;
};

/* The process of a thread; the thread itself where /proc does not say. */
pid_t metes_audit_process(pid_t thread);

/* The process's name, as a trace has it. */
void metes_audit_name(pid_t process, char *name, size_t n);

/* Whether a descriptor is a VM; where /proc does not say, it may be. */
bool metes_audit_is_vm(pid_t process, int fd);

/* The VM of a descriptor, or 0: by its number; else it is the same file as one that is known. */
uint32_t metes_audit_vm_of(struct metes_audit_files *f, pid_t process, int fd);

/* From now on this descriptor is that VM; 0: it is none. False where there is no memory. */
bool metes_audit_set_vm(struct metes_audit_files *f, pid_t process, int fd, uint32_t vm);

/* The process has ended, or is another program now. */
void metes_audit_forget(struct metes_audit_files *f, pid_t process);

#endif
