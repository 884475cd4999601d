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
    let reading = |error| Failure::reading(path.display(), &error);
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
