//! Writes the seeds that the honest encoders make: `cargo +nightly run --example seeds`, in this folder. Names of files say
//! what is in them. What fuzzing found, `regression-*`, is kept by hand.

mod chain;
mod client;
mod committee;
mod coordinator;
mod devchain;
mod files;
mod images;
mod market;
mod sums;
mod texts;
mod wire;

use std::fs;
use std::path::Path;

use tributary_aggregation::ids::Digest;
use x25519_dalek::StaticSecret;

const CONTEXT0: Digest = Digest([1; 32]);
const CONTEXT: Digest = Digest([2; 32]);

fn main() {
    committee::cut();
    committee::key_generation();
    sums::sums();
    sums::documents();
    wire::events();
    wire::requests();
    wire::answers();
    wire::member_messages();
    chain::seeds();
    client::seeds();
    coordinator::seeds();
    devchain::seeds();
    files::seeds();
    images::seeds();
    market::seeds();
    texts::seeds();
}

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a seed");
}

/// A file that some encoder writes to a path, and nobody needs afterwards.
fn written(by: impl FnOnce(&Path)) -> Vec<u8> {
    let path = tributary_fuzz::scratch_file("seed");
    let _ = fs::remove_file(&path);
    by(&path);
    let bytes = fs::read(&path).expect("what was written");
    fs::remove_file(&path).expect("what was written");
    bytes
}

/// Two parts, the length of the first in front of them.
fn parts(first: &[u8], second: &[u8]) -> Vec<u8> {
    [&(first.len() as u16).to_le_bytes()[..], first, second].concat()
}

/// A seed whose first byte is a choice.
fn choose(choice: u8, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    [&[choice], bytes.as_ref()].concat()
}

fn secret(index: u8) -> StaticSecret {
    StaticSecret::from([index; 32])
}
