//! Who may import whom: downward only, so that each layer can be read without those above it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module of the library, with what it may import. A module may always import its own children.
const LAYERS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("fields", &["error"]),
    ("pack", &["error"]),
    ("builtin", &["pack"]),
    ("check", &["error"]),
    ("scan", &["pack", "check", "error"]),
    ("action", &["pack", "error", "scan"]),
    ("alias", &[]),
    ("policy", &["action", "alias", "fields", "pack", "error"]),
    ("envelope", &["redact", "stream", "scan", "error"]),
    ("redact", &["scan", "policy", "fields", "action", "pack", "check", "builtin", "error"]),
    ("stream", &["redact", "scan", "pack"]),
    ("live", &["redact", "error"]),
    ("example", &["redact", "stream", "policy", "scan", "pack", "check", "error"]),
];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
}

/// The part of a file that is compiled outside tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

/// The modules named behind `crate::` in a file.
fn imports(path: &Path) -> Vec<String> {
    code(path)
        .split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect())
        .collect()
}

/// A file of tests, or one of their parts.
fn is_test(file: &Path) -> bool {
    file.ends_with("tests.rs") || file.parent().is_some_and(|folder| folder.ends_with("tests"))
}

#[test]
fn modules_import_downward_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let allowed: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut seen = 0;
    for file in files.iter().filter(|file| !file.starts_with(src.join("bin")) && !file.ends_with("lib.rs") && !is_test(file)) {
        let module =
            file.strip_prefix(&src).unwrap().components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let may = allowed.get(module.as_str()).unwrap_or_else(|| panic!("{module} has no place in LAYERS"));
        for import in imports(file) {
            seen += 1;
            assert!(import == module || may.contains(&import.as_str()), "{} imports {import}", file.display());
        }
    }
    assert!(seen > 20, "the imports were not read");
}

#[test]
fn front_ends_use_the_public_names_only() {
    let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin");
    let mut files = Vec::new();
    sources(&bin, &mut files);
    for file in files {
        assert!(!code(&file).contains("#[path"), "{} reaches into the library's files", file.display());
    }
}

/// `unsafe` has rooms of its own, none of which is built yet.
#[test]
fn unsafe_stays_in_its_rooms() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    for file in files.iter().filter(|file| !file.starts_with(src.join("scan/kernel")) && !file.ends_with("capi.rs")) {
        let text = fs::read_to_string(file).unwrap();
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        assert!(lines.clone().all(|line| !line.contains("unsafe ")), "{}", file.display());
    }
}
