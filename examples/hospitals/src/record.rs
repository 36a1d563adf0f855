//! The public record of a study: the transcripts among the coordinator's published artifacts.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// One settled round, as far as people want to read it. Owners are addresses; amounts are in the token's smallest unit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Transcript {
    /// The committee's epoch.
    pub epoch: u64,
    /// The epoch's committee key, hex digits.
    pub committee_key: String,
    /// The round, from 1.
    pub round: u64,
    /// The attempt that succeeded.
    pub attempt: u32,
    /// Attempts since the last settled round of which nothing was settled.
    pub aborted: Vec<AbortedAttempt>,
    /// Who was there when the attempt was announced.
    pub candidates: Vec<String>,
    /// The groups.
    pub groups: Vec<Group>,
    scores: Scores,
    /// What this round pays.
    pub payouts: Vec<Amount>,
    /// What all rounds so far pay.
    pub cumulative: Vec<Amount>,
}

/// An attempt that was given up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct AbortedAttempt {
    /// The round.
    pub round: u64,
    /// The attempt.
    pub attempt: u32,
    /// Why, for programs.
    pub reason: String,
    /// Why, for people.
    pub details: String,
    /// Who was waited for in vain.
    pub absent: Vec<String>,
}

/// A group of a round.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Group {
    /// Whose updates are in the sum.
    pub online: Vec<Online>,
    /// Who joined and was cut.
    pub offline: Vec<Offline>,
}

/// An owner whose update is in the sum.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Online {
    /// The owner.
    pub owner: String,
}

/// An owner that was cut.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Offline {
    /// The owner.
    pub owner: String,
    /// Why.
    pub reason: String,
}

/// What an owner is paid.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Amount {
    /// The owner.
    pub owner: String,
    /// Decimal.
    pub amount: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Scores {
    numerators: Vec<String>,
    denominator: u64,
}

impl Transcript {
    /// Those whose updates are in the round's model.
    pub fn online(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.online).map(|online| online.owner.as_str())
    }

    /// Those who joined and were cut, with the reason.
    pub fn cut(&self) -> impl Iterator<Item = &Offline> {
        self.groups.iter().flat_map(|group| &group.offline)
    }

    /// Whether an owner has no part in the round: it was not there when the attempt was announced, or did not join.
    #[must_use]
    pub fn is_missing(&self, owner: &str) -> bool {
        !self.online().chain(self.cut().map(|cut| cut.owner.as_str())).any(|member| member == owner)
    }

    /// Each owner's score in the metric's unit: its group's Shapley value, split equally within the group.
    #[must_use]
    pub fn scores(&self) -> BTreeMap<&str, f64> {
        let mut scores = BTreeMap::new();
        for (group, numerator) in self.groups.iter().zip(&self.scores.numerators) {
            // Decimal strings: integers beyond what JSON's numbers hold.
            let numerator: f64 = numerator.parse().unwrap_or(f64::NAN);
            let members = group.online.len().max(1) as f64;
            let each = numerator / self.scores.denominator as f64 / 1e6 / members;
            scores.extend(group.online.iter().map(|online| (online.owner.as_str(), each)));
        }
        scores
    }
}

/// The transcripts among the artifacts in a directory, by round. Where a round has several, the last attempt is the one
/// that was settled.
///
/// # Errors
/// If the directory can't be read.
pub fn transcripts(artifacts: &Path) -> Result<BTreeMap<u64, Transcript>> {
    let mut found: BTreeMap<u64, Transcript> = BTreeMap::new();
    for path in files(artifacts)? {
        // A file may be renamed into place while we look: what is not complete is not there yet.
        let Ok(bytes) = fs::read(&path) else { continue };
        let Ok(transcript) = serde_json::from_slice::<Transcript>(&bytes) else { continue };
        let known = found.get(&transcript.round).is_some_and(|known| known.attempt > transcript.attempt);
        if !known {
            found.insert(transcript.round, transcript);
        }
    }
    Ok(found)
}

/// The files of a directory and those below it, sorted.
///
/// # Errors
/// If a directory can't be read.
pub fn files(directory: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let entries =
            fs::read_dir(&directory).with_context(|| format!("{} can't be read", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() { open.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRANSCRIPT: &str = r#"{"epoch":1,"committee_key":"0x","round":2,"attempt":1,"aborted":[],"candidates":["0xa","0xb","0xc"],
        "groups":[{"index":0,"online":[{"owner":"0xa","report":"0x"},{"owner":"0xb","report":"0x"}],"offline":[]},
                  {"index":1,"online":[],"offline":[{"owner":"0xc","join":"0x","reason":"silent"}]}],
        "scores":{"numerators":["4000000","-1000000"],"denominator":2},
        "payouts":[{"owner":"0xa","amount":"7"}],"cumulative":[{"owner":"0xa","amount":"9"}]}"#;

    #[test]
    fn a_groups_score_is_split_among_those_in_its_sum() {
        let transcript: Transcript = serde_json::from_str(TRANSCRIPT).unwrap();
        assert_eq!(transcript.scores(), BTreeMap::from([("0xa", 1.0), ("0xb", 1.0)]));
        assert_eq!(transcript.online().collect::<Vec<_>>(), ["0xa", "0xb"]);
        assert!(
            !transcript.is_missing("0xa") && !transcript.is_missing("0xc") && transcript.is_missing("0xd")
        );
        assert_eq!(transcript.cut().map(|cut| cut.owner.as_str()).collect::<Vec<_>>(), ["0xc"]);
    }

    #[test]
    fn transcripts_are_found_among_other_artifacts() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("12")).unwrap();
        fs::write(directory.path().join("12/a"), TRANSCRIPT).unwrap();
        fs::write(directory.path().join("12/b"), TRANSCRIPT.replace("\"attempt\":1", "\"attempt\":3"))
            .unwrap();
        fs::write(directory.path().join("12/c"), b"\x00\x01 a sealed sum").unwrap();
        fs::write(directory.path().join("12/d"), "{\"rounds\": 3}").unwrap();
        let found = transcripts(directory.path()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[&2].attempt, 3);
        assert!(transcripts(Path::new("/nowhere")).is_err());
    }
}
