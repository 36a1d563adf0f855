//! Becoming a member: fresh keys for a study, or the vault of one that this member is already in.

use std::path::Path;
use std::sync::Arc;

use tributary_aggregation::ids::{OwnerId, StudyId};
use tributary_aggregation::study::StudyPlan;
use tributary_contracts::Wallet;
use tributary_contracts::typed_data::{self, Domain};
use x25519_dalek::StaticSecret;

use super::{Member, MemberError};
use crate::session::{Group, Identity, MaskKeys, Provider, mls_public_key};
use crate::training::Code;
use crate::vault::{KeysRecord, Record, Secret, Vault, VaultError, Witnesses};

/// What a member is set up from.
pub struct Setup<'a> {
    /// The study.
    pub study: StudyId,
    /// The plan's bytes, whose digest is on chain.
    pub plan: &'a [u8],
    /// What the plan trains.
    pub code: Arc<Code>,
    /// Binds signatures to chain and contract.
    pub domain: Domain,
    /// The member's wallet.
    pub wallet: &'a Wallet,
    /// The vault's file.
    pub vault: &'a Path,
    /// The vault's password.
    pub password: &'a str,
    /// Where this machine remembers how often the vault was saved.
    pub witnesses: Witnesses,
}

/// A record with fresh keys, vouched for by `wallet`.
///
/// # Errors
/// If the operating system gives no randomness, or the wallet can't sign.
pub fn new_record(study: StudyId, domain: &Domain, wallet: &Wallet) -> Result<Record, MemberError> {
    let secret = || -> Result<Secret, MemberError> {
        let mut bytes = vec![0; 32];
        getrandom::fill(&mut bytes).map_err(VaultError::Randomness)?;
        Ok(Secret::new(bytes))
    };
    let mls = secret()?;
    let mls_key = mls_public_key(&*mls.key().ok_or(MemberError::Damaged { study, what: "its MLS key" })?);
    let digest = typed_data::mls_identity_digest(domain, &wallet.address(), &mls_key);
    let keys = KeysRecord {
        owner: OwnerId(wallet.address()),
        mls,
        mask: secret()?,
        seal: secret()?,
        wallet_signature: wallet.sign_digest(&digest).to_vec(),
    };
    Ok(Record::new(study, keys))
}

impl Member {
    /// Takes the study's vault up again, or makes one with fresh keys.
    ///
    /// # Errors
    /// If the plan is unacceptable, the vault can't be opened or made, or it belongs to somebody else.
    pub fn set_up(setup: &Setup<'_>) -> Result<Self, MemberError> {
        let unreadable =
            |source| VaultError::Io { path: setup.vault.to_owned(), action: "looked for", source };
        let vault = if setup.vault.try_exists().map_err(unreadable)? {
            Vault::open(setup.vault, setup.password, &setup.witnesses)?
        } else {
            let record = new_record(setup.study, &setup.domain, setup.wallet)?;
            Vault::create(setup.vault, setup.password, record, &setup.witnesses)?
        };
        let owner = OwnerId(setup.wallet.address());
        if vault.record.study != setup.study || vault.record.keys.owner != owner {
            return Err(MemberError::Disagreement(format!(
                "the vault {} belongs to owner {} in study {}: use another directory for another owner",
                setup.vault.display(),
                vault.record.keys.owner,
                vault.record.study,
            )));
        }
        Self::from_vault(setup, vault)
    }

    fn from_vault(setup: &Setup<'_>, vault: Vault) -> Result<Self, MemberError> {
        let study = setup.study;
        let damaged = |what| move || MemberError::Damaged { study, what };
        let keys = &vault.record.keys;
        let secret = |bytes: &Secret, what| bytes.key().ok_or_else(damaged(what));
        let identity = Identity::new(
            keys.owner,
            &*secret(&keys.mls, "its MLS key")?,
            MaskKeys {
                mask: StaticSecret::from(*secret(&keys.mask, "its mask key")?),
                seal: StaticSecret::from(*secret(&keys.seal, "its seal key")?),
            },
            keys.wallet_signature.as_slice().try_into().map_err(|_| damaged("its wallet signature")())?,
        );
        let provider = Provider::with_entries(&vault.record.mls);
        let group = Group::load(&provider, study, setup.domain)?;
        let roster = vault.record.roster.as_ref();
        if group.as_ref().map(Group::epoch) != roster.map(|roster| roster.epoch) {
            return Err(damaged("its group and roster")());
        }
        let enrolled = roster.map(|roster| roster.owners.clone()).unwrap_or_default();
        Ok(Self {
            study,
            plan: StudyPlan::from_json(setup.plan)?,
            plan_digest: StudyPlan::digest_of(setup.plan),
            code: Arc::clone(&setup.code),
            domain: setup.domain,
            identity,
            enrolled,
            provider,
            group,
            vault,
        })
    }
}
