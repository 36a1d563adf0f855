//! `tributary deploy`: the contracts, at addresses that follow from their code and these options.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use tributary_aggregation::ids::{Digest, OwnerId};
use tributary_contracts::{ChainClient, Deployment, Receipt, Step, Terms};

use super::common::{WalletArgs, units};

/// Deploy the contracts that the chain does not have yet, and write where they are
#[derive(Debug, Args)]
pub struct DeployArgs {
    #[command(flatten)]
    wallet: WalletArgs,
    /// JSON-RPC address of a node
    #[arg(long, env = "TRIBUTARY_RPC", default_value = "http://127.0.0.1:8545")]
    rpc: String,
    /// The folder to write <version>-<chain id>.json to, or a file
    #[arg(long, default_value = "deployments")]
    out: PathBuf,
    #[command(flatten)]
    terms: TermsArgs,
}

/// What the contracts are created with; an existing deployment keeps what it has
#[derive(Debug, Args)]
struct TermsArgs {
    /// Who gets the token's supply [default: this wallet]
    #[arg(long)]
    holder: Option<OwnerId>,
    /// Who may create tokens, at most 2 % a year [default: the timelock, as token holders decide]
    #[arg(long)]
    minter: Option<OwnerId>,
    /// The token's supply, in whole tokens [default: 1000000000]
    #[arg(long)]
    supply: Option<u64>,
    /// The protocol's fee on what studies grant, in ten-thousandths [default: 200]
    #[arg(long, value_parser = clap::value_parser!(u16).range(..=1_000))]
    study_fee_bps: Option<u16>,
    /// The protocol's fee on sales, in ten-thousandths [default: 250]
    #[arg(long, value_parser = clap::value_parser!(u16).range(..=1_000))]
    sale_fee_bps: Option<u16>,
    /// Seconds from a proposal to the moment whose votes count [default: a day]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..1 << 48))]
    voting_delay: Option<u64>,
    /// Seconds in which votes are cast [default: a week]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    voting_period: Option<u32>,
    /// Seconds from a decision to the first moment at which it may be executed [default: two days]
    #[arg(long)]
    timelock_delay: Option<u64>,
    /// Whole tokens that a proposer must have votes of [default: a thousandth of the supply]
    #[arg(long)]
    proposal_threshold: Option<u64>,
    /// Hundredths of all tokens that must vote for a proposal or abstain [default: 4]
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=100))]
    quorum_percent: Option<u8>,
    /// Tells deployments with otherwise equal terms apart: 32 bytes in hex [default: zeros]
    #[arg(long)]
    salt: Option<Digest>,
}

impl TermsArgs {
    /// These terms, with what was asked for in place of what they say.
    fn over(&self, base: &Terms) -> Terms {
        let supply = self.supply.map_or(base.supply, units);
        let threshold = if self.supply.is_some() { supply / 1_000 } else { base.proposal_threshold };
        Terms {
            deployer: base.deployer,
            minter: self.minter.map(|minter| minter.0).or(base.minter),
            holder: self.holder.map_or(base.holder, |holder| holder.0),
            supply,
            study_fee_bps: self.study_fee_bps.unwrap_or(base.study_fee_bps),
            sale_fee_bps: self.sale_fee_bps.unwrap_or(base.sale_fee_bps),
            scoring_rules: base.scoring_rules.clone(),
            timelock_delay_s: self.timelock_delay.unwrap_or(base.timelock_delay_s),
            voting_delay_s: self.voting_delay.unwrap_or(base.voting_delay_s),
            voting_period_s: self.voting_period.unwrap_or(base.voting_period_s),
            proposal_threshold: self.proposal_threshold.map_or(threshold, units),
            quorum_percent: self.quorum_percent.unwrap_or(base.quorum_percent),
            salt: self.salt.map_or(base.salt, |salt| salt.0),
        }
    }
}

/// Deploys what is missing. May be run again, and after it was cut off.
///
/// # Errors
/// If the node can't be reached or refuses, what is on chain is not what it should be, or the file can't be written.
pub async fn deploy(args: &DeployArgs) -> Result<()> {
    let (wallet, _) = args.wallet.open()?;
    let client = ChainClient::connect(&args.rpc).await?;
    if args.out.extension().is_none() {
        std::fs::create_dir_all(&args.out)
            .with_context(|| format!("the folder {} can't be made", args.out.display()))?;
    }
    let path = Deployment::locate(&args.out, client.chain_id());
    let before = if path.exists() { Some(Deployment::read(&path)?) } else { None };
    let terms = match &before {
        None => args.terms.over(&Terms::new(wallet.address())),
        Some(before) if args.terms.over(&before.terms) == before.terms => before.terms.clone(),
        Some(_) => bail!(
            "{} names contracts that were made on other terms: leave the terms out to finish or check those, or choose \
             another --out to deploy anew",
            path.display()
        ),
    };
    if let Some(before) = &before {
        client.expect_chain(before.chain_id)?;
    }
    let deployment =
        Deployment::deploy(&client, &wallet, &terms, &mut |step| println!("{}", line(step))).await?;
    if before.is_some_and(|before| before == deployment) {
        println!("everything is as {} says", path.display());
        return Ok(());
    }
    deployment.write(&path)?;
    println!("everything is checked, and {} says where it is", path.display());
    Ok(())
}

fn line(step: &Step) -> String {
    let how =
        |receipt: &Receipt| format!("(transaction {}, {} gas)", Digest(receipt.tx_hash), receipt.gas_used);
    match step {
        Step::ProxyCreated(receipt) => format!("deterministic deployment proxy created {}", how(receipt)),
        Step::Stands { contract, address } => format!("{contract} stands at {}", OwnerId(*address)),
        Step::Created { contract, address, receipt } => {
            format!("{contract} at {} {}", OwnerId(*address), how(receipt))
        }
        Step::Granted { role, receipt } => {
            format!("{role} of the timelock goes to the governor {}", how(receipt))
        }
        Step::Renounced(receipt) => format!("the deployer gives up the timelock {}", how(receipt)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_stays() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            terms: TermsArgs,
        }
        let over = |line: &[&str], base: &Terms| {
            let line = ["x"].iter().chain(line);
            <Line as clap::Parser>::try_parse_from(line)
                .map(|line| line.terms.over(base))
                .map_err(|e| e.to_string())
        };
        let base = Terms { quorum_percent: 9, ..Terms::new([1; 20]) };
        assert_eq!(over(&[], &base).unwrap(), base);
        let changed = over(&["--supply", "5000", "--voting-delay", "60"], &base).unwrap();
        let supply = 5_000 * 10u128.pow(18);
        let expected =
            Terms { supply, proposal_threshold: supply / 1_000, voting_delay_s: 60, ..base.clone() };
        assert_eq!(changed, expected);
        for refused in [["--quorum-percent", "0"], ["--voting-delay", "0"], ["--study-fee-bps", "1001"]] {
            over(&refused, &base).unwrap_err();
        }
    }
}
