//! Lets the binaries find libtorch where the build found it, and says what to do if it has gone.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys hands on the folder that it links against.
    let Some(folder) = env::var_os("DEP_TCH_LIBTORCH_LIB").map(PathBuf::from) else { return };
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display());
    if cfg!(target_os = "linux") {
        let library = folder.join("libtorch_cpu.so");
        println!("cargo::rerun-if-changed={}", library.display());
        if !library.exists() {
            println!(
                "cargo::error={} is missing: run `cargo xtask setup`, or set LIBTORCH to the folder of libtorch 2.13.0",
                library.display()
            );
        }
    }
}
