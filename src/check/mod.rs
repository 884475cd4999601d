//! Validators: arithmetic and format checks that a match must face, one table from name to function.

/// What a validator says of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The check digit, checksum or format is right: confidence goes up by one.
    Valid,
    /// A checksum is wrong that not every genuine value has: confidence goes down by one.
    Doubtful,
    /// Plain arithmetic says that this cannot be one: no finding.
    Impossible,
}

/// A check that rules refer to by name.
pub(crate) struct Validator {
    /// The name in `check = "…"`.
    pub name: &'static str,
    /// The check itself, on the bytes that the rule marks as secret, separators included.
    pub run: fn(&[u8]) -> Verdict,
    /// Makes a generated body right by overwriting its check characters, for the examples of packs.
    pub complete: Option<fn(&mut [u8])>,
}

/// Looks a validator up by name.
pub(crate) fn find(name: &str) -> Option<&'static Validator> {
    VALIDATORS.iter().find(|validator| validator.name == name)
}

/// Every validator.
pub(crate) static VALIDATORS: &[Validator] = &[];
