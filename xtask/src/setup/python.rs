//! Python with PyTorch, for what is compared with it: several gigabytes, and therefore not a part of `cargo xtask setup`.

use crate::{
    house::House,
    run::{Run, say},
};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// What is installed: the PyTorch whose libtorch the client uses, and what tests the package in `python/`.
const PACKAGES: [&str; 3] = ["torch==2.13.0", "pytest==9.0.2", "mypy==1.19.1"];
/// Names a Python that has them already.
const OWN: &str = "TRIBUTARY_PYTHON";

/// A Python that has PyTorch, pytest and mypy: the user's own (`$TRIBUTARY_PYTHON`), or one in the cache.
///
/// # Errors
/// What failed, and how to go on without it.
pub fn set_up(house: &House) -> Result<PathBuf> {
    if let Some(own) = env::var_os(OWN).filter(|own| !own.is_empty()).map(PathBuf::from) {
        check(&own).with_context(|| format!("{OWN} is {}; unset it, or correct it", own.display()))?;
        say("python", format_args!("your own, {}", own.display()));
        return Ok(own);
    }
    let place = house.cache()?.join("python-torch-2.13.0");
    let (python, stamp) = (place.join("bin/python"), place.join("packages"));
    let packages = PACKAGES.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == packages) && check(&python).is_ok() {
        say("python", format_args!("with PyTorch, in {}", place.display()));
        return Ok(python);
    }
    say("python", "installing PyTorch (3 GB are fetched, and kept in the cache)");
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
    }
    let remedy = "Set TRIBUTARY_PYTHON to a Python of your own that has PyTorch, pytest and mypy.";
    Run::new("python3").args(["-m", "venv"]).arg(&place).remedy(remedy).quiet()?;
    let pip = Run::new(&python).args(["-m", "pip", "install", "--quiet", "--no-cache-dir"]);
    pip.arg("--disable-pip-version-check").args(PACKAGES).remedy(remedy).quiet()?;
    check(&python)?;
    fs::write(&stamp, packages).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

/// Whether it has what is needed.
fn check(python: &Path) -> Result<()> {
    let script = "import mypy, pytest, torch; print(torch.__version__)";
    let version = Run::new(python).args(["-c", script]).quiet()?;
    if version.trim().is_empty() {
        bail!("{} has a PyTorch of no version", python.display());
    }
    Ok(())
}

/// The tests of the package in `python/`, and its types.
pub fn tests(house: &House, python: &Path) -> [Run; 2] {
    let run = |module: &str| {
        let run = Run::clean(python, house).dir(house.root().join("python"));
        // As it stands here: what pip would install is a copy.
        run.env("PYTHONPATH", "src")
            .env("MYPYPATH", "src")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .args(["-m", module])
    };
    [run("pytest").args(["-q", "-p", "no:cacheprovider"]), run("mypy").args(["--cache-dir", "/dev/null"])]
}

/// pytest: `25 passed, 175 warnings in 114.25s (0:01:54)`, with `1 failed, ` before it where that is so.
pub fn pytest_line(line: &str) -> Option<crate::test::Count> {
    let (counts, _) = line.trim_matches(['=', ' ']).rsplit_once(" in ")?;
    let number = |name: &str| {
        let count = counts.split(", ").find_map(|count| count.strip_suffix(name)?.trim().parse().ok());
        count.unwrap_or(0)
    };
    let (passed, failed) = (number(" passed"), number(" failed") + number(" error") + number(" errors"));
    (passed + failed > 0).then_some(crate::test::Count { passed, failed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test::Count;

    #[test]
    fn pytests_last_line_is_counted() {
        for (line, passed, failed) in [
            ("25 passed, 175 warnings in 114.25s (0:01:54)", 25, 0),
            ("1 failed, 24 passed in 3.1s", 24, 1),
            ("======= 2 passed, 1 error in 0.10s =======", 2, 1),
        ] {
            assert_eq!(pytest_line(line), Some(Count { passed, failed }), "{line}");
        }
        for line in ["no tests ran in 0.01s", "tests/test_export.py ....", "it was in time"] {
            assert_eq!(pytest_line(line), None, "{line}");
        }
    }
}
