//! `ConsentMarket`: requests for a dataset owner's consent to a study, against the price that the owner lists.
//!
//! Amounts are in the token's smallest unit, times in seconds since the Unix epoch. What is paid out is credited in the
//! [`Till`].

use ethers::types::H256;

use super::marketplace::Till;
use crate::{
    Address, ChainClient, ChainError, Consent, Deployment, Purpose, Receipt, Wallet,
    handle::{Handle, counter},
    typed_data::number_word,
};

mod abi {
    #![allow(missing_docs, clippy::all, reason = "generated code")]
    ethers::contract::abigen!(ConsentMarketContract, "../artifacts/ConsentMarket.json");
}

const NAME: &str = "ConsentMarket";

/// What somebody asks of a dataset's owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentTerms {
    /// The dataset.
    pub dataset: u64,
    /// The study, and the contract that runs it.
    pub purpose: Purpose,
    /// The grant must last until then or longer (its last second): `answer_by + hold_for` or later.
    pub min_until: u64,
    /// Last second at which the owner may answer, at most 90 days from now.
    pub answer_by: u64,
    /// Seconds that the grant must stand before the owner is paid, at most 90 days; 0: it is paid on the answer.
    pub hold_for: u32,
    /// The most that the requester is ready to pay.
    pub max_price: u128,
}

/// Where a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    /// Paid in; the owner may grant.
    Asked,
    /// The owner granted; the grant must stand for the time that was asked for.
    Answered,
    /// The owner was paid.
    Paid,
    /// The requester has its money back.
    Refunded,
}

/// A request, as the market shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRequest {
    /// Who asks and has paid.
    pub requester: Address,
    /// Where it is.
    pub status: RequestStatus,
    /// The dataset.
    pub dataset: u64,
    /// Its owner when it was asked: nobody else's grant counts.
    pub owner: Address,
    /// The study, and the contract that runs it.
    pub purpose: Purpose,
    /// What was paid in.
    pub price: u128,
    /// The treasury's part of the price, in ten-thousandths.
    pub fee_bps: u16,
    /// The grant must last until then or longer.
    pub min_until: u64,
    /// Last second at which the owner may answer.
    pub answer_by: u64,
    /// Seconds that the grant must stand.
    pub hold_for: u32,
    /// From when on the owner is paid; none until it has answered.
    pub payable_from: Option<u64>,
}

/// The market of consents on a chain. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConsentMarket {
    at: Handle,
    till: Till,
}

impl ConsentMarket {
    /// The market of a deployment.
    ///
    /// # Errors
    /// [`ChainError::WrongChain`].
    pub fn new(client: ChainClient, deployment: &Deployment) -> Result<Self, ChainError> {
        let at = Handle::new(client, deployment, NAME, deployment.consents)?;
        let till = Till::new(at.clone(), deployment)?;
        Ok(Self { at, till })
    }

    /// Where it is: what payments are approved to.
    #[must_use]
    pub fn address(&self) -> Address {
        self.at.address
    }

    /// What it owes, and to whom.
    #[must_use]
    pub fn till(&self) -> &Till {
        &self.till
    }

    // ------------------------------------------------------------------------------------------------- views

    /// How many requests there have been. They are numbered from 1.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn request_count(&self) -> Result<u64, ChainError> {
        let abi::RequestCountReturn(count) = self.at.view(abi::RequestCountCall).await?;
        counter("request count", count)
    }

    /// A request; none if there has been none with this number.
    ///
    /// # Errors
    /// The node can't be asked, or shows a status that is unknown here.
    pub async fn request(&self, request: u64) -> Result<Option<ConsentRequest>, ChainError> {
        let abi::RequestReturn(shown) = self.at.view(abi::RequestCall { id: request.into() }).await?;
        shown_request(&shown)
    }

    /// A requester's open request for a dataset's consent to a study, if there is one.
    ///
    /// # Errors
    /// The node can't be asked.
    pub async fn open_request(
        &self,
        requester: &Address,
        dataset: u64,
        purpose: &Purpose,
    ) -> Result<Option<u64>, ChainError> {
        let call = abi::OpenRequestCall {
            requester: requester.into(),
            dataset: dataset.into(),
            escrow: purpose.escrow.into(),
            study: purpose.study,
        };
        let abi::OpenRequestReturn { id } = self.at.view(call).await?;
        let request = counter("request", id)?;
        Ok((request != 0).then_some(request))
    }

    // ----------------------------------------------------------------------------------------- transactions
    //
    // Each fails as every transaction may: see `ChainError`. A contract's refusal is found before anything is sent.

    /// Asks for consent and pays the listed price in, which must be approved to the market. Returns the request's number.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn request_consent(
        &self,
        wallet: &Wallet,
        terms: &ConsentTerms,
    ) -> Result<(u64, Receipt), ChainError> {
        let receipt = self.at.transact(wallet, request_call(terms)).await?;
        Ok((self.opened(terms.dataset, &receipt).await?, receipt))
    }

    /// [`Self::request_consent`] with a signed permit over `max_price` in place of an approval, good until `deadline`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn request_with_permit(
        &self,
        wallet: &Wallet,
        terms: &ConsentTerms,
        deadline: u64,
    ) -> Result<(u64, Receipt), ChainError> {
        let receipt = self.till.pay(wallet, (terms.max_price, deadline), request_call(terms)).await?;
        Ok((self.opened(terms.dataset, &receipt).await?, receipt))
    }

    /// Takes note of a grant that the registry has. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn answer(&self, wallet: &Wallet, request: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::AnswerRequestCall { id: request.into() }).await
    }

    /// Submits the owner's signed grant to the registry and takes note of it, both or neither. Dataset and study are the
    /// request's: a consent that was signed for others is none. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn answer_with_grant(
        &self,
        wallet: &Wallet,
        request: u64,
        consent: &Consent,
    ) -> Result<Receipt, ChainError> {
        let call = abi::AnswerWithGrantCall {
            id: request.into(),
            until: consent.until,
            nonce: consent.nonce,
            signature: consent.signature.clone().into(),
        };
        self.at.transact(wallet, call).await
    }

    /// Pays the owner after its grant has stood for the time that was asked for. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn pay(&self, wallet: &Wallet, request: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::PayRequestCall { id: request.into() }).await
    }

    /// Returns the payment of a request that was not answered in time, or whose grant did not stand. Anybody may send it.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn refund(&self, wallet: &Wallet, request: u64) -> Result<Receipt, ChainError> {
        self.at.transact(wallet, abi::RefundRequestCall { id: request.into() }).await
    }

    // ---------------------------------------------------------------------------------------------- internals

    /// The request that a transaction opened.
    async fn opened(&self, dataset: u64, receipt: &Receipt) -> Result<u64, ChainError> {
        let logs = self.at.logs(2, &number_word(dataset.into()), receipt.block).await?;
        for log in logs.iter().filter(|log| log.transaction_hash == Some(H256(receipt.tx_hash))) {
            if let abi::ConsentMarketContractEvents::ConsentRequestedFilter(event) = self.at.event(log)? {
                return counter("request", event.request);
            }
        }
        Err(self.at.wrong("the transaction went through and opened no request"))
    }
}

fn request_call(terms: &ConsentTerms) -> abi::RequestConsentCall {
    abi::RequestConsentCall {
        terms: abi::ConsentTerms {
            dataset: terms.dataset.into(),
            escrow: terms.purpose.escrow.into(),
            study: terms.purpose.study,
            min_until: terms.min_until,
            answer_by: terms.answer_by,
            hold_for: terms.hold_for,
            max_price: terms.max_price,
        },
    }
}

/// None for the status `None`: there is no such request.
fn shown_request(shown: &abi::ConsentRequest) -> Result<Option<ConsentRequest>, ChainError> {
    let status = match shown.status {
        0 => return Ok(None),
        1 => RequestStatus::Asked,
        2 => RequestStatus::Answered,
        3 => RequestStatus::Paid,
        4 => RequestStatus::Refunded,
        _ => return Err(ChainError::Range { field: "request status", bits: 3 }),
    };
    Ok(Some(ConsentRequest {
        requester: shown.requester.0,
        status,
        dataset: counter("dataset", shown.dataset)?,
        owner: shown.owner.0,
        purpose: Purpose { escrow: shown.escrow.0, study: shown.study },
        price: shown.price,
        fee_bps: shown.fee_bps,
        min_until: shown.min_until,
        answer_by: shown.answer_by,
        hold_for: shown.hold_for,
        payable_from: (shown.payable_from != 0).then_some(shown.payable_from),
    }))
}

/// Reads what views return, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_views(output: &[u8]) {
    use ethers::abi::AbiDecode as _;
    drop(abi::RequestReturn::decode(output).map(|read| shown_request(&read.0)));
}
