//! Writes the seeds that the honest encoders make: `cargo +nightly run --example seeds`, in this folder. Names of files say
//! what is in them. What fuzzing found, `regression-*`, is kept by hand.

mod chain;
mod client;
mod committee;
mod sums;
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
    wire::member_messages();
    chain::seeds();
    client::seeds();
}

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(name), bytes).expect("a seed");
}

/// A seed whose first byte is a choice.
fn choose(choice: u8, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    [&[choice], bytes.as_ref()].concat()
}

fn secret(index: u8) -> StaticSecret {
    StaticSecret::from([index; 32])
}
