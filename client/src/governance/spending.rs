//! What a proposal spends, as the command line says it.

use tributary_aggregation::ids::OwnerId;

/// Reads `ADDRESS=TOKENS`: who gets how many whole tokens.
///
/// # Errors
/// Saying what to write instead.
pub fn spending(text: &str) -> Result<(OwnerId, u64), String> {
    let (to, tokens) = text.split_once('=').ok_or("write ADDRESS=TOKENS, for example 0x70…79c8=250")?;
    let to = to.parse().map_err(|error| format!("{to}: {error}"))?;
    let tokens = tokens.parse().map_err(|_| format!("{tokens} is not a whole number of tokens"))?;
    Ok((to, tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_whole_tokens() {
        let to = OwnerId([0x70; 20]);
        assert_eq!(spending(&format!("{to}=250")), Ok((to, 250)));
        for bad in [to.to_string(), format!("{to}=2.5"), format!("{to}=-1"), "0x70=1".into(), "=".into()] {
            assert!(spending(&bad).is_err(), "{bad}");
        }
    }
}
