//! A proposal as a file: JSON, public. Its id binds it to what is on chain, so a changed file can't be voted on.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::governance::{Action, Proposal};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Digest,
    description: String,
    actions: Vec<Call>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    target: OwnerId,
    /// Hex with 0x.
    call: String,
}

/// Writes a proposal.
///
/// # Errors
/// If the file exists with another proposal, or can't be written.
pub fn write(path: &Path, proposal: &Proposal) -> Result<()> {
    if path.exists() && read(path)?.id() != proposal.id() {
        bail!("{} holds another proposal: choose another file", path.display());
    }
    let call = |action: &Action| Call {
        target: OwnerId(action.target),
        call: format!("0x{}", hex::encode(&action.call)),
    };
    let file = File {
        id: Digest(proposal.id()),
        description: proposal.description.clone(),
        actions: proposal.actions.iter().map(call).collect(),
    };
    let text = serde_json::to_string_pretty(&file)? + "\n";
    fs::write(path, text).with_context(|| format!("the proposal can't be written to {}", path.display()))
}

/// Reads a proposal.
///
/// # Errors
/// If the file can't be read, is malformed, or its id is not that of its contents.
pub fn read(path: &Path) -> Result<Proposal> {
    let text =
        fs::read_to_string(path).with_context(|| format!("the proposal {} can't be read", path.display()))?;
    let file: File =
        serde_json::from_str(&text).with_context(|| format!("{} is not a proposal", path.display()))?;
    let action = |(index, call): (usize, &Call)| {
        let bytes = call.call.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
        match bytes {
            Some(bytes) => Ok(Action { target: call.target.0, call: bytes }),
            None => bail!("{}, actions[{index}].call: takes 0x and hex digits", path.display()),
        }
    };
    let actions = file.actions.iter().enumerate().map(action).collect::<Result<_>>()?;
    let proposal = Proposal { actions, description: file.description };
    if Digest(proposal.id()) != file.id {
        bail!("{}: its id is not that of its contents, somebody changed it: get it anew", path.display());
    }
    Ok(proposal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal() -> Proposal {
        let action = Action { target: [7; 20], call: vec![1, 2, 3, 4] };
        Proposal { actions: vec![action], description: "a lower fee".into() }
    }

    #[test]
    fn a_proposal_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("proposal.json");
        write(&path, &proposal()).unwrap();
        assert_eq!(read(&path).unwrap(), proposal());
        write(&path, &proposal()).unwrap();
        let other = Proposal { description: "another".into(), ..proposal() };
        assert!(write(&path, &other).unwrap_err().to_string().contains("another proposal"));
    }

    #[test]
    fn a_changed_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("proposal.json");
        write(&path, &proposal()).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (from, to, why) in [
            ("a lower fee", "a higher fee", "somebody changed it"),
            ("0x01020304", "0x01020305", "somebody changed it"),
            ("0x01020304", "0x0102030", "hex digits"),
            ("0x01020304", "01020304", "hex digits"),
            ("\"description\"", "\"descriptio\"", "not a proposal"),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            fs::write(&path, bad).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(why), "{to}: {error}");
        }
    }
}
