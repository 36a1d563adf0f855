//! What whoever deploys decides on.

use serde::{Deserialize, Serialize};
use tributary_aggregation::study::SCORING_RULE;

use super::text::{address, amount, optional_address, word};
use crate::{Address, Word};

/// One token in its smallest unit.
const TOKEN: u128 = 1_000_000_000_000_000_000;
/// One day in seconds.
const DAY: u64 = 24 * 60 * 60;

/// The arguments that contracts are created with. The same terms on the same chain give the same addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Who appoints the governor over the timelock, and then gives that right up.
    #[serde(with = "address")]
    pub deployer: Address,
    /// Who may create tokens, at most 2 % of the supply a year; none: the timelock, as token holders decide.
    #[serde(with = "optional_address")]
    pub minter: Option<Address>,
    /// Who gets the token's supply.
    #[serde(with = "address")]
    pub holder: Address,
    /// The token's supply, in its smallest unit; not zero.
    #[serde(with = "amount")]
    pub supply: u128,
    /// The protocol's fee on what studies grant, in ten-thousandths; at most 1,000.
    pub study_fee_bps: u16,
    /// The protocol's fee on sales, in ten-thousandths; at most 1,000.
    pub sale_fee_bps: u16,
    /// The scoring rules that studies may name from the start.
    pub scoring_rules: Vec<String>,
    /// Seconds from a decision to the first moment at which it may be executed.
    pub timelock_delay_s: u64,
    /// Seconds from a proposal to the moment whose votes count; not zero.
    pub voting_delay_s: u64,
    /// Seconds in which votes are cast, from then on; not zero.
    pub voting_period_s: u32,
    /// Votes that a proposer must have, in the token's smallest unit.
    #[serde(with = "amount")]
    pub proposal_threshold: u128,
    /// Hundredths of the supply that must vote for a proposal or abstain; 1 to 100.
    pub quorum_percent: u8,
    /// Tells deployments with otherwise equal terms apart.
    #[serde(with = "word")]
    pub salt: Word,
}

impl Terms {
    /// One scoring rule ([`SCORING_RULE`]), a thousand million tokens for the deployer, fees of 2 and 2.5 %; a day
    /// before votes, a week of votes, two days before execution; a thousandth of the supply to propose, 4 % to decide.
    #[must_use]
    pub fn new(deployer: Address) -> Self {
        let supply = 1_000_000_000 * TOKEN;
        Self {
            deployer,
            minter: None,
            holder: deployer,
            supply,
            study_fee_bps: 200,
            sale_fee_bps: 250,
            scoring_rules: vec![SCORING_RULE.to_owned()],
            timelock_delay_s: 2 * DAY,
            voting_delay_s: DAY,
            voting_period_s: 604_800,
            proposal_threshold: supply / 1_000,
            quorum_percent: 4,
            salt: [0; 32],
        }
    }
}
