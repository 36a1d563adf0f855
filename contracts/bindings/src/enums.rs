//! The members of the contracts' enumerations, which ABIs do not tell.

/// By the name that the ABI gives an enumeration, its members in order.
const ENUMERATIONS: &[(&str, &[&str])] = &[
    ("AssetKind", &["None", "ERC721", "ERC1155"]),
    (
        "IGovernor.ProposalState",
        &["Pending", "Active", "Canceled", "Defeated", "Succeeded", "Queued", "Expired", "Executed"],
    ),
    ("LicenceKind", &["None", "Time", "Credits"]),
    ("LicenceStatus", &["None", "AwaitingKey", "Live", "Refunded"]),
    (
        "LotStatus",
        &[
            "None",
            "Listed",
            "Auctioned",
            "AwaitingKey",
            "Delivered",
            "Disputed",
            "Sold",
            "Refunded",
            "Withdrawn",
        ],
    ),
    ("PieceStatus", &["None", "Primary", "Sold"]),
    ("RequestStatus", &["None", "Asked", "Answered", "Paid", "Refunded"]),
    ("Status", &["None", "Open", "Closed"]),
];

/// The member of an enumeration that a number, in decimal, stands for.
pub(crate) fn member(enumeration: &str, number: &str) -> Option<&'static str> {
    let (_, members) = ENUMERATIONS.iter().find(|(name, _)| *name == enumeration)?;
    members.get(number.parse::<usize>().ok()?).copied()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::registry;

    /// The members of the enumeration in Solidity's text.
    fn declared(text: &str, name: &str) -> Option<Vec<String>> {
        let (_, rest) = text.split_once(&format!("enum {name} {{"))?;
        let (body, _) = rest.split_once('}')?;
        let code = body.lines().map(|line| line.split("//").next().unwrap_or_default());
        let words = code.flat_map(|line| line.split([',', ' '])).filter(|word| !word.is_empty());
        Some(words.map(str::to_owned).collect())
    }

    #[test]
    fn are_as_the_sources_declare_them() {
        let types = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/types");
        let sources: Vec<String> = fs::read_dir(types)
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        // OpenZeppelin's is not among the sources.
        for (name, members) in ENUMERATIONS.iter().filter(|(name, _)| !name.contains('.')) {
            let found = sources.iter().find_map(|text| declared(text, name));
            assert_eq!(found.as_deref().unwrap_or_default(), *members, "{name}");
        }
    }

    #[test]
    fn every_enumeration_in_an_error_is_known() {
        for contract in registry::contracts() {
            for error in contract.errors.values() {
                for enumeration in error.inputs.iter().filter_map(|input| input.enumeration.as_deref()) {
                    assert!(member(enumeration, "0").is_some(), "{}: {enumeration}", error.name);
                }
            }
        }
        assert_eq!((member("Status", "3"), member("Status", "x"), member("Colour", "0")), (None, None, None));
    }
}
