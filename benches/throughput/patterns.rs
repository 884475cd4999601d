//! The patterns of the packs, as other engines can have them.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use logveil::{Class, Pack};
use regex::bytes::{Regex, RegexBuilder};

/// The patterns of the built-in rules for secrets, as far as they compile on their own. Left out are those that count only near certain
/// words and those for data with check digits: a plain regex can ask for neither, and would mask half of all log lines.
pub fn secret_patterns(root: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut patterns = Vec::new();
    for path in files(&root.join("patterns"), "toml")? {
        let pack = Pack::parse(&path.display().to_string(), &fs::read_to_string(&path)?)?;
        let alone = pack
            .rules()
            .iter()
            .filter(|rule| rule.class == Class::Secret && rule.near.is_empty())
            .filter_map(|rule| rule.pattern.as_deref());
        patterns.extend(alone.filter(|pattern| regex(pattern).is_ok()).map(str::to_owned));
    }
    Ok(patterns)
}

/// A pattern as packs mean it: of bytes, its classes ASCII.
pub fn regex(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(64 << 20).build()
}

/// The files of a folder with this extension, in the order of their names; none if there is no such folder.
pub fn files(folder: &Path, extension: &str) -> std::io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    Ok(paths)
}
