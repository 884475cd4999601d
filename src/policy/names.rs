//! Rules by the names that a policy has for them.

use std::collections::BTreeMap;

use super::file::RulePolicy;
use crate::alias;
use crate::error::Error;

/// The rules that a name stands for: those of an alias, else the one of this id.
pub(super) fn rules_of(name: &str) -> Vec<&str> {
    alias::rules(name).map_or_else(|| vec![name], <[_]>::to_vec)
}

/// The settings of each rule, where some are given by an alias. Those that the rule's own entry gives go before.
///
/// An alias that `only` names and nothing is said of wants its rules as they are.
pub(super) fn resolve(mut written: BTreeMap<String, RulePolicy>, only: &[String]) -> Result<BTreeMap<String, RulePolicy>, Error> {
    only.iter().for_each(|name| _ = written.entry(name.clone()).or_default());
    let (aliases, mut rules): (BTreeMap<_, _>, BTreeMap<_, _>) = written.into_iter().partition(|(name, _)| alias::rules(name).is_some());
    let own = rules.clone();
    let mut set_by: BTreeMap<&str, &str> = BTreeMap::new();
    for (alias, setting) in &aliases {
        for rule in rules_of(alias) {
            let own = own.get(rule).copied().unwrap_or_default();
            let wanted = RulePolicy {
                enabled: own.enabled.or(setting.enabled),
                action: own.action.or(setting.action),
                min_confidence: own.min_confidence.or(setting.min_confidence),
            };
            let known = rules.insert(rule.to_owned(), wanted);
            if let Some(other) = set_by.insert(rule, alias)
                && known != Some(wanted)
            {
                return Err(Error::new(format!("{other:?} and {alias:?} both stand for the rule {rule:?} and disagree about it"))
                    .remedy(format!("say what holds under [rules.{rule}]")));
            }
        }
    }
    Ok(rules)
}
