//! The profiles that come with logveil: policies to stand on.

/// Each with the text of its file.
pub(super) const PROFILES: &[(&str, &str)] = &[
    ("default", include_str!("../../profiles/default.toml")),
    ("secrets-only", include_str!("../../profiles/secrets-only.toml")),
    ("pci", include_str!("../../profiles/pci.toml")),
    ("gdpr", include_str!("../../profiles/gdpr.toml")),
    ("hipaa", include_str!("../../profiles/hipaa.toml")),
    ("paranoid", include_str!("../../profiles/paranoid.toml")),
];

/// The profile with this name, and its text.
pub(super) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    PROFILES.iter().copied().find(|(known, _)| *known == name)
}

/// What a profile is for: the comment that it begins with.
pub(super) fn about(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
}
