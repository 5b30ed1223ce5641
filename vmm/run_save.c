/* SPDX-License-Identifier: Apache-2.0
 * Files of snapshots for the command: one process keeps the file, another runs the guest. */
#include "run_save.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "sys.h"

static volatile pid_t child; /* that a signal is passed on to */

static void pass_on(int number)
{
  if (child > 0)
    metes_sys.kill(child, number);
}

static const int passed[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

/* What ends this process would leave the new file behind. */
static void pass_signals_on(void)
{
  struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};

  sigemptyset(&action.sa_mask);
  for (unsigned i = 0; i < sizeof passed / sizeof *passed; i++)
    (void)metes_sys.sigaction(passed[i], &action, NULL);
}

/* A shell's word for SIGSYS is 159: METES_EXIT_KILLED. */
static int status_of(pid_t process)
{
  int status;

  while (metes_sys.waitpid(process, &status, 0) < 0)
    if (errno != EINTR) {
      metes_say_errno("waitpid");
      return METES_EXIT_SYSTEM;
    }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int metes_save_run(const char *path, int (*work)(void *mine, int fd), void *mine)
{
  static struct metes_output o;
  int status = metes_output_open(path, &o), ended;

  if (status != 0)
    return status;
  child = metes_sys.fork();
  if (child == 0)
    metes_sys.exit_group(work(mine, o.fd));
  pass_signals_on();
  if (child < 0)
    metes_say_errno("fork");
  status = child < 0 ? METES_EXIT_SYSTEM : status_of(child);
  if (metes_sys.close(o.fd) != 0 && status == 0) { /* some file systems say it only here */
    metes_say_errno("%s could not be written", path);
    status = METES_EXIT_OUTPUT;
  }
  ended = metes_output_end(path, &o, status == 0);
  return status != 0 ? status : ended;
}

int metes_load_guest(const char *path, struct metes_vm_snapshot **to, struct metes_failure *f)
{
  const int fd = metes_open_input(path, 0, f);
  int status;

  if (fd < 0)
    return f->status;
  status = metes_snapshot_load(fd, path, to, f);
  metes_sys.close(fd);
  return status;
}
