//! Who decides: the governor over the timelock, and nobody over both.

use ethers::contract::EthEvent as _;

use super::{Deployment, Step};
use crate::{
    Address, ChainClient, ChainError, Wallet, Word,
    abi::timelock::{GrantRoleCall, HasRoleCall, HasRoleReturn, RenounceRoleCall, RoleGrantedFilter},
    handle::Handle,
    keccak256,
};

const NAME: &str = "TributaryTimelock";
/// `DEFAULT_ADMIN_ROLE` of `OpenZeppelin`'s `AccessControl`: whoever has it grants and takes roles.
const ADMIN: Word = [0; 32];

/// What the governor may: propose to the timelock, and cancel there.
const GOVERNORS: [&str; 2] = ["PROPOSER_ROLE", "CANCELLER_ROLE"];

fn role(name: &str) -> Word {
    keccak256(name.as_bytes())
}

async fn has(
    client: &ChainClient,
    timelock: &Address,
    role: Word,
    account: &Address,
) -> Result<bool, ChainError> {
    let HasRoleReturn { has } =
        client.view(NAME, timelock, HasRoleCall { role, account: account.into() }).await?;
    Ok(has)
}

/// Appoints the governor, then gives up the right to appoint. What is done already is not done again.
pub(super) async fn hand_over(
    client: &ChainClient,
    wallet: &Wallet,
    deployment: &Deployment,
    tell: &mut (dyn FnMut(&Step) + Send),
) -> Result<(), ChainError> {
    let Deployment { timelock, governor, terms, .. } = deployment;
    for name in GOVERNORS {
        if !has(client, timelock, role(name), governor).await? {
            deployers(wallet, deployment)?;
            let call = GrantRoleCall { role: role(name), account: governor.into() };
            let receipt = client.transact(wallet, timelock, call).await?;
            tell(&Step::Granted { role: name, receipt });
        }
    }
    if has(client, timelock, ADMIN, &terms.deployer).await? {
        deployers(wallet, deployment)?;
        let call = RenounceRoleCall { role: ADMIN, caller_confirmation: terms.deployer.into() };
        let receipt = client.transact(wallet, timelock, call).await?;
        tell(&Step::Renounced(receipt));
    }
    Ok(())
}

fn deployers(wallet: &Wallet, deployment: &Deployment) -> Result<(), ChainError> {
    let deployer = deployment.terms.deployer;
    if wallet.address() == deployer {
        return Ok(());
    }
    Err(ChainError::NotDeployer { deployer, wallet: wallet.address() })
}

/// Refuses a timelock that the governor can't propose to, or that its deployer could still change, or whose roles somebody
/// has or had whom nothing but its deployer gave them.
pub(super) async fn check(client: &ChainClient, deployment: &Deployment) -> Result<(), ChainError> {
    let Deployment { timelock, governor, terms, .. } = deployment;
    let wrong = |reason: String| ChainError::NoContract { contract: NAME, address: *timelock, reason };
    for name in GOVERNORS {
        if !has(client, timelock, role(name), governor).await? {
            return Err(wrong(format!("the governor lacks {name}; run `tributary deploy` again")));
        }
    }
    if !has(client, timelock, ADMIN, timelock).await? {
        return Err(wrong("it does not administer its own roles".into()));
    }
    for name in ["DEFAULT_ADMIN_ROLE"].into_iter().chain(GOVERNORS) {
        let role = if name == "DEFAULT_ADMIN_ROLE" { ADMIN } else { role(name) };
        if has(client, timelock, role, &terms.deployer).await? {
            return Err(wrong(format!("its deployer still has {name}; run `tributary deploy` again")));
        }
    }
    no_strangers(client, deployment).await
}

/// Who held a role before the governor ruled may have scheduled what anybody executes later, also if it gave the role up:
/// so each grant since the timelock's creation is looked at. What the timelock itself grants was decided by the governor.
async fn no_strangers(client: &ChainClient, deployment: &Deployment) -> Result<(), ChainError> {
    let Deployment { timelock, governor, terms, block, .. } = deployment;
    let at = Handle::on(client.clone(), NAME, *timelock);
    let expected = [
        (ADMIN, *timelock),
        (ADMIN, terms.deployer),
        // Everybody: open execution.
        (role("EXECUTOR_ROLE"), [0; 20]),
        (role(GOVERNORS[0]), *governor),
        (role(GOVERNORS[1]), *governor),
    ];
    let mut created = false;
    for log in client.logs_by_parts(timelock, 0, &RoleGrantedFilter::signature().0, *block).await? {
        let RoleGrantedFilter { role, account, sender } = at.event(&log)?;
        created |= (role, account.0) == expected[0];
        if !expected.contains(&(role, account.0)) && sender.0 != *timelock {
            let (name, account, sender) = (named(&role), hex::encode(account), hex::encode(sender));
            return Err(at.wrong(format!(
                "0x{sender} gave {name} to 0x{account}, which may have scheduled what the governor never decided; deploy \
                 anew, with another salt"
            )));
        }
    }
    // Else a stranger's grant may be before what was looked at, too.
    if created {
        Ok(())
    } else {
        Err(at.wrong(format!("it logged nothing of its creation since block {block}")))
    }
}

fn named(word: &Word) -> String {
    ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE"]
        .into_iter()
        .find(|name| role(name) == *word)
        .map_or_else(
            || if *word == ADMIN { "DEFAULT_ADMIN_ROLE".into() } else { format!("0x{}", hex::encode(word)) },
            str::to_owned,
        )
}
