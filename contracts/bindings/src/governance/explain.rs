//! What a proposal's calls do, in words: voters should not take a file's description for it.

use ethers::{abi::AbiDecode, contract::EthCall, types::U256};

use super::{Action, Governance, abi::parameters};
use crate::{
    Address,
    abi::{escrow::LaunchCall, token},
};

impl Governance {
    /// What a call does. What is not known here is called unknown, with its selector.
    #[must_use]
    pub fn explain(&self, action: &Action) -> String {
        let deployed = &self.deployment;
        let known = if action.target == deployed.parameters {
            parameters_call(&action.call)
        } else if action.target == deployed.token {
            token_call(&action.call)
        } else if action.target == deployed.escrow {
            escrow_call(&action.call)
        } else {
            None
        };
        known.unwrap_or_else(|| {
            let selector = action.call.get(..4).unwrap_or_default();
            format!("an UNKNOWN call 0x{} of {}", hex::encode(selector), address(&action.target))
        })
    }
}

/// A call as each contract would take it, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn as_each(call: &[u8]) -> [Option<String>; 3] {
    [parameters_call(call), token_call(call), escrow_call(call)]
}

/// The call's arguments, if it is this call to the byte.
fn exactly<C: EthCall + AbiDecode + Clone>(call: &[u8]) -> Option<C> {
    let read = C::decode(call).ok()?;
    (read.clone().encode() == call).then_some(read)
}

fn parameters_call(call: &[u8]) -> Option<String> {
    if let Some(parameters::SetStudyFeeCall { fee: bps }) = exactly(call) {
        return Some(format!("set the fee on what studies grant to {}", percent(bps)));
    }
    if let Some(parameters::SetSaleFeeCall { fee: bps }) = exactly(call) {
        return Some(format!("set the fee on sales to {}", percent(bps)));
    }
    if let Some(parameters::AllowScoringRuleCall { rule }) = exactly(call) {
        return Some(format!("allow the scoring rule 0x{}", hex::encode(rule)));
    }
    let parameters::ForbidScoringRuleCall { rule } = exactly(call)?;
    Some(format!("forbid the scoring rule 0x{}", hex::encode(rule)))
}

fn token_call(call: &[u8]) -> Option<String> {
    if let Some(token::TransferCall { to, value }) = exactly(call) {
        return Some(format!("send {} of the treasury to {}", units(value), address(&to.0)));
    }
    if let Some(token::MintCall { to, amount }) = exactly(call) {
        return Some(format!("create {} for {}", units(amount), address(&to.0)));
    }
    let token::ApproveCall { spender, value } = exactly(call)?;
    Some(format!("let {} take {} of the treasury", address(&spender.0), units(value)))
}

fn escrow_call(call: &[u8]) -> Option<String> {
    let LaunchCall { plan } = exactly(call)?;
    Some(format!(
        "launch the study with plan 0x{}, a budget of {} and a fee of at most {}, run by {}, for {} to {} owners",
        hex::encode(plan.plan_digest),
        units(plan.budget.into()),
        percent(plan.max_fee_bps),
        address(&plan.researcher.0),
        plan.min_owners,
        plan.max_owners
    ))
}

fn address(address: &Address) -> String {
    format!("0x{}", hex::encode(address))
}

fn percent(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

/// An amount in whole tokens, exact.
fn units(amount: U256) -> String {
    let one = U256::exp10(18);
    let (whole, rest) = amount.div_mod(one);
    if rest.is_zero() {
        return format!("{whole} tokens");
    }
    let places = format!("{rest:0>18}");
    format!("{whole}.{} tokens", places.trim_end_matches('0'))
}
