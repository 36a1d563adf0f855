use tributary_aggregation::study::{Feature, Label};

use super::*;

fn schema() -> Schema {
    let number = FeatureKind::Numeric { low: 0.0, high: 700.0, zero_is_missing: false };
    let words = FeatureKind::Categorical { categories: vec!["Male".into(), "Female".into()] };
    let feature = |name: &str, kind: &FeatureKind, unit: Option<&str>| Feature {
        name: name.into(),
        kind: kind.clone(),
        missing_allowed: true,
        unit: unit.map(Into::into),
    };
    Schema::table(
        vec![
            feature("chol", &number, Some("mg/dL")),
            feature("rate", &number, None),
            feature("sex", &words, None),
        ],
        Label::binary("num", 0.0),
    )
}

#[test]
fn an_empty_mapping_changes_nothing() {
    assert_eq!(Mapping::parse("", &schema()), Ok(Mapping::default()));
    let rule = Mapping::default().rule("chol");
    assert_eq!((rule.site.as_str(), rule.unit), ("chol", Affine::IDENTITY));
}

#[test]
fn what_does_not_fit_the_study_is_refused_by_its_key() {
    for (text, expected) in [
        ("separator = \"ab\"", "line 1"),
        ("separator = \"a\"", "key separator"),
        ("seperator = \";\"", "seperator"),
        ("[columns.chlo]\ncolumn = \"x\"", "columns.chlo: the study has no such column; it has \"chol\""),
        ("[columns.chol]\ncolum = \"x\"", "colum"),
        ("[columns.chol]\ncolumn = \"num\"", "read for two"),
        ("[columns.chol]\nunit = \"mmol/L\"", "needs the substance"),
        ("[columns.chol]\nunit = \"kg\"", "same quantity"),
        ("[columns.chol]\nsubstance = \"glucose\"", "belongs to a unit"),
        ("[columns.chol]\nunit = \"mg/dL\"\nscale = 2.0", "either"),
        ("[columns.chol]\nscale = 0.0", "must not be 0"),
        ("[columns.chol]\noffset = nan", "finite"),
        ("[columns.chol]\ncategories = { a = \"b\" }", "use numbers"),
        ("[columns.rate]\nunit = \"/min\"", "names no unit"),
        ("[columns.sex]\ncategories = { M = \"male\" }", "none of the study's words"),
        ("[columns.sex]\nnumbers = { M = 1 }", "use categories"),
        ("[columns.sex]\nscale = 2.0", "holds words"),
        ("[columns.num]\nnumbers = { ja = inf }", "finite"),
    ] {
        let error = Mapping::parse(text, &schema()).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let error = Mapping::read(Path::new("/nowhere/mapping.toml"), &schema()).unwrap_err();
    assert!(error.to_string().contains("/nowhere/mapping.toml"));
}
