// SPDX-License-Identifier: Apache-2.0
// Asks /dev/kvm the least there is to ask: it opens, its interface is version 12, it creates a VM.
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(void)
{
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0) {
        perror("/dev/kvm");
        return 69;
    }
    int version = ioctl(kvm, KVM_GET_API_VERSION, 0);
    printf("version %d\n", version);
    if (version != KVM_API_VERSION)
        return 1;
    if (ioctl(kvm, KVM_CREATE_VM, 0) < 0) {
        perror("KVM_CREATE_VM");
        return 1;
    }
    puts("vm created");
    return 0;
}
