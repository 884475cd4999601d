//! From packs, a policy and keys to a redactor.

use foldhash::HashSet;
use std::fmt;

use super::fields::FieldRules;
use super::{Allowed, Plan, Redactor};
use crate::action::{Action, Keys, Replacements, Template};
use crate::builtin;
use crate::error::Error;
use crate::fields::FieldAction;
use crate::pack::{Class, Pack, Text};
use crate::policy::Policy;
use crate::scan::{Scanner, Strategy};

/// Chooses packs, policy and keys for a [`Redactor`].
#[derive(Default)]
pub struct RedactorBuilder {
    policy: Policy,
    packs: Vec<Pack>,
    keys: Option<Keys>,
    strategy: Strategy,
    /// A pack that stands in the place of the built-in one of this name.
    substitute: Option<(String, Pack)>,
}

impl RedactorBuilder {
    /// Uses this policy instead of the default one.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Adds a pack to the built-in ones.
    pub fn pack(mut self, pack: Pack) -> Self {
        self.packs.push(pack);
        self
    }

    /// Puts a pack in the place of the built-in one of this name, if there is one, else behind them all.
    pub(crate) fn in_place_of(mut self, name: &str, pack: Pack) -> Self {
        if builtin::PACKS.iter().any(|known| known.name() == name) {
            self.substitute = Some((name.to_owned(), pack));
            return self;
        }
        self.pack(pack)
    }

    /// The keys of the actions `hash` and `encrypt`.
    pub fn keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    #[doc(hidden)]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Compiles everything.
    ///
    /// # Errors
    /// When a rule of a pack is wrong (its pattern does not compile, has no anchor, or its id is taken), when the
    /// policy names a pack or rule that does not exist, or when an action needs a key and there is none.
    pub fn build(self) -> Result<Redactor, Error> {
        let policy = self.policy;
        if let Some(unknown) = policy.packs().unwrap_or_default().iter().find(|&name| builtin::PACKS.iter().all(|pack| pack.name() != name))
        {
            let error = Error::new(format!("no built-in pack is called {unknown:?}")).remedy("`logveil rules list` names them");
            return Err(policy.place("packs", error));
        }
        let chosen = |pack: &&Pack| policy.packs().is_none_or(|names| names.iter().any(|name| name == pack.name()));
        let stands_for =
            |pack| self.substitute.as_ref().filter(|(name, _)| name == Pack::name(pack)).map_or(pack, |(_, substitute)| substitute);
        let packs: Vec<Pack> = builtin::PACKS
            .iter()
            .filter(chosen)
            .map(stands_for)
            .cloned()
            .chain(self.packs.iter().cloned())
            .chain(policy.own_rules())
            .collect();
        reserved_ids(&policy, &self.packs)?;
        let templates = templates(&policy, &packs);
        let on_request: HashSet<&str> =
            packs.iter().flat_map(Pack::rules).filter(|rule| rule.on_request).map(|rule| rule.id.as_ref()).collect();
        let is_asked_for = |id: &str| !on_request.contains(id) || policy.asks_for(id);
        let enables = |id: &str| policy.enables(id) && is_asked_for(id);
        // Fields are found by their paths.
        let is_found = |id: &str| id != Policy::FIELD && id != Policy::FIELD_DROP && enables(id);
        let wanted = |id: &str, class, surest| is_found(id) && surest >= policy.threshold(id, class);
        let scanner =
            Scanner::new(&packs, self.strategy, wanted, &Replacements::beginnings(&templates)).map_err(|error| of_pack(&policy, error))?;
        if let Some(unknown) = policy.rule_ids().find(|id| scanner.index_of(id).is_none() && !is_builtin(id)) {
            return Err(policy.place_rule(unknown, no_rule(unknown)));
        }
        for (name, rules) in policy.only() {
            check_only(&scanner, &policy, name, &rules).map_err(|error| policy.place(&format!("only={name}"), error))?;
        }
        let plan: Vec<Plan> = (0..scanner.len())
            .map(|index| {
                let (id, class) = scanner.rule(index as u16);
                Plan {
                    enabled: enables(id),
                    asked_for: is_asked_for(id),
                    action: policy.action_for(id, class),
                    threshold: policy.threshold(id, class),
                }
            })
            .collect();
        let fields = policy.fields();
        let does = |id: &str| match id {
            // It only lets values be.
            Policy::ALLOWED => false,
            Policy::FIELD => fields.values().any(|&action| action == FieldAction::Mask),
            Policy::FIELD_DROP => fields.values().any(|&action| action == FieldAction::Drop),
            _ => true,
        };
        let is_in_force =
            |(index, plan): (u16, &Plan)| plan.enabled && does(scanner.rule(index).0) && scanner.surest(index) >= plan.threshold;
        if !(0..).zip(&plan).any(is_in_force) {
            let error = Error::new("no rule is in force, so nothing would be masked")
                .remedy("name rules or packs that are in force, or leave `packs` and `only` out for all of them");
            return Err(policy.place_choice(error));
        }
        if let Some((index, plan)) = (0..).zip(&plan).find(|(_, plan)| plan.enabled && plan.action.needs_key())
            && self.keys.is_none()
        {
            let error = Error::new(format!("the action {} needs a key and there is none", plan.action.name()))
                .remedy("give one: without, anybody could undo it");
            let (id, class) = scanner.rule(index);
            return Err(policy.place_action(id, class, error));
        }
        // Another policy may have masked with any of the built-in ones.
        let own = packs.iter().flat_map(Pack::rules).filter(|rule| rule.number.is_none());
        let rules = builtin::PACKS.iter().flat_map(Pack::rules).chain(own).map(|rule| (rule.id.clone(), rule.class));
        let rules = rules.chain(Policy::RESERVED.map(|id| (Text::Borrowed(id), Class::Secret)));
        let replacements = Replacements::new(rules, &templates, self.keys.as_ref(), policy.writing_key())
            .map_err(|error| policy.place("keys.write", error))?;
        let allowed = policy.allow().map(|allow| Allowed { by: allow.clone(), keys: scanner.index_of(Policy::ALLOWED) });
        let fields = FieldRules::of(&policy, &scanner)?;
        Ok(Redactor { replacements, plan, allowed, fields, line_limit: policy.line_limit(), scanner })
    }
}

impl fmt::Debug for RedactorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactorBuilder").field("packs", &self.packs.len()).finish_non_exhaustive()
    }
}

/// The ids of what a policy brings without a rule of its own are nobody else's: one of that name would never be found.
fn reserved_ids(policy: &Policy, packs: &[Pack]) -> Result<(), Error> {
    let taken = |id: &str| {
        let error = Error::new(format!("rule {id}: a policy's own findings are called so")).remedy("choose another id");
        Policy::RESERVED.contains(&id).then_some(error)
    };
    for rule in policy.written_rules() {
        if let Some(error) = taken(&rule.id) {
            return Err(policy.place(&format!("rule={}", rule.id), error));
        }
    }
    for pack in packs {
        if let Some(error) = pack.rules().iter().find_map(|rule| taken(&rule.id)) {
            return Err(error.at(format!("pack {}", pack.name())));
        }
    }
    Ok(())
}

/// The templates that the policy has for rules of these packs, each once.
fn templates(policy: &Policy, packs: &[Pack]) -> Vec<Template> {
    let mut templates = Vec::new();
    for rule in packs.iter().flat_map(Pack::rules) {
        if let Action::Template(template) = policy.action_for(&rule.id, rule.class)
            && !templates.contains(&template)
        {
            templates.push(template);
        }
    }
    templates
}

fn no_rule(name: &str) -> Error {
    Error::new(format!("no rule is called {name:?}"))
        .remedy("`logveil rules list` names them, `logveil rules aliases` the names of CloudWatch; your own need their pack")
}

/// What `only` names must exist, and be able to reach the threshold: whoever names it expects it to be found.
fn check_only(scanner: &Scanner, policy: &Policy, name: &str, rules: &[&str]) -> Result<(), Error> {
    let indexes: Vec<u16> = rules.iter().filter_map(|rule| scanner.index_of(rule)).collect();
    if indexes.is_empty() {
        return Err(no_rule(name));
    }
    let threshold = |index: u16| {
        let (id, class) = scanner.rule(index);
        policy.threshold(id, class)
    };
    let is_reached = |&index: &u16| scanner.surest(index) >= threshold(index);
    match indexes.iter().max_by_key(|&&index| scanner.surest(index)) {
        Some(&surest) if !indexes.iter().any(is_reached) => {
            let (surest, threshold) = (scanner.surest(surest), threshold(surest));
            Err(Error::new(format!("`only` names {name:?}, of which no finding is as sure as {threshold}"))
                .remedy(format!("set min_confidence = \"{surest}\", or leave it out")))
        }
        _ => Ok(()),
    }
}

/// A fault of a pack; one of the policy's own rules stands in the policy, where that has what is wrong.
fn of_pack(policy: &Policy, error: Error) -> Error {
    let text = error.to_string();
    let Some(rule) = text.strip_prefix("pack of the policy: rule ") else { return error };
    policy.place_own_rule(rule.split(": ").next().unwrap_or_default(), error)
}

fn is_builtin(id: &str) -> bool {
    builtin::PACKS.iter().flat_map(|pack| pack.rules()).any(|rule| rule.id == id)
}
