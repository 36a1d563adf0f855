//! libtorch, the C++ library behind PyTorch, that the client trains with.

use super::download::{Wheel, unzip, verify};
use crate::{
    house::House,
    run::{Run, say},
};
use anyhow::{Context, Result, bail};
use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

/// The version that torch-sys 0.26 binds.
const VERSION: &str = "2.13.0";
const OWN: &str =
    "Set LIBTORCH to a libtorch 2.13.0 of your own (a directory with include/ and lib/) to use that.";

/// PyTorch's own build without CUDA: the smallest, but its host is not reachable from everywhere.
const UPSTREAM: &str = "https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-2.13.0%2Bcpu.zip";
const UPSTREAM_SHA256: &str = "edbf4cbed78433d803e90a65f1752e57783d164bce66c95c0872b2ab8f5c159e";

/// The same library inside PyTorch's wheel, with the two small CUDA libraries that it is linked against. (Nothing of
/// CUDA itself is used: `libtorch_cuda.so` stays out.)
const TORCH: Wheel = Wheel {
    requirement: "torch==2.13.0",
    sha256: "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
};
const CUDA: [(Wheel, &str); 2] = [
    (
        Wheel {
            requirement: "nvidia-cuda-runtime==13.0.96",
            sha256: "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548",
        },
        "nvidia/cu13/lib/libcudart.so.13",
    ),
    (
        Wheel {
            requirement: "nvidia-cuda-cupti==13.0.85",
            sha256: "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8",
        },
        "nvidia/cu13/lib/libcupti.so.13",
    ),
];

/// Makes `.libtorch` a complete libtorch, unless the user has their own.
///
/// # Errors
/// What failed, and how to go on without it.
pub fn set_up(house: &House) -> Result<()> {
    let place = house.libtorch();
    if let Some(own) = env::var_os("LIBTORCH").map(PathBuf::from).filter(|own| *own != place) {
        check(&own).with_context(|| format!("LIBTORCH is {}; unset it, or correct it", own.display()))?;
        say("libtorch", format_args!("your own, in {}", own.display()));
        return Ok(());
    }
    if check(&place).is_ok() {
        say("libtorch", format_args!("{VERSION} is in .libtorch already"));
        return Ok(());
    }
    let cached = house.cache()?.join(format!("libtorch-{VERSION}"));
    if check(&cached).is_err() {
        fetch(&cached).context(OWN)?;
    }
    link(&cached, &place)?;
    say("libtorch", format_args!("{VERSION} is in {}, linked to .libtorch", cached.display()));
    Ok(())
}

/// Whether this directory holds all that building and running need.
fn check(libtorch: &Path) -> Result<()> {
    for file in [
        "include/torch/csrc/api/include/torch/torch.h",
        "lib/libtorch.so",
        "lib/libtorch_cpu.so",
        "lib/libc10.so",
    ] {
        if !libtorch.join(file).is_file() {
            bail!("{} has no {file}", libtorch.display());
        }
    }
    let version = fs::read_to_string(libtorch.join("build-version")).unwrap_or_default();
    if !is_right_version(&version) {
        bail!(
            "{} says version `{}`, expected {VERSION}",
            libtorch.join("build-version").display(),
            version.trim()
        );
    }
    Ok(())
}

/// `2.13.0`, or a build of it: `2.13.0+cpu`.
fn is_right_version(version: &str) -> bool {
    version.trim().strip_prefix(VERSION).is_some_and(|build| build.is_empty() || build.starts_with('+'))
}

/// Fills `place`, all or nothing.
fn fetch(place: &Path) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("libtorch is fetched for Linux on x86-64 only");
    }
    let parent = place.parent().context("the cache has no parent directory")?;
    let work = tempfile::Builder::new().prefix("libtorch.").tempdir_in(parent)?;
    let staged = work.path().join("libtorch");
    if let Err(error) = from_upstream(work.path(), &staged) {
        let reason = error.root_cause().to_string();
        say(
            "libtorch",
            format_args!(
                "PyTorch's host does not serve it ({}): taking the wheel, 540 MB",
                last_line(&reason)
            ),
        );
        remove(&staged)?;
        from_wheels(work.path(), &staged)?;
    }
    check(&staged)?;
    if check(place).is_ok() {
        return Ok(()); // Another clone was quicker.
    }
    remove(place)?;
    fs::rename(&staged, place).with_context(|| format!("cannot move libtorch to {}", place.display()))
}

fn from_upstream(work: &Path, to: &Path) -> Result<()> {
    /// Asks with a short patience, so that a machine that cannot reach the host does not wait for it.
    const SCRIPT: &str = r#"
import shutil, socket, sys, urllib.parse, urllib.request
url, path = sys.argv[1:]
if not urllib.request.getproxies().get("https"):
    socket.create_connection((urllib.parse.urlsplit(url).hostname, 443), timeout=3).close()
with urllib.request.urlopen(url, timeout=30) as source, open(path, "wb") as target:
    shutil.copyfileobj(source, target, 1 << 20)
"#;
    let archive = work.join("libtorch.zip");
    say("libtorch", format_args!("asking PyTorch's host for {VERSION} (126 MB)"));
    Run::new("python3").args(["-c", SCRIPT, UPSTREAM]).arg(&archive).quiet()?;
    verify(&archive, UPSTREAM_SHA256)?;
    unzip(&archive, "libtorch/include/", &to.join("include"), &[])?;
    // Static libraries and Python's own bindings are not linked.
    unzip(&archive, "libtorch/lib/", &to.join("lib"), &[".a", "libtorch_python.so"])?;
    unzip(&archive, "libtorch/build-version", to, &[])
}

fn from_wheels(work: &Path, to: &Path) -> Result<()> {
    let lib = to.join("lib");
    let torch = TORCH.download(work)?;
    unzip(&torch, "torch/include/", &to.join("include"), &[])?;
    for library in ["libtorch_cpu.so", "libc10.so", "libgomp.so.1"] {
        unzip(&torch, &format!("torch/lib/{library}"), &lib, &[])?;
    }
    for (wheel, library) in CUDA {
        unzip(&wheel.download(work)?, library, &lib, &[])?;
    }
    // The linker is asked for `-ltorch`, which holds no code of its own. The wheel's needs CUDA, so here is one without.
    Run::new("cc")
        .dir(&lib)
        .args(["-shared", "-nostdlib", "-o", "libtorch.so", "-Wl,-soname,libtorch.so", "-Wl,--no-as-needed"])
        .args(["-L.", "-ltorch_cpu", "-Wl,--unresolved-symbols=ignore-all", "-Wl,-rpath,$ORIGIN"])
        .quiet()?;
    fs::write(to.join("build-version"), format!("{VERSION}\n"))?;
    Ok(())
}

/// Points `.libtorch` at the cache in one step, whatever was there.
fn link(cached: &Path, place: &Path) -> Result<()> {
    let new = place.with_extension("new");
    remove(&new)?;
    symlink(cached, &new).with_context(|| format!("cannot create {}", new.display()))?;
    if place.is_dir() && !place.is_symlink() {
        remove(place)?; // A link can't be renamed over a directory.
    }
    fs::rename(&new, place).with_context(|| format!("cannot create {}", place.display()))
}

/// Removes a file, a link (not what it points to) or a directory, if there is one.
fn remove(path: &Path) -> Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_builds_of_the_one_version_are_right() {
        for right in ["2.13.0", "2.13.0\n", "2.13.0+cpu\n", "2.13.0+cu130"] {
            assert!(is_right_version(right), "{right}");
        }
        for wrong in ["", "2.13", "2.13.01", "2.12.0", "12.13.0", "2.13.0.dev"] {
            assert!(!is_right_version(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_link_replaces_a_half_done_directory_and_an_old_link() {
        let directory = tempfile::tempdir().unwrap();
        let [old, cached, place] = ["old", "cached", ".libtorch"].map(|name| directory.path().join(name));
        for existing in [&old, &cached, &place] {
            fs::create_dir(existing).unwrap();
            fs::write(existing.join("which"), existing.file_name().unwrap().as_encoded_bytes()).unwrap();
        }
        for target in [&old, &cached] {
            link(target, &place).unwrap();
            assert_eq!(fs::read_link(&place).unwrap(), *target);
        }
        assert_eq!(fs::read_to_string(old.join("which")).unwrap(), "old", "what a link pointed to stays");
    }

    #[test]
    fn an_incomplete_libtorch_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let error = check(directory.path()).unwrap_err().to_string();
        assert!(error.contains("has no include/torch"), "{error}");
    }
}
