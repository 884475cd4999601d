//! A policy of several layers: built-in default, profile, file, environment, options.

use std::fmt;

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::excerpt::{Part, Shown};
use super::file::File;
use super::origin::{Layer, Origins};
use super::{Policy, profile};
use crate::action::Action;
use crate::error::Error;
use crate::pack::Confidence;

/// Puts a [`Policy`] together of layers, each over the ones before it.
///
/// What a later layer sets goes before what an earlier one does, setting by setting. `packs` and `only` are one setting:
/// the later choice is the one. The lists of `[allow]`, `sensitive_keys` and `[[rule]]` are added to. The profile that the
/// last layer names, of those that name one, stands below them all.
///
/// ```
/// let policy = logveil::Layers::default()
///     .file("logveil.toml", "profile = \"pci\"\n[actions]\ncontact = \"remove\"")?
///     .min_confidence("environment LOGVEIL_MIN_CONFIDENCE", logveil::Confidence::High)
///     .build()?;
/// assert!(policy.to_toml().contains("min_confidence = \"high\" # environment LOGVEIL_MIN_CONFIDENCE"));
/// # Ok::<(), logveil::Error>(())
/// ```
#[derive(Default)]
pub struct Layers {
    layers: Vec<(Layer, Setting)>,
}

enum Setting {
    Text(Box<File>, String),
    Profile(String),
    MinConfidence(Confidence),
    Action(Action),
}

impl Layers {
    /// Adds the text of a policy file. `name` is what errors and [`Policy::to_toml`] call it.
    ///
    /// # Errors
    /// When it is not TOML, or has a key or an action that does not exist.
    pub fn file(mut self, name: &str, text: &str) -> Result<Self, Error> {
        let layer = Layer::File(name.to_owned());
        let file = parse(&layer, text)?;
        self.layers.push((layer, Setting::Text(Box::new(file), text.to_owned())));
        Ok(self)
    }

    /// Names the profile. `from` is what errors and [`Policy::to_toml`] say where that comes from.
    pub fn profile(mut self, from: &str, name: &str) -> Self {
        self.layers.push((Layer::Other(from.to_owned()), Setting::Profile(name.to_owned())));
        self
    }

    /// One threshold for everything, instead of those of classes and rules in the layers before it.
    pub fn min_confidence(mut self, from: &str, confidence: Confidence) -> Self {
        self.layers.push((Layer::Other(from.to_owned()), Setting::MinConfidence(confidence)));
        self
    }

    /// One action for everything, instead of those of classes and rules in the layers before it.
    pub fn action(mut self, from: &str, action: Action) -> Self {
        self.layers.push((Layer::Other(from.to_owned()), Setting::Action(action)));
        self
    }

    /// The policy that all of them are together.
    ///
    /// # Errors
    /// When there is no such profile, when settings contradict each other, or when an allow list allows everything.
    pub fn build(self) -> Result<Policy, Error> {
        let (mut file, mut origins) = (File::default(), Origins::default());
        let profile = self.profile_wanted()?;
        if let Some((name, text)) = profile {
            let layer = Layer::Profile(name.to_owned());
            file.put_over(parse(&layer, text)?);
            origins.add(&layer, text);
        }
        let name = self.layers.iter().rev().find(|(_, setting)| matches!(setting, Setting::Text(..)));
        let layer = name.map_or(Layer::File(String::new()), |(layer, _)| layer.clone());
        let mut single = Vec::new();
        for (layer, setting) in self.layers {
            match setting {
                Setting::Text(own, text) => {
                    file.put_over(*own);
                    origins.add(&layer, &text);
                }
                Setting::Profile(_) => {}
                Setting::MinConfidence(_) | Setting::Action(_) => single.push((layer, setting)),
            }
        }
        let policy = Policy::of(layer, file, origins, profile.map(|(name, _)| name))?;
        Ok(single.into_iter().fold(policy, |policy, (layer, setting)| match setting {
            Setting::MinConfidence(confidence) => policy.min_confidence_by(confidence, &layer),
            Setting::Action(action) => policy.action_by(action, &layer),
            Setting::Text(..) | Setting::Profile(_) => policy,
        }))
    }

    /// The profile that the last layer names of those that name one, and its text.
    fn profile_wanted(&self) -> Result<Option<(&'static str, &'static str)>, Error> {
        for (layer, setting) in self.layers.iter().rev() {
            let (name, text) = match setting {
                Setting::Profile(name) => (Some(name), ""),
                Setting::Text(file, text) => (file.profile.as_ref(), text.as_str()),
                _ => (None, ""),
            };
            let Some(name) = name else { continue };
            return profile::find(name).map(Some).ok_or_else(|| {
                let mut origins = Origins::default();
                origins.add(layer, text);
                let names: Vec<&str> = Policy::profiles().map(|(name, _)| name).collect();
                let error = Error::new("no such profile").remedy(format!("one of {}", names.join(", ")));
                origins.place("profile", layer, error)
            });
        }
        Ok(None)
    }
}

fn parse(layer: &Layer, text: &str) -> Result<File, Error> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        if let Some(line) = line_of_deep_key(text).filter(|_| error.span().is_none()) {
            let error = Error::new("a key has too many parts").remedy("a path of [fields] may stand in quotes, as one key");
            return layer.place(error.at(format!("line {line}")));
        }
        let excerpt = error.span().zip(layer.file()).and_then(|(span, name)| Shown::of(text).excerpt(name, span, Part::Keys));
        layer.place(Error::toml(text, &error)).excerpted(excerpt)
    })
}

/// The line of a key with so many parts that the parser gives up, without a word of where.
fn line_of_deep_key(text: &str) -> Option<usize> {
    const MOST_DOTS: usize = 80;
    let (mut line, mut dots) = (1, 0);
    for token in Source::new(text).lex() {
        match token.kind() {
            TokenKind::Dot => dots += 1,
            TokenKind::Equals | TokenKind::Comma | TokenKind::Newline => dots = 0,
            _ => {}
        }
        if dots >= MOST_DOTS {
            return Some(line);
        }
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[token.span().start()..token.span().end()]).count();
    }
    None
}

impl fmt::Debug for Layers {
    /// Says how many there are, not what they hold: an allow list may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
