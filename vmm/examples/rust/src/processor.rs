// SPDX-License-Identifier: Apache-2.0
//! One virtual processor in 64-bit mode, with the registers that core gives.
#![forbid(unsafe_code)]
use kvm_bindings::{kvm_regs, kvm_segment, CpuId, KVM_MAX_CPUID_ENTRIES};
use kvm_ioctls::{Cap, Error, Kvm, VcpuFd, VmFd};
use metes::{Entry, Limits, Profile};

const ADDRESS_BITS: u32 = 0x8000_0008;

fn cpuid(kvm: &Kvm) -> Result<CpuId, Error> {
    kvm.get_supported_cpuid(KVM_MAX_CPUID_ENTRIES)
}

/// What this KVM allows a plan.
pub fn limits(kvm: &Kvm) -> Result<Limits, Error> {
    let cpuid = cpuid(kvm)?;
    let bits = cpuid.as_slice().iter().find(|e| e.function == ADDRESS_BITS).map_or(36, |e| e.eax & 0xff);
    let slots = kvm.check_extension_int(Cap::NrMemslots);

    Ok(Limits::new(bits, slots as u32))
}

fn segment(selector: u16, r#type: u8, code: bool) -> kvm_segment {
    kvm_segment {
        limit: u32::MAX,
        selector,
        type_: r#type,
        present: 1,
        db: u8::from(!code),
        s: 1,
        l: u8::from(code),
        g: 1,
        ..kvm_segment::default()
    }
}

/// The processor, at the guest's entry point.
pub fn make(kvm: &Kvm, vm: &VmFd, profile: &Profile, entry: &Entry) -> Result<VcpuFd, Error> {
    let vcpu = vm.create_vcpu(0)?;
    let mut cpuid = cpuid(kvm)?;
    let mut s = vcpu.get_sregs()?;

    for e in cpuid.as_mut_slice().iter_mut().filter(|e| e.function == ADDRESS_BITS) {
        let least = u64::BITS - profile.last_gpa().0.leading_zeros(); // the guest must be told that it reaches so far
        e.eax = e.eax & !0xff | (e.eax & 0xff).max(least);
    }
    vcpu.set_cpuid2(&cpuid)?;
    s.cs = segment(8, 11, true);
    [s.ds, s.es, s.fs, s.gs, s.ss] = [segment(16, 3, false); 5];
    s.cr0 = 0x8001_0033; // PE, MP, ET, NE, WP, PG
    s.cr3 = entry.cr3.0;
    s.cr4 = 0x620; // PAE, OSFXSR, OSXMMEXCPT
    s.efer = 0xd00; // LME, LMA, NXE
    vcpu.set_sregs(&s)?;
    vcpu.set_regs(&kvm_regs {
        rip: entry.rip.0,
        rsp: entry.rsp.0,
        rdi: entry.rdi.0,
        rdx: entry.rdx,
        rflags: entry.rflags,
        ..kvm_regs::default()
    })?;
    Ok(vcpu)
}
