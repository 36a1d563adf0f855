use super::*;

fn terms() -> Terms {
    Terms::new([0xaa; 20])
}

#[test]
fn reads_what_it_wrote_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = Deployment::locate(dir.path(), 31_337);
    assert_eq!(path, dir.path().join("1-31337.json"));
    assert_eq!(Deployment::locate(&path, 5), path, "a file is itself");
    let deployment = Deployment { block: 7, ..Deployment::planned(31_337, &terms()) };
    deployment.write(&path).unwrap();
    assert_eq!(Deployment::read(&path).unwrap(), deployment);
    let minted = Deployment::planned(31_337, &Terms { minter: Some([0xbb; 20]), ..terms() });
    minted.write(&path).unwrap();
    assert_eq!(Deployment::read(&path).unwrap(), minted);
    deployment.write(&path).unwrap();

    let good = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("0xaa", "aa"),
        ("aaaa", "aa"),
        ("\"1\"", "\"2\""),
        ("\"token\"", "\"tokens\""),
        ("\"salt\"", "\"salts\""),
        ("\"1000000000", "\"+1000000000"),
        ("\"1000000000", "\"10000000000000000000000"),
        ("{", "{\"more\": 1,"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        fs::write(&path, bad).unwrap();
        let error = Deployment::read(&path).unwrap_err();
        assert!(matches!(error, ChainError::DeploymentFile { .. }), "{to}: {error}");
    }
    assert!(Deployment::read(&dir.path().join("none")).is_err());
}

#[test]
fn every_artifact_has_creation_code_and_a_place() {
    let deployment = Deployment::planned(1, &terms());
    let mut places: Vec<Address> = deployment.contracts().map(|(_, address)| address).collect();
    assert!(!places.contains(&[0; 20]));
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), contracts::PARTS.len());
    for (part, code) in contracts::parts() {
        assert!(code.len() > 100, "{}", part.name);
    }
}

#[test]
fn each_term_moves_what_is_made_of_it() {
    let planned = Deployment::planned(1, &terms());
    let moved = |terms: Terms| -> Vec<&'static str> {
        let other = Deployment::planned(1, &terms);
        let pairs = planned.contracts().zip(other.contracts());
        pairs.filter(|(a, b)| a != b).map(|((name, _), _)| name).collect()
    };
    assert!(moved(terms()).is_empty());
    assert!(moved(Terms { supply: 1, ..terms() }).contains(&"StudyEscrow"), "by way of the token");
    assert_eq!(moved(Terms { voting_delay_s: 1, ..terms() }), ["TributaryGovernor"]);
    assert_eq!(moved(Terms { quorum_percent: 5, ..terms() }), ["TributaryGovernor"]);
    let delayed = moved(Terms { timelock_delay_s: 1, ..terms() });
    assert!(delayed.contains(&"TributaryTimelock"));
    assert!(delayed.contains(&"TributaryToken"), "the timelock mints");
    assert!(
        moved(Terms { minter: Some([0xaa; 20]), ..terms() }).contains(&"TributaryToken"),
        "or somebody else"
    );
    assert_eq!(moved(Terms { salt: [1; 32], ..terms() }).len(), contracts::PARTS.len());
    // Addresses are alike on every chain.
    assert!(planned.contracts().eq(Deployment::planned(2, &terms()).contracts()));
}
