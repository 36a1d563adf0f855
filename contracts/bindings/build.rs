//! `abigen!` reads the artifacts at compile time but does not tell cargo; and the registry is made from all of them, so
//! that a contract that is added needs no line here.

use std::{env, error::Error, fs, path::Path};

use serde_json::Value;

const ARTIFACTS: &str = "../artifacts";

fn main() -> Result<(), Box<dyn Error>> {
    // A folder: cargo looks at every file in it.
    println!("cargo:rerun-if-changed={ARTIFACTS}");
    let mut contracts = Vec::new();
    for entry in fs::read_dir(ARTIFACTS)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let wrong = |what: &str| format!("{}: {what}; run `npm run artifacts` in contracts/", path.display());
        let artifact: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let name = artifact["contractName"].as_str().ok_or_else(|| wrong("no contractName"))?;
        if path.file_stem().is_none_or(|stem| stem != name) {
            return Err(wrong("contractName is not the file's name").into());
        }
        let abi = artifact["abi"].as_array().ok_or_else(|| wrong("no abi"))?;
        let items: Vec<&Value> =
            abi.iter().filter(|item| matches!(item["type"].as_str(), Some("event" | "error"))).collect();
        contracts.push((name.to_owned(), serde_json::to_string(&items)?));
    }
    contracts.sort();
    let out = env::var("OUT_DIR")?;
    // Written as Rust reads it: an array of pairs of strings.
    fs::write(Path::new(&out).join("contracts.rs"), format!("&{contracts:?}"))?;
    Ok(())
}
