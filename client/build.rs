//! Lets the binary find libtorch where the build found it, and says what to do if it is not there.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    println!("cargo::rerun-if-changed=build.rs");
    // torch-sys hands on the folder that it linked against.
    if let Some(lib) = env::var_os("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{}", Path::new(&lib).display());
    }
    if let Some(root) = env::var_os("LIBTORCH") {
        let library = Path::new(&root).join("lib/libtorch_cpu.so");
        println!("cargo::rerun-if-changed={}", library.display());
        if cfg!(target_os = "linux") && !library.exists() {
            println!(
                "cargo::error=libtorch is not at {}: run `cargo xtask setup`, or point LIBTORCH at libtorch 2.13.0",
                Path::new(&root).display()
            );
        }
    }
}
