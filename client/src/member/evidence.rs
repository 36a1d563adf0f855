//! What speaks for taking an owner off the roster: only what this member knows by itself, or from the chain.

use std::fmt;

use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_aggregation::scoring::{OwnerSigns, beyond_clip, owner_signs};

use tributary_proto::decode::PublishedSum;

use super::{ChainView, Member, MemberError};
use crate::connection::Connection;
use crate::settled::{TRANSCRIPT_LIMIT, scored_groups};

/// A reason to agree to a removal.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// Its update is in no sum of the last settled round.
    Absent,
    /// It alone was in all groups whose sums were beyond the clip.
    BeyondClip {
        /// So many groups.
        groups: usize,
    },
    /// The groups that it is in make the model worse, again and again.
    Harmful(OwnerSigns),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("its update is in no sum of the last settled round"),
            Self::BeyondClip { groups } => {
                write!(f, "{groups} sums were beyond the clip, and it alone was in all of these groups")
            }
            Self::Harmful(signs) => write!(
                f,
                "its groups made the model worse in {} of {} rounds; ranks as low as theirs have a chance of {:.1e}",
                signs.harmful, signs.rounds, signs.p_value
            ),
        }
    }
}

/// So many groups beyond the clip are kept.
const KEPT: usize = 16;

impl Member {
    /// Keeps who was in a group whose sum was beyond the clip.
    pub(crate) fn keep_beyond_clip(&mut self, sum: &PublishedSum) -> Result<(), MemberError> {
        let kept = &mut self.vault.record.beyond_clip;
        if kept.iter().any(|(context, _)| *context == sum.context) {
            return Ok(()); // told again after a restart
        }
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((sum.context, sum.online.clone()));
        self.save()
    }

    /// What speaks against an owner; nothing if nothing does.
    ///
    /// # Errors
    /// If the chain or a transcript can't be read.
    pub(crate) async fn evidence(
        &self,
        connection: &Connection,
        chain: &ChainView,
        owner: OwnerId,
    ) -> Result<Option<Evidence>, MemberError> {
        let record = &self.vault.record;
        if record.last_online.as_ref().is_some_and(|online| !online.contains(&owner)) {
            return Ok(Some(Evidence::Absent));
        }
        let refused: Vec<Vec<OwnerId>> =
            record.beyond_clip.iter().map(|(_, owners)| owners.clone()).collect();
        if beyond_clip(&refused) == Some(owner) {
            return Ok(Some(Evidence::BeyondClip { groups: refused.len() }));
        }
        let mut rounds = Vec::new();
        for settlement in chain.settlements(self.study).await? {
            let bytes = connection.artifact(Digest(settlement.transcript), TRANSCRIPT_LIMIT).await?;
            let groups = scored_groups(&bytes).map_err(|error| {
                let round = settlement.round;
                MemberError::Disagreement(format!(
                    "the transcript of round {round} on chain is none: {error}"
                ))
            })?;
            rounds.push(groups);
        }
        let signs = owner_signs(&rounds).remove(&owner).filter(|signs| signs.suspicious);
        Ok(signs.map(Evidence::Harmful))
    }
}
