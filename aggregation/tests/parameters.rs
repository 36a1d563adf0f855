//! The tables of `docs/PARAMETERS.md` are what the code computes.

#[path = "../examples/parameters.rs"]
mod parameters;

#[test]
fn the_documented_parameters_are_those_that_are_computed() {
    let document = include_str!("../../docs/PARAMETERS.md");
    for (name, table) in [
        ("committees", parameters::committees()),
        ("mask graphs", parameters::graphs()),
        ("dropouts", parameters::dropouts()),
    ] {
        assert!(document.contains(&table), "{name}: the document must hold\n\n{table}\n");
    }
}
