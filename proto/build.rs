//! Compiles the protocol's messages with protox: no `protoc` on the machine is needed.

use std::path::Path;

const FILES: [&str; 9] =
    ["auditor", "chain", "dataset", "delivery", "event", "member", "owner", "researcher", "session"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = FILES.iter().map(|file| format!("tributary/v1/{file}.proto")).collect();
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, [Path::new(".")])?;
    tonic_prost_build::configure()
        .bytes(".tributary.v1.ReportRequest")
        .bytes(".tributary.v1.GetArtifactResponse")
        .bytes(".tributary.v1.UploadModuleRequest")
        .compile_fds(descriptors)?;
    Ok(())
}
