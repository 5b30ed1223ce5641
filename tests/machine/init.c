// SPDX-License-Identifier: Apache-2.0
// First process of the emulated machine: loads KVM, runs one job, sends its output and its end out through one port.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// QEMU's isa-debugcon at this port takes bytes as they are: no driver, no line discipline, no interrupt.
// A frame is: channel (1 byte), length (4 bytes, little-endian), data. qemu.py reads them.
#define PORT 0x5e9
enum channel { STARTED = 'S', RUNNING = 'R', OUT = 1, ERR = 2, FILES = 'F', ENDED = 'E', BROKEN = 'B' };

// The job as kvm-run wrote it: strings ended by NUL, each with its kind as first byte.
#define JOB "/metes/job"
struct job {
    char *cwd;
    char *program;
    int merge; // stdout and stderr of the caller are one file: keep their order
    char **argv;
    char **envp;
    char **keep; // arguments of the tar that sends files back; 0 when none are wanted
};

static void send(enum channel channel, const void *data, size_t size)
{
    uint8_t head[5] = { (uint8_t)channel, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
                        (uint8_t)(size >> 24) };
    const uint8_t *at = head;
    size_t count = sizeof head;
    __asm__ volatile("rep outsb" : "+S"(at), "+c"(count) : "d"((uint16_t)PORT) : "memory");
    __asm__ volatile("rep outsb" : "+S"(data), "+c"(size) : "d"((uint16_t)PORT) : "memory");
}

static void finish(void)
{
    sync();
    reboot(RB_AUTOBOOT); // QEMU runs with -no-reboot, so this ends it
    for (;;)
        pause();
}

static void broken(const char *what)
{
    char text[256];
    int size = snprintf(text, sizeof text, "%s: %s", what, strerror(errno));
    send(BROKEN, text, (size_t)size);
    finish();
}

static void mount_all(void)
{
    if (mount("dev", "/dev", "devtmpfs", 0, 0) && errno != EBUSY)
        broken("mount /dev");
    mkdir("/dev/pts", 0755);
    mkdir("/dev/shm", 0755);
    if (mount("proc", "/proc", "proc", 0, 0) || mount("sys", "/sys", "sysfs", 0, 0)
        || mount("pts", "/dev/pts", "devpts", 0, "ptmxmode=666") || mount("shm", "/dev/shm", "tmpfs", 0, 0))
        broken("mount");
    if (symlink("/proc/self/fd", "/dev/fd") || symlink("/proc/self/fd/0", "/dev/stdin")
        || symlink("/proc/self/fd/1", "/dev/stdout") || symlink("/proc/self/fd/2", "/dev/stderr"))
        broken("symlink in /dev");
}

static void load_kvm(void)
{
    static const char *const modules[] = { "/metes/irqbypass.ko", "/metes/ccp.ko", "/metes/kvm.ko",
                                           "/metes/kvm-amd.ko" };
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        int file = open(modules[i], O_RDONLY | O_CLOEXEC);
        if (file < 0 || syscall(SYS_finit_module, file, "", 0))
            broken(modules[i]);
        close(file);
    }
    // The first VM of a boot is slow and uneven (3 to 11 ms): this one stays open, idle, so no job's VM is the first.
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0 || ioctl(kvm, KVM_CREATE_VM, 0) < 0)
        broken("/dev/kvm");
}

static char *read_job(size_t *size)
{
    struct stat about;
    int file = open(JOB, O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &about))
        broken(JOB);
    char *text = malloc((size_t)about.st_size + 1);
    if (!text || read(file, text, (size_t)about.st_size) != about.st_size)
        broken(JOB);
    text[about.st_size] = 0;
    *size = (size_t)about.st_size;
    close(file);
    unlink(JOB);
    return text;
}

static char **list_of(char kind, char *text, size_t size)
{
    char **list = calloc(size + 1, sizeof *list);
    size_t count = 0;
    if (!list)
        broken("calloc");
    for (char *at = text; at < text + size; at += strlen(at) + 1)
        if (*at == kind)
            list[count++] = at + 1;
    return list;
}

static struct job parse_job(void)
{
    size_t size;
    char *text = read_job(&size);
    struct job job = { .cwd = *list_of('c', text, size),
                       .program = *list_of('x', text, size),
                       .merge = !!*list_of('m', text, size),
                       .argv = list_of('a', text, size),
                       .envp = list_of('e', text, size),
                       .keep = list_of('k', text, size) };
    if (!job.cwd || !job.program || !*job.argv)
        broken("the job names no folder or no command");
    return job;
}

static _Noreturn void run_child(const struct job *job, int out, int err)
{
    setsid();
    int in = open("/metes/stdin", O_RDONLY);
    if (in < 0)
        in = open("/dev/null", O_RDONLY);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(126);
    if (in > 2)
        close(in);
    if (!chdir(job->cwd))
        execvpe(job->program, job->argv, job->envp);
    dprintf(2, "%s: %s\n", job->argv[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126); // as a shell says it
}

/// Sends what a pipe has; false at its end or, without blocking, when it is empty.
static int forward(int pipe, enum channel channel)
{
    static char data[65536];
    ssize_t size = read(pipe, data, sizeof data);
    if (size > 0)
        send(channel, data, (size_t)size);
    return size > 0 || (size < 0 && errno == EINTR);
}

static volatile sig_atomic_t child_ended;
static void on_child(int number)
{
    (void)number;
    child_ended = 1;
}

/// Runs until the child ends, however long others hold its pipes, then sends what is left in them.
static int attend(pid_t child, struct pollfd pipes[2])
{
    sigset_t open_mask;
    int status;
    sigprocmask(SIG_SETMASK, 0, &open_mask);
    sigdelset(&open_mask, SIGCHLD);
    for (;;) {
        while (child_ended) {
            child_ended = 0;
            for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
                if (ended == child)
                    goto ended;
        }
        if (ppoll(pipes, 2, 0, &open_mask) < 0)
            continue;
        for (int i = 0; i < 2; i++)
            if (pipes[i].revents && !forward(pipes[i].fd, i ? ERR : OUT))
                pipes[i].fd = -1;
    }
ended:
    for (int i = 0; i < 2; i++)
        if (pipes[i].fd >= 0 && !fcntl(pipes[i].fd, F_SETFL, O_NONBLOCK))
            while (forward(pipes[i].fd, i ? ERR : OUT))
                ;
    return status;
}

static int run_job(const struct job *job)
{
    int out[2];
    int err[2];
    sigset_t mask;
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
        broken("pipe");
    pid_t child = fork();
    if (child < 0)
        broken("fork");
    if (!child)
        run_child(job, out[1], job->merge ? out[1] : err[1]);
    close(out[1]);
    close(err[1]);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, 0);
    return attend(child, (struct pollfd[]){ { out[0], POLLIN, 0 }, { err[0], POLLIN, 0 } });
}

static void send_kept(char **argv)
{
    int out[2];
    int status;
    if (pipe2(out, O_CLOEXEC))
        broken("pipe");
    pid_t child = fork();
    if (!child) {
        dup2(out[1], 1);
        execv("/usr/bin/busybox", argv);
        _exit(127);
    }
    close(out[1]);
    while (forward(out[0], FILES))
        ;
    if (child < 0 || waitpid(child, &status, 0) != child || status)
        broken("tar of the files to keep");
}

int main(void)
{
    if (ioperm(PORT, 1, 1))
        return 1;
    send(STARTED, "metes", 5);
    struct sigaction action = { .sa_handler = on_child };
    sigaction(SIGCHLD, &action, 0);
    mount_all();
    load_kvm();
    struct job job = parse_job();
    send(RUNNING, "", 1);
    uint32_t status = (uint32_t)run_job(&job);
    if (*job.keep)
        send_kept(job.keep);
    send(ENDED, &status, sizeof status);
    finish();
}
