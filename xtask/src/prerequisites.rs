//! What must be installed before anything else can be fetched.

use crate::{
    run::{Run, which},
    setup::postgres,
};
use anyhow::{Result, bail};

/// A program that the system's package manager provides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A C compiler: libraries in C, and the linker.
    C,
    /// A C++ compiler: the bindings of libtorch.
    Cpp,
    /// Git: versions of generated files.
    Git,
    /// Node.js: the Solidity compiler.
    Node,
    /// npm: the contract tools.
    Npm,
    /// pip: libtorch and the hospitals' data.
    Pip,
    /// PostgreSQL's server: the coordinator's tests.
    Postgres,
    /// Python: unpacking what pip fetched.
    Python,
}

impl Need {
    /// What it takes to build and to run the demo.
    pub const DEMO: [Self; 4] = [Self::C, Self::Cpp, Self::Python, Self::Pip];
    /// What it takes to test the workspace.
    pub const WORKSPACE: [Self; 5] = [Self::C, Self::Cpp, Self::Python, Self::Pip, Self::Postgres];
    /// What it takes to work on everything.
    pub const ALL: [Self; 8] =
        [Self::C, Self::Cpp, Self::Git, Self::Python, Self::Pip, Self::Node, Self::Npm, Self::Postgres];

    /// What a person calls it, and its package in Debian and Ubuntu.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::C => ("a C compiler (cc)", "gcc"),
            Self::Cpp => ("a C++ compiler (c++)", "g++"),
            Self::Git => ("git", "git"),
            Self::Node => ("Node.js 20 or later (node)", "nodejs"),
            Self::Npm => ("npm", "npm"),
            Self::Pip => ("pip (python3 -m pip)", "python3-pip"),
            Self::Postgres => ("PostgreSQL's server (initdb, postgres)", "postgresql"),
            Self::Python => ("Python (python3)", "python3"),
        }
    }

    fn is_met(self) -> bool {
        match self {
            Self::C => which("cc").is_some(),
            Self::Cpp => which("c++").is_some(),
            Self::Git => which("git").is_some(),
            Self::Node => {
                Run::new("node").arg("--version").quiet().is_ok_and(|version| is_recent_node(&version))
            }
            Self::Npm => which("npm").is_some(),
            Self::Pip => Run::new("python3").args(["-m", "pip", "--version"]).quiet().is_ok(),
            Self::Postgres => postgres::is_obtainable(),
            Self::Python => which("python3").is_some(),
        }
    }
}

/// Checks all of them before the first step, so that a person installs once and not five times.
///
/// # Errors
/// One message that lists all that is missing.
pub fn check(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_met()).collect();
    if missing.is_empty() { Ok(()) } else { bail!(message(&missing)) }
}

/// `v20.1.0` or later, as contracts/package.json wants it.
fn is_recent_node(version: &str) -> bool {
    let major = version.trim().strip_prefix('v').and_then(|version| version.split('.').next());
    major.and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major >= 20)
}

fn message(missing: &[Need]) -> String {
    let mut text = "these are missing:\n".to_owned();
    for need in missing {
        text += &format!("  - {}\n", need.names().0);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.names().1).collect();
    text + &format!("On Debian or Ubuntu: apt-get install {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_lists_all_that_is_missing_and_one_command_installs_it() {
        assert_eq!(
            message(&[Need::C, Need::Pip]),
            "these are missing:\n  - a C compiler (cc)\n  - pip (python3 -m pip)\n\
             On Debian or Ubuntu: apt-get install gcc python3-pip"
        );
    }

    #[test]
    fn an_old_node_is_no_node() {
        for (version, recent) in
            [("v20.20.2\n", true), ("v24.0.0", true), ("v18.19.0\n", false), ("", false), ("20", false)]
        {
            assert_eq!(is_recent_node(version), recent, "{version}");
        }
    }

    #[test]
    fn what_is_installed_is_not_missing() {
        check(&[Need::C]).unwrap(); // This test was linked by it.
    }
}
