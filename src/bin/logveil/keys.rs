//! Keys from a file or the environment.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use logveil::Keys;
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
    parse(&path.display().to_string(), &read(path)?)
}

fn parse(place: &str, text: &[u8]) -> Result<Keys, Failure> {
    Keys::parse(text).map_err(|error| Failure::Usage(format!("{place}: {error}")))
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    // Whoever writes the key where its file should be must not read it in a log.
    let name = path.as_os_str().as_encoded_bytes();
    let has_id = name.iter().position(|&byte| byte == b':').is_some_and(|colon| colon <= 8) && Keys::parse(name).is_ok();
    let is_key = (has_id || (name.len() >= 32 && name.iter().all(u8::is_ascii_hexdigit))) && !path.exists();
    let reading = |error| match is_key {
        true => Failure::Usage("a file of keys is wanted, and this is like a key: write it into a file of its own".to_owned()),
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
