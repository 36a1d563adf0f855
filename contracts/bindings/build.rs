//! `abigen!` reads the artifacts at compile time but does not tell cargo.

fn main() {
    println!("cargo:rerun-if-changed=../artifacts/StudyEscrow.json");
    println!("cargo:rerun-if-changed=../artifacts/TributaryToken.json");
}
