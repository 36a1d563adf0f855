//! What an owner does with a dataset on chain: lists it, gives it to a study, takes that back, erases it. Each act is signed
//! here; the coordinator relays it, so that owners need no ether, or the owner's wallet sends it itself.

use std::path::{Path, PathBuf};

use tributary_aggregation::ids::{Digest, OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::typed_data::{consent_digest, erase_digest, list_digest, revoke_digest};
use tributary_contracts::{
    Consent, Consents as _, DatasetRelay, Datasets, Erasure, GrantStatus, Listing, Outcome, Revocation,
    Study, Wallet,
};

use super::document::Document;
use super::error::CatalogError;
use super::keep::{Keep, check_owner, receipt_path};
use super::receipt::Receipt;
use crate::connection::Connection;

/// By what way acts reach the chain.
pub enum Way {
    /// The coordinator sends them and pays.
    Relayed(Connection),
    /// The owner's wallet sends them and pays.
    Direct,
}

/// An owner who acts.
pub struct Acts<'a> {
    /// Signs.
    pub wallet: &'a Wallet,
    /// Where datasets are.
    pub datasets: &'a Datasets,
    /// To the chain.
    pub way: &'a Way,
}

/// A dataset was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub dataset: u64,
    /// The transaction; nothing if it was listed before.
    pub transaction: Option<Digest>,
}

/// A consent was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The dataset.
    pub dataset: u64,
    /// Last second for which it is given.
    pub until: u64,
    /// The transaction; nothing if it was given before.
    pub transaction: Option<Digest>,
}

/// A dataset was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The dataset.
    pub dataset: u64,
    /// The transaction; nothing if it was erased before.
    pub transaction: Option<Digest>,
}

fn sent(outcome: &Outcome) -> Option<Digest> {
    match outcome {
        Outcome::Sent(receipt) => Some(Digest(receipt.tx_hash)),
        Outcome::Already => None,
    }
}

impl Acts<'_> {
    fn owner(&self) -> OwnerId {
        OwnerId(self.wallet.address())
    }

    fn direct(&self) -> DatasetRelay {
        DatasetRelay::new(self.datasets.clone(), self.wallet.clone())
    }

    /// Lists a dataset that is kept here, and notes its number. Asked again, nothing more is done.
    ///
    /// # Errors
    /// If the description is somebody else's, or the chain can't be reached or refuses.
    pub async fn list(&self, keep: &mut Keep, document: &Document) -> Result<Listed, CatalogError> {
        check_owner(document, self.owner())?;
        let kept = keep.kept();
        if let Some(dataset) = kept.dataset {
            return Ok(Listed { dataset, transaction: None });
        }
        let owner = self.wallet.address();
        let nonce = self.datasets.nonce(&owner).await?;
        let (commitment, uri, price) = (kept.commitment.0, kept.uri, kept.price);
        let digest = list_digest(&self.datasets.domain(), &owner, &commitment, &uri, price, nonce);
        let signature = self.wallet.sign_digest(&digest);
        let listing = Listing { owner, commitment, uri, price, nonce, signature: signature.to_vec() };
        let listed = match self.way {
            Way::Relayed(connection) => {
                let (dataset, transaction) = connection.relay_listing(&listing).await?;
                // Whose number the coordinator names is looked up: consents are signed over it.
                let there = self.datasets.listing(dataset).await?;
                if there.is_none_or(|there| there.owner != owner || there.commitment != commitment) {
                    let found = "the coordinator names it, and it is another's".to_owned();
                    return Err(CatalogError::NotOwned { dataset, owner: self.owner(), found });
                }
                Listed { dataset, transaction }
            }
            Way::Direct => {
                let (dataset, outcome) = self.direct().ensure_listed(&listing).await?;
                Listed { dataset, transaction: sent(&outcome) }
            }
        };
        keep.listed(listed.dataset)?;
        Ok(listed)
    }

    /// The dataset, if it is this wallet's on chain.
    async fn own(&self, keep: &Keep) -> Result<u64, CatalogError> {
        let kept = keep.kept();
        let dataset = kept.dataset.ok_or_else(|| CatalogError::File {
            path: PathBuf::from("dataset"),
            reason: "is not listed yet: run `tributary dataset list` again".into(),
        })?;
        let found = match self.datasets.listing(dataset).await? {
            Some(there) if there.owner == self.wallet.address() => return Ok(dataset),
            Some(there) => format!("it is {}'s", OwnerId(there.owner)),
            None => "it is erased".into(),
        };
        Err(CatalogError::NotOwned { dataset, owner: self.owner(), found })
    }

    /// Gives a dataset to a study, if the study's purpose is within the dataset's terms. `plan` must be the one whose digest
    /// is on chain. Asked again with a later end, the consent is prolonged.
    ///
    /// # Errors
    /// If the study asks for no consent, its purpose is not permitted, or the chain refuses.
    pub async fn grant(
        &self,
        keep: &Keep,
        (study, plan, on_chain): (StudyId, &StudyPlan, &Study),
        until: Option<u64>,
    ) -> Result<Granted, CatalogError> {
        if !on_chain.consent_required || !plan.cohort.consent {
            return Err(CatalogError::NoConsentAsked(study));
        }
        let document = keep.document().await?;
        document.terms.permit(&plan.purpose)?;
        let dataset = self.own(keep).await?;
        let until = until.unwrap_or(on_chain.settle_by);
        if until < on_chain.settle_by {
            let least = on_chain.settle_by;
            let reason = format!("the study takes consents that last until its deadline, {least}, or longer");
            return Err(CatalogError::Until { until, reason });
        }
        let there = self.datasets.consent(&study.0, &self.wallet.address()).await?;
        if there.status == GrantStatus::Granted && there.dataset == dataset && there.until >= until {
            return Ok(Granted { dataset, until: there.until, transaction: None });
        }
        let (owner, purpose, nonce) = (self.wallet.address(), self.datasets.purpose(study.0), there.nonce);
        let of = (&purpose.escrow, &purpose.study);
        let digest = consent_digest(&self.datasets.domain(), &owner, dataset, of, until, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        let consent = Consent { owner, dataset, purpose, until, nonce, signature };
        let transaction = match self.way {
            Way::Relayed(connection) => connection.relay_consent(&consent).await?,
            Way::Direct => sent(&self.direct().ensure_consented(&consent).await?),
        };
        Ok(Granted { dataset, until, transaction })
    }

    /// Takes the consent to a study back. What was signed for this study before can't be used any more, even if there was no
    /// consent.
    ///
    /// # Errors
    /// If this wallet never gave a dataset to this study, or the chain refuses.
    pub async fn revoke(&self, study: StudyId) -> Result<Option<Digest>, CatalogError> {
        let owner = self.wallet.address();
        let there = self.datasets.consent(&study.0, &owner).await?;
        if there.status == GrantStatus::Revoked {
            return Ok(None);
        }
        if there.status == GrantStatus::None {
            let found = format!("it never gave one to study {study}");
            return Err(CatalogError::NotOwned { dataset: there.dataset, owner: self.owner(), found });
        }
        let (dataset, purpose, nonce) = (there.dataset, self.datasets.purpose(study.0), there.nonce);
        let of = (&purpose.escrow, &purpose.study);
        let digest = revoke_digest(&self.datasets.domain(), &owner, dataset, of, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        let revocation = Revocation { owner, dataset, purpose, nonce, signature };
        match self.way {
            Way::Relayed(connection) => Ok(connection.relay_revocation(&revocation).await?),
            Way::Direct => Ok(sent(&self.direct().ensure_revoked(&revocation).await?)),
        }
    }

    /// The receipt that an erasure of this dataset would have. `salt` must be fresh.
    ///
    /// # Errors
    /// If the dataset is not this wallet's on chain.
    pub async fn receipt(
        &self,
        keep: &Keep,
        salt: [u8; 32],
        erased_at: u64,
    ) -> Result<Receipt, CatalogError> {
        let dataset = self.own(keep).await?;
        let kept = keep.kept();
        Ok(Receipt {
            version: Receipt::version(),
            chain_id: self.datasets.domain().chain_id,
            registry: OwnerId(self.datasets.address()),
            dataset,
            owner: self.owner(),
            description: kept.commitment,
            uri: kept.uri,
            erased_at,
            destroyed: vec!["the description's content key".into(), "the sealed description".into()],
            salt: Digest(salt),
        })
    }

    /// Erases the dataset that is kept in a directory: writes the receipt, destroys key and sealed description, and has the
    /// token burnt. Cut off anywhere, it is asked again and goes on. Gives the receipt's file.
    ///
    /// # Errors
    /// If nothing is kept there, the dataset is another's on chain, the disk fails, or the chain refuses.
    pub async fn erase_from(
        &self,
        directory: &Path,
        password: &str,
        now: u64,
    ) -> Result<(Erased, PathBuf), CatalogError> {
        let path = receipt_path(directory);
        let keep = match Keep::open(directory, password).await {
            Ok(keep) => Some(keep),
            // Destroyed already.
            Err(CatalogError::Empty { .. }) if path.exists() => None,
            Err(error) => return Err(error),
        };
        if let Some(keep) = keep {
            let registry = OwnerId(self.datasets.address());
            let is_its = |receipt: &Receipt| {
                Some(receipt.dataset) == keep.kept().dataset && receipt.registry == registry
            };
            if !path.exists() || !is_its(&Receipt::read(&path)?) {
                let mut salt = [0; 32];
                getrandom::fill(&mut salt).map_err(CatalogError::Randomness)?;
                keep.write_receipt(&self.receipt(&keep, salt, now).await?)?;
            }
            keep.discard().await?;
        }
        Ok((self.erase(&Receipt::read(&path)?).await?, path))
    }

    /// Has the dataset that a receipt is of burnt: consents given with it are revoked. The key is destroyed before, so that
    /// the receipt is true when it gets on chain.
    ///
    /// # Errors
    /// If the dataset is not this wallet's, or the chain refuses.
    pub async fn erase(&self, receipt: &Receipt) -> Result<Erased, CatalogError> {
        let owner = self.wallet.address();
        let dataset = receipt.dataset;
        let nonce = self.datasets.nonce(&owner).await?;
        let open = self.datasets.open_purposes(dataset).await?;
        let commitment = receipt.commitment().0;
        let digest = erase_digest(&self.datasets.domain(), &owner, dataset, &commitment, nonce);
        let signature = self.wallet.sign_digest(&digest).to_vec();
        let erasure = Erasure { owner, dataset, receipt: commitment, open, nonce, signature };
        let transaction = match self.way {
            Way::Relayed(connection) => connection.relay_erasure(&erasure).await?,
            Way::Direct => sent(&self.direct().ensure_erased(&erasure).await?),
        };
        Ok(Erased { dataset, transaction })
    }
}
