//! What was paid, compared with what is due.

use std::collections::BTreeMap;

use tributary_aggregation::ids::OwnerId;
use tributary_aggregation::transcript::Standing;

use super::verify::{Audit, OnChain, Stop};

/// Nobody was paid more than the last settled round grants, or anything that adds up otherwise.
pub(super) fn check_claims(
    on_chain: &OnChain,
    record: &tributary_contracts::Study,
    standing: &Standing,
    audit: &mut Audit<'_>,
) -> Result<(), Stop> {
    let mut paid: BTreeMap<OwnerId, u128> = BTreeMap::new();
    for (owner, amount, cumulative) in &on_chain.claims {
        let sum = paid.entry(*owner).or_default();
        *sum = sum.saturating_add(*amount);
        if *sum != *cumulative {
            let why = format!("its claims add up to {sum}, the contract says {cumulative}");
            return Err(audit.disagrees(format!("paid to {owner}"), why));
        }
    }
    for (owner, paid) in &paid {
        let due = standing.cumulative.get(owner);
        if *paid > due {
            return Err(audit.disagrees(format!("paid to {owner}"), format!("{paid}, but {due} is due")));
        }
        audit.agrees(format!("paid to {owner}"), format!("{paid} of {due} units due"));
    }
    audit.equal("paid in all", record.paid, paid.values().sum())?;
    check_fee(record, audit)?;
    let (held, funded) = (record.held(), record.budget.saturating_add(record.fee()));
    audit.agrees(
        "conservation",
        format!(
            "{} paid + {} refunded + {} fees + {held} held = {funded} funded",
            record.paid, record.refunded, record.fee_paid
        ),
    );
    Ok(())
}

/// The protocol never got more than its share of what was granted.
fn check_fee(record: &tributary_contracts::Study, audit: &mut Audit<'_>) -> Result<(), Stop> {
    let due = record.fee_due();
    if record.fee_paid > due {
        return Err(audit.disagrees("fee", format!("{} paid, but {due} is due", record.fee_paid)));
    }
    audit.agrees(
        "fee",
        format!(
            "{} of {due} units due, at {} ten-thousandths of what is granted",
            record.fee_paid, record.fee_bps
        ),
    );
    Ok(())
}
