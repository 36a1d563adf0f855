//! What the compute market shows.

use ethers::contract::EthEvent;

use super::{Compute, ComputeLimits, Job, JobTerms, Release, Replica, Stake, abi};
use crate::{Address, ChainError, Word, handle::amount};

impl Compute {
    /// A job; none if there is none with this id.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn job(&self, job: &Word) -> Result<Option<Job>, ChainError> {
        let abi::JobReturn { shown } = self.at.view(abi::JobCall { id: *job }).await?;
        Job::read(shown)
    }

    /// The contract's own id of a job; equal to [`JobTerms::job_id`].
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn job_id(&self, requester: &Address, terms: &JobTerms) -> Result<Word, ChainError> {
        let call = abi::JobIdCall { requester: requester.into(), terms: terms.argument() };
        let abi::JobIdReturn(id) = self.at.view(call).await?;
        Ok(id)
    }

    /// One provider's part in a job.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn replica(&self, job: &Word, provider: &Address) -> Result<Replica, ChainError> {
        let call = abi::ReplicaCall { id: *job, provider: provider.into() };
        let abi::ReplicaReturn { shown } = self.at.view(call).await?;
        Replica::read(&shown)
    }

    /// Who has offered to run a job, in order; empty if there is no such job.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn providers(&self, job: &Word) -> Result<Vec<Address>, ChainError> {
        let offers = self.job(job).await?.map_or(0, |job| job.offers);
        let mut providers = Vec::with_capacity(offers.into());
        for index in 0..offers {
            let abi::OfferedByReturn(provider) =
                self.at.view(abi::OfferedByCall { id: *job, index: index.into() }).await?;
            providers.push(provider.0);
        }
        Ok(providers)
    }

    /// What a provider's release from a job came to; none if it was not released yet.
    ///
    /// # Errors
    /// The node can't be asked, or a log can't be read.
    pub async fn released(&self, job: &Word, provider: &Address) -> Result<Option<Release>, ChainError> {
        let logs = self.at.logs(1, job, 0).await?;
        let kind = abi::ReplicaReleasedFilter::signature();
        for log in logs.iter().filter(|log| log.topics.first() == Some(&kind)) {
            let event: abi::ReplicaReleasedFilter = self.at.event(log)?;
            if event.provider.0 == *provider {
                return Release::read(&event).map(Some);
            }
        }
        Ok(None)
    }

    /// A provider's stake.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn stake_of(&self, provider: &Address) -> Result<Stake, ChainError> {
        let abi::StakeOfReturn(shown) = self.at.view(abi::StakeOfCall { provider: provider.into() }).await?;
        Ok(Stake::read(&shown))
    }

    /// What [`Self::withdraw`] would send an account.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn owed(&self, account: &Address) -> Result<u128, ChainError> {
        let abi::OwedReturn { amount: owed } =
            self.at.view(abi::OwedCall { account: account.into() }).await?;
        amount("debt", owed)
    }

    /// What [`Self::pay_treasury`] would send.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn treasury_due(&self) -> Result<u128, ChainError> {
        let abi::TreasuryDueReturn(due) = self.at.view(abi::TreasuryDueCall).await?;
        amount("debt to the treasury", due)
    }

    /// What the market allows.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn limits(&self) -> Result<ComputeLimits, ChainError> {
        let abi::MaxReplicasReturn(max_replicas) = self.at.view(abi::MaxReplicasCall).await?;
        let abi::MaxOffersReturn(max_offers) = self.at.view(abi::MaxOffersCall).await?;
        let abi::UnstakeDelayReturn(unstake_delay_s) = self.at.view(abi::UnstakeDelayCall).await?;
        let abi::MinWindowReturn(min_window_s) = self.at.view(abi::MinWindowCall).await?;
        let abi::MaxWindowReturn(max_window_s) = self.at.view(abi::MaxWindowCall).await?;
        let abi::DrawWindowReturn(draw_window_s) = self.at.view(abi::DrawWindowCall).await?;
        Ok(ComputeLimits {
            max_replicas,
            max_offers,
            unstake_delay_s,
            min_window_s,
            max_window_s,
            draw_window_s,
        })
    }
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::JobReturn::decode(output).map(|read| Job::read(read.shown)));
    drop(abi::ReplicaReturn::decode(output).map(|read| Replica::read(&read.shown)));
    drop(abi::StakeOfReturn::decode(output).map(|read| Stake::read(&read.0)));
}
