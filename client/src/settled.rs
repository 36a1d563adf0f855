//! Looking on the chain whether a round is settled as the coordinator says.

use tributary_aggregation::ids::Digest;
use tributary_aggregation::scoring::ScoredGroup;
use tributary_aggregation::transcript::RoundTranscript;
use tributary_proto::decode;
use tributary_proto::v1::RoundSettled;

use crate::connection::Connection;
use crate::member::{ChainView, Member, MemberError};

/// The largest transcript that is fetched.
pub const TRANSCRIPT_LIMIT: usize = 16 * 1024 * 1024;

/// A settled round, as the chain has it.
pub struct SettledRound {
    /// The transcript; none for the statistics round, which is not settled.
    pub transcript: Option<Vec<u8>>,
    /// The settling transaction.
    pub transaction: Option<Digest>,
}

/// Fetches the transcript of a settled round, if the chain names that very one.
///
/// # Errors
/// If the chain has not settled the round, or by another transcript.
pub async fn check(
    member: &Member,
    connection: &Connection,
    chain: &ChainView,
    settled: &RoundSettled,
) -> Result<SettledRound, MemberError> {
    if settled.round == 0 {
        return Ok(SettledRound { transcript: None, transaction: None });
    }
    let told = decode::digest("transcript", &settled.transcript)?;
    let transaction = decode::digest("transaction", &settled.transaction)?;
    let on_chain = chain.settled_transcript(member.study, settled.round).await?;
    if on_chain != Some(told) {
        return Err(MemberError::Disagreement(format!(
            "the coordinator says that round {} is settled by transcript {told}, the chain has {}",
            settled.round,
            on_chain.map_or_else(|| "none".to_owned(), |digest| digest.to_string()),
        )));
    }
    let transcript = connection.artifact(told, TRANSCRIPT_LIMIT).await?;
    Ok(SettledRound { transcript: Some(transcript), transaction: Some(transaction) })
}

/// A settled round's groups and what each was worth. The transcript's digest is on chain: a quorum has agreed on it.
///
/// # Errors
/// If the bytes are no transcript.
pub fn scored_groups(transcript: &[u8]) -> Result<Vec<ScoredGroup>, serde_json::Error> {
    let transcript: RoundTranscript = serde_json::from_slice(transcript)?;
    let scores = transcript.scores.numerators;
    let groups = transcript.groups.into_iter().zip(scores);
    Ok(groups
        .map(|(group, score)| ScoredGroup {
            owners: group.online.iter().map(|online| online.owner).collect(),
            score,
        })
        .collect())
}
