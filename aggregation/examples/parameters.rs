//! Prints the tables of `docs/PARAMETERS.md`: how large committees are, and with how many others an owner masks.
//!
//! `cargo run -p tributary-aggregation --example parameters`

use tributary_aggregation::committee::CommitteeParams;
use tributary_aggregation::committee::sample::{committee_size, corrupt_among};
use tributary_aggregation::hypergeometric::Urn;
use tributary_aggregation::masking::GraphParams;

const OWNERS: [usize; 7] = [16, 32, 64, 100, 128, 256, 1000];
/// Shares of corrupt owners, in ten-thousandths.
const CORRUPT_BPS: [u16; 3] = [500, 1000, 2000];

/// The probability that one of `trials` samples of `drawn` has `least` or more of the `marked`, from above, as a power of
/// two: exact down to 2⁻⁶⁴.
fn rarity(owners: usize, marked: usize, drawn: usize, trials: u32, least: usize) -> String {
    if least > marked.min(drawn) {
        return "never".into();
    }
    let bits = Urn::new(owners, marked)
        .and_then(|urn| (0..=64u8).rev().find(|bits| urn.rare_from(drawn, trials, *bits) <= least));
    bits.map_or_else(|| "always".into(), |bits| format!("2⁻{}", superscript(bits)))
}

fn superscript(number: u8) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digits = number.to_string();
    digits.bytes().filter_map(|digit| DIGITS.get(usize::from(digit.wrapping_sub(b'0')))).collect()
}

fn table(cell: impl Fn(usize, usize, u16) -> String) -> String {
    let mut lines = vec!["| owners | 5 % | 10 % | 20 % |".to_owned(), "|---|---|---|---|".to_owned()];
    for owners in OWNERS {
        let cells = CORRUPT_BPS.map(|bps| cell(owners, corrupt_among(owners, bps), bps));
        lines.push(format!("| {owners} | {} |", cells.join(" | ")));
    }
    lines.join("\n")
}

/// Size, members that may be corrupt, quorum, and how often more are corrupt.
pub fn committees() -> String {
    table(|owners, corrupt, bps| {
        let size = committee_size(owners, bps);
        let Ok(params) = CommitteeParams::new(size) else { return "none".into() };
        let (t, q) = (params.corrupt(), params.quorum());
        format!("{size}, t = {t}, q = {q}; {}", rarity(owners, corrupt, size, 1, t + 1))
    })
}

/// Degree, how many of the half that follows must be online, how often the corrupt alone are as many.
pub fn graphs() -> String {
    table(|owners, corrupt, _| {
        let Some(params) = GraphParams::derive(owners, corrupt) else { return "complete".into() };
        let (degree, least) = (params.degree(), params.min_online());
        let failure = rarity(owners, corrupt, degree / 2, owners as u32, least);
        format!("{degree}, {least} of {}; {failure}", degree / 2)
    })
}

/// With three tenths of the owners gone at random: how often somebody keeps too few neighbours.
pub fn dropouts() -> String {
    table(|owners, corrupt, _| {
        let Some(params) = GraphParams::derive(owners, corrupt) else { return "never".into() };
        let (window, least) = (params.degree() / 2, params.min_online());
        rarity(owners, owners * 3 / 10, window, owners as u32, window + 1 - least)
    })
}

#[allow(dead_code, reason = "a test includes this file for its tables")]
fn main() {
    println!("Committees\n\n{}\n", committees());
    println!("Mask graphs\n\n{}\n", graphs());
    println!("Dropouts\n\n{}", dropouts());
}
