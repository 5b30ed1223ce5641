// SPDX-License-Identifier: Apache-2.0
//! Boots a guest of vmm/guest with the crates that monitors in Rust are made of: `metes-example GUEST`
mod guest;
mod processor;

use kvm_ioctls::{Kvm, VcpuExit};
use metes::{Config, Image, Layout, Plan, Profile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::fs::read(std::env::args().nth(1).ok_or("usage: metes-example GUEST")?)?;
    let profile = Profile::hyperlight();
    let image = Image::parse(&file, profile.code_gva(), false)?;
    let layout = Layout::with_tables(&profile, &Config { code_size: image.span(), ..Config::default() })?;
    let memory = guest::fill(&layout, &image, &file)?;
    let [snapshot, scratch] = guest::backing(&memory)?;
    let kvm = Kvm::new()?;
    let plan: Plan = Plan::new(&layout, snapshot, scratch, &processor::limits(&kvm)?)?;
    let vm = kvm.create_vm()?;
    for slot in plan.slots() {
        // SAFETY: the plan is sound, and its memory lives as long as it does.
        unsafe { vm.set_user_memory_region(guest::region(slot))? };
    }
    let mut vcpu = processor::make(&kvm, &vm, &profile, &layout.entry(image.entry(&layout)))?;
    loop {
        match vcpu.run()? {
            VcpuExit::IoOut(103, text) => guest::print(text)?,
            VcpuExit::IoOut(99, _) => {} // a byte for the log
            VcpuExit::IoOut(108, verdict) => std::process::exit(i32::from(verdict.iter().any(|&b| b != 0))),
            VcpuExit::Hlt => return Ok(()),
            other => return Err(format!("the guest ended with {other:?}").into()),
        }
    }
}
