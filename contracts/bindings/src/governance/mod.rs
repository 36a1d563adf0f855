//! `TributaryGovernor` and its timelock: what token holders decide, and what a decision does.
//!
//! A proposal is a list of calls that the timelock makes once the proposal has won and waited: it changes a fee, adds a
//! scoring rule, spends the treasury (the timelock's own tokens), or launches and funds a study.

mod abi;
mod explain;

#[cfg(feature = "fuzzing")]
pub(crate) use explain::as_each;

use ethers::{
    abi::{AbiEncode as _, Token as AbiToken, encode},
    contract::EthCall,
    types::{Bytes, U256},
};

use crate::{
    Address, ChainClient, ChainError, Deployment, Launch, Receipt, Wallet, Word,
    abi::{escrow::LaunchCall, token},
    escrow::launch_argument,
    handle::{Handle, amount, counter, number},
    keccak256,
};
use abi::{governor, parameters, timelock};

const NAME: &str = "TributaryGovernor";

/// A call that a proposal makes, in the timelock's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The contract that is called.
    pub target: Address,
    /// Selector and arguments.
    pub call: Vec<u8>,
}

/// What is voted on. Its id follows from it alone, so nothing can be slipped under a vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What is done, in this order, all or nothing.
    pub actions: Vec<Action>,
    /// Why, for people.
    pub description: String,
}

impl Proposal {
    /// Its id: `keccak256(abi.encode(targets, values, calldatas, keccak256(description)))`, as OpenZeppelin's `Governor`
    /// has it.
    #[must_use]
    pub fn id(&self) -> Word {
        let each = |token: fn(&Action) -> AbiToken| AbiToken::Array(self.actions.iter().map(token).collect());
        keccak256(&encode(&[
            each(|action| AbiToken::Address(action.target.into())),
            each(|_| AbiToken::Uint(U256::zero())),
            each(|action| AbiToken::Bytes(action.call.clone())),
            AbiToken::FixedBytes(self.description_hash().to_vec()),
        ]))
    }

    fn description_hash(&self) -> Word {
        keccak256(self.description.as_bytes())
    }

    fn targets(&self) -> Vec<ethers::types::Address> {
        self.actions.iter().map(|action| action.target.into()).collect()
    }

    fn values(&self) -> Vec<U256> {
        vec![U256::zero(); self.actions.len()]
    }

    fn calls(&self) -> Vec<Bytes> {
        self.actions.iter().map(|action| action.call.clone().into()).collect()
    }
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalState {
    /// Voting has not begun.
    Pending,
    /// It is voted on.
    Active,
    /// Its proposer took it back.
    Canceled,
    /// Too few votes, or more against than for.
    Defeated,
    /// It has won and can be queued.
    Succeeded,
    /// It waits in the timelock.
    Queued,
    /// It was queued too late.
    Expired,
    /// It is done.
    Executed,
}

/// A voter's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vote {
    /// No.
    Against,
    /// Yes.
    For,
    /// Counts for the quorum only.
    Abstain,
}

/// A proposal's times, seconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// Whoever held votes at this moment may cast them; voting begins after it.
    pub snapshot: u64,
    /// The last second of voting.
    pub deadline: u64,
    /// From when on it can be executed; none before it is queued.
    pub ready: Option<u64>,
}

/// How votes stand, in the token's smallest unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Yes.
    pub in_favour: u128,
    /// No.
    pub against: u128,
    /// For the quorum only.
    pub abstaining: u128,
}

/// The governor on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Governance {
    at: Handle,
    deployment: Deployment,
}

impl Governance {
    /// The governor of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: Deployment) -> Result<Self, ChainError> {
        let at = Handle::new(client, &deployment, NAME, deployment.governor)?;
        Ok(Self { at, deployment })
    }

    // ----------------------------------------------------------------------------------------------- actions

    /// The fee on what studies launched from then on grant, in ten-thousandths.
    #[must_use]
    pub fn set_study_fee(&self, bps: u16) -> Action {
        self.parameters(parameters::SetStudyFeeCall { fee: bps })
    }

    /// The fee on sales, in ten-thousandths.
    #[must_use]
    pub fn set_sale_fee(&self, bps: u16) -> Action {
        self.parameters(parameters::SetSaleFeeCall { fee: bps })
    }

    /// Lets studies be scored by another rule.
    #[must_use]
    pub fn allow_scoring_rule(&self, name: &str) -> Action {
        self.parameters(parameters::AllowScoringRuleCall { rule: keccak256(name.as_bytes()) })
    }

    /// Takes a rule away from studies launched from then on.
    #[must_use]
    pub fn forbid_scoring_rule(&self, name: &str) -> Action {
        self.parameters(parameters::ForbidScoringRuleCall { rule: keccak256(name.as_bytes()) })
    }

    /// Sends the treasury's tokens.
    #[must_use]
    pub fn spend(&self, to: &Address, amount: u128) -> Action {
        let call = token::TransferCall { to: to.into(), value: amount.into() };
        Action { target: self.deployment.token, call: call.encode() }
    }

    /// Creates tokens, no more than the token's schedule leaves when it is executed. For deployments whose minter is the
    /// timelock.
    #[must_use]
    pub fn mint(&self, to: &Address, amount: u128) -> Action {
        let call = token::MintCall { to: to.into(), amount: amount.into() };
        Action { target: self.deployment.token, call: call.encode() }
    }

    /// Launches a study and funds it from the treasury with `funding`: budget and fee (see
    /// [`crate::Escrow::funding`]). The study's funder is the timelock.
    #[must_use]
    pub fn launch_study(&self, launch: &Launch, funding: u128) -> [Action; 2] {
        let escrow = self.deployment.escrow;
        let approve = token::ApproveCall { spender: escrow.into(), value: funding.into() };
        let launch = LaunchCall { plan: launch_argument(launch) };
        [
            Action { target: self.deployment.token, call: approve.encode() },
            Action { target: escrow, call: launch.encode() },
        ]
    }

    fn parameters(&self, call: impl EthCall) -> Action {
        Action { target: self.deployment.parameters, call: call.encode() }
    }

    // ------------------------------------------------------------------------------------------------- views

    /// Where a proposal stands.
    ///
    /// # Errors
    /// There is no such proposal, or the node can't be asked.
    pub async fn state(&self, id: &Word) -> Result<ProposalState, ChainError> {
        let governor::StateReturn(state) =
            self.at.view(governor::StateCall { proposal_id: number(id) }).await?;
        Ok(match state {
            0 => ProposalState::Pending,
            1 => ProposalState::Active,
            2 => ProposalState::Canceled,
            3 => ProposalState::Defeated,
            4 => ProposalState::Succeeded,
            5 => ProposalState::Queued,
            6 => ProposalState::Expired,
            7 => ProposalState::Executed,
            _ => return Err(ChainError::Range { field: "proposal state", bits: 3 }),
        })
    }

    /// A proposal's times.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn timeline(&self, id: &Word) -> Result<Timeline, ChainError> {
        let id = number(id);
        let governor::ProposalSnapshotReturn(snapshot) =
            self.at.view(governor::ProposalSnapshotCall { proposal_id: id }).await?;
        let governor::ProposalDeadlineReturn(deadline) =
            self.at.view(governor::ProposalDeadlineCall { proposal_id: id }).await?;
        let governor::ProposalEtaReturn(ready) =
            self.at.view(governor::ProposalEtaCall { proposal_id: id }).await?;
        let ready = counter("eta", ready)?;
        Ok(Timeline {
            snapshot: counter("snapshot", snapshot)?,
            deadline: counter("deadline", deadline)?,
            ready: (ready != 0).then_some(ready),
        })
    }

    /// How votes stand.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn tally(&self, id: &Word) -> Result<Tally, ChainError> {
        let governor::ProposalVotesReturn { against_votes, for_votes, abstain_votes } =
            self.at.view(governor::ProposalVotesCall { proposal_id: number(id) }).await?;
        Ok(Tally {
            in_favour: amount("votes", for_votes)?,
            against: amount("votes", against_votes)?,
            abstaining: amount("votes", abstain_votes)?,
        })
    }

    /// The shortest time from proposal to execution, in seconds: voting's delay and period, and the timelock's delay.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn shortest(&self) -> Result<u64, ChainError> {
        let governor::VotingDelayReturn(delay) = self.at.view(governor::VotingDelayCall).await?;
        let governor::VotingPeriodReturn(period) = self.at.view(governor::VotingPeriodCall).await?;
        let timelock::GetMinDelayReturn(lock) = self
            .at
            .client
            .view("TributaryTimelock", &self.deployment.timelock, timelock::GetMinDelayCall)
            .await?;
        let parts = [("voting delay", delay), ("voting period", period), ("timelock delay", lock)];
        parts.into_iter().try_fold(0u64, |sum, (field, part)| Ok(sum.saturating_add(counter(field, part)?)))
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`.

    /// Gives one's votes to an account, most often one's own: tokens vote only when they are delegated.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn delegate(&self, wallet: &Wallet, to: &Address) -> Result<Receipt, ChainError> {
        let call = token::DelegateCall { delegatee: to.into() };
        self.at.client.transact(wallet, &self.deployment.token, call).await
    }

    /// Proposes.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn propose(&self, wallet: &Wallet, proposal: &Proposal) -> Result<Receipt, ChainError> {
        let call = governor::ProposeCall {
            targets: proposal.targets(),
            values: proposal.values(),
            calldatas: proposal.calls(),
            description: proposal.description.clone(),
        };
        self.at.transact(wallet, call).await
    }

    /// Votes.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn vote(&self, wallet: &Wallet, id: &Word, vote: Vote) -> Result<Receipt, ChainError> {
        let support = match vote {
            Vote::Against => 0,
            Vote::For => 1,
            Vote::Abstain => 2,
        };
        let call = governor::CastVoteCall { proposal_id: number(id), support };
        self.at.transact(wallet, call).await
    }

    /// Hands a proposal that has won to the timelock. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn queue(&self, wallet: &Wallet, proposal: &Proposal) -> Result<Receipt, ChainError> {
        let call = governor::QueueCall {
            targets: proposal.targets(),
            values: proposal.values(),
            calldatas: proposal.calls(),
            description_hash: proposal.description_hash(),
        };
        self.at.transact(wallet, call).await
    }

    /// Does what a queued proposal says, once it has waited. Anyone may.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn execute(&self, wallet: &Wallet, proposal: &Proposal) -> Result<Receipt, ChainError> {
        let call = governor::ExecuteCall {
            targets: proposal.targets(),
            values: proposal.values(),
            calldatas: proposal.calls(),
            description_hash: proposal.description_hash(),
        };
        self.at.transact(wallet, call).await
    }
}
