//! What the fuzz targets and the generator of their seeds share: a small committee whose secrets everybody knows, a
//! study, and rounds of it.
//!
//! Each target feeds one decoder with bytes that nobody vouches for. None of them may panic, hang or take much memory,
//! and whatever decodes must encode to the same bytes again wherever the protocol has one encoding only.

pub mod study;

use std::path::PathBuf;
use std::sync::LazyLock;

use tributary_aggregation::committee::{
    Certificate, CommitteeKey, CommitteeParams, KeyShare, Purpose, SignatureShare,
};
use tributary_aggregation::ids::{Digest, OwnerId};

/// The password of the vault and of the wallet among the seeds.
pub const PASSWORD: &str = "fuzz";

/// A committee of two, both of whom are needed. Its polynomial is 1 + 2x.
pub struct Committee {
    /// The public key set.
    pub key: CommitteeKey,
    /// 1 + 2·1 and 1 + 2·2.
    pub shares: [KeyShare; 2],
}

/// The generator of G1 and its double, compressed.
const COEFFICIENTS: [&str; 2] = [
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
    "a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e",
];

/// The committee that seals, signs and releases in all targets.
pub static COMMITTEE: LazyLock<Committee> = LazyLock::new(|| {
    let params = CommitteeParams::new(2).expect("two are a committee");
    let bytes = hex::decode(COEFFICIENTS.concat()).expect("hex");
    let key = CommitteeKey::from_bytes(params, &bytes).expect("two points of G1");
    let share = |index: u64, scalar: u8| {
        let bytes = [&[1][..], &index.to_le_bytes(), &[0; 31], &[scalar]].concat();
        KeyShare::from_bytes(&bytes, &key).expect("a share of the key")
    };
    let shares = [share(0, 3), share(1, 5)];
    Committee { key, shares }
});

impl Committee {
    /// The committee's signature.
    pub fn certify(&self, purpose: Purpose, digest: &Digest) -> Certificate {
        let share =
            |share: &KeyShare| (share.index(), share.sign(purpose, digest).expect("a signature share"));
        let shares: std::collections::BTreeMap<u64, SignatureShare> = self.shares.iter().map(share).collect();
        self.key.combine(purpose, digest, &shares).expect("a quorum").certificate
    }
}

/// Owner number `index`.
pub fn owner(index: u8) -> OwnerId {
    OwnerId([index; 20])
}

/// Takes a choice off the front of the input.
pub fn choice(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(first, rest)| (*first, rest))
}

/// A file of this process, for decoders that read files. In memory where the system has such a place.
pub fn scratch_file(name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("tributary-fuzz-{}-{name}", std::process::id()))
}
