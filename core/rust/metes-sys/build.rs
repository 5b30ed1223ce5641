// SPDX-License-Identifier: Apache-2.0
// Compiles core's sources, all of them, as they are.
use std::path::{Path, PathBuf};

fn main() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources: Vec<PathBuf> = std::fs::read_dir(&core)
        .unwrap_or_else(|e| panic!("{}: {e}: metes-sys lies within the tree of Metes", core.display()))
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "c"))
        .collect();

    sources.sort();
    println!("cargo:rerun-if-changed={}", core.display());
    cc::Build::new().std("c11").flag("-ffreestanding").opt_level(3).files(sources).compile("metes");
}
