//! Keys from a file or the environment.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use logveil::{Keys, Policy};
use zeroize::Zeroizing;

use crate::args::KeyChoice;
use crate::failure::Failure;

const VARIABLE: &str = "LOGVEIL_KEYS";

/// Where keys can come from, for who has given none.
pub const REMEDY: &str = "use --key-file or the variable LOGVEIL_KEYS";

/// The keys that the arguments or the environment name, if they name any.
pub fn given(choice: &KeyChoice) -> Result<Option<Keys>, Failure> {
    match &choice.key_file {
        Some(path) => of_file(path).map(Some),
        None => match env::var_os(VARIABLE).filter(|text| !text.is_empty()) {
            Some(text) => Ok(Some(parse(VARIABLE, &Zeroizing::new(text.into_encoded_bytes()))?)),
            None => Ok(None),
        },
    }
}

/// The keys in a file.
pub fn of_file(path: &Path) -> Result<Keys, Failure> {
    parse(&path.display().to_string(), &read(path, path.as_os_str().as_encoded_bytes())?)
}

/// The keys in the file that a policy names, beside its own.
pub fn of_policy(policy: &Policy, file: &Path) -> Result<Option<Keys>, Failure> {
    let Some(name) = policy.key_file() else { return Ok(None) };
    let path = beside(file, name);
    let keys = read(&path, name.as_bytes()).and_then(|text| parse(&path.display().to_string(), &text));
    let place = policy.key_file_place().unwrap_or_default();
    keys.map(Some).map_err(|failure| failure.at(&place))
}

/// A path that a policy names: a relative one begins at the folder of its file.
pub fn beside(file: &Path, name: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(name)
}

fn parse(place: &str, text: &[u8]) -> Result<Keys, Failure> {
    Keys::parse(text).map_err(|error| Failure::Usage(format!("{place}: {error}")))
}

/// The text of a file. `name` is what it is called where it is named.
fn read(path: &Path, name: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let reading = |error| match is_like_a_key(name) && !path.exists() {
        // Whoever writes the key where its file should be must not read it in a log.
        true => Failure::Usage("a file of keys is wanted, and its name is like a key: write the key into a file, and name that".to_owned()),
        false => Failure::reading(path.display(), &error),
    };
    let mut file = File::open(path).map_err(reading)?;
    check_mode(path, &file)?;
    // More would be no file of keys, and a buffer that grows leaves copies behind.
    const LONGEST: usize = 64 << 10;
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.by_ref().take(LONGEST as u64 + 1).read_to_end(&mut text).map_err(reading)?;
    if text.len() > LONGEST {
        return Err(Failure::Usage(format!("{}: too long for a file of keys", path.display())));
    }
    Ok(text)
}

/// Whether this is what a key looks like, with an id or without: hexadecimal digits, or what hardly any file is called.
fn is_like_a_key(name: &[u8]) -> bool {
    const SHORTEST: usize = 16;
    const OF_HEX: usize = 32;
    let longest_hex = name.split(|byte| !byte.is_ascii_hexdigit()).map(<[u8]>::len).max().unwrap_or_default();
    let behind_id = name.iter().position(|&byte| byte == b':').map(|colon| &name[colon + 1..]);
    let has_id = behind_id.is_some_and(|key| key.len() >= SHORTEST && !key.starts_with(b"/") && !key.starts_with(b"\\"));
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    let is_mixed = [u8::is_ascii_digit, u8::is_ascii_lowercase, u8::is_ascii_uppercase].iter().all(|kind| name.iter().any(kind));
    longest_hex >= OF_HEX || has_id || (name.len() >= OF_HEX && !name.starts_with(b"/") && is_mixed && name.iter().all(is_base64))
}

/// A key that everybody on the machine can read is none. Pipes (`<(pass show logveil)`) have no such mode.
#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;

    const OTHERS: u32 = 0o007;
    let about = file.metadata().map_err(|error| Failure::reading(path.display(), &error))?;
    if about.is_file() && about.permissions().mode() & OTHERS != 0 {
        return Err(Failure::Usage(format!("{0}: other users can read or change this file of keys (`chmod 600 {0}`)", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> Result<(), Failure> {
    Ok(())
}
