//! Puts the site, the scripts and styles as cargo-leptos has built and compressed them, into a release binary, so that it
//! needs no folder beside it. In development the server reads the folder, which changes all the time.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// What every page asks for.
const NEEDED: [&str; 2] = ["/pkg/parlance.css", "/pkg/parlance.js"];

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LEPTOS_SITE_ROOT");
    let is_server = env::var_os("CARGO_FEATURE_SSR").is_some();
    let is_release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let mut files = Vec::new();
    if is_server && is_release {
        let root = env::var_os("LEPTOS_SITE_ROOT").map_or_else(|| PathBuf::from("target/site"), PathBuf::from);
        // Without a site there is none to put in: `cargo build` alone, or a benchmark, which needs none.
        if root.is_dir() {
            println!("cargo:rerun-if-changed={}", root.display());
            find(&root, &root, &mut files)?;
        }
        if let Some(file) = missing(&files) {
            println!(
                "cargo::warning=this release has no site inside, since {} has no {file}: `cargo leptos build --release` \
                 makes one first. Pages will come without scripts and styles, unless LEPTOS_SITE_ROOT names a folder.",
                root.display()
            );
        }
    }
    files.sort();
    let entries = files.iter().map(|(name, path)| format!("    ({name:?}, include_bytes!({path:?})),\n"));
    let table = format!("&[\n{}]\n", entries.collect::<String>());
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    fs::write(Path::new(&out).join("site.rs"), table)
}

/// What every page asks for and is not among the files.
pub(crate) fn missing(files: &[(String, String)]) -> Option<&'static str> {
    NEEDED.into_iter().find(|needed| files.iter().all(|(name, _)| name != needed))
}

/// The files below a folder: what each is asked for by, and where it is.
pub(crate) fn find(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(root, &path, files)?;
        } else if let (Ok(name), Some(at)) = (path.strip_prefix(root), fs::canonicalize(&path)?.to_str()) {
            files.push((format!("/{}", name.display()), at.to_owned()));
        }
    }
    Ok(())
}
