use super::*;
use crate::action::Mask;

#[test]
fn a_rule_goes_before_its_class_and_a_class_before_the_default() {
    let policy =
        Policy::parse("p", "[actions]\ndefault = 'keep'\nbank = { mask = { last = 4 } }\n[rules.iban]\naction = 'remove'\nenabled = false")
            .unwrap();
    assert_eq!(policy.action_for("iban", Class::Bank), Action::Remove);
    assert_eq!(policy.action_for("card", Class::Bank), Action::Mask(Mask { last: 4, ..Mask::default() }));
    assert_eq!(policy.action_for("email", Class::Contact), Action::Keep);
    assert!(!policy.enables("iban") && policy.enables("card"));
}

#[test]
fn an_alias_sets_its_rules_and_a_rule_goes_before_it() {
    let policy = Policy::parse(
        "p",
        "[rules.EmailAddress]\naction = 'remove'\n[rules.email-quoted]\naction = 'keep'\n[rules.email-by-key]\nenabled = false",
    )
    .unwrap();
    assert_eq!(policy.action_for("email", Class::Contact), Action::Remove);
    assert_eq!(policy.action_for("email-quoted", Class::Contact), Action::Keep);
    assert_eq!(policy.action_for("email-by-key", Class::Contact), Action::Remove);
    assert!(policy.enables("email") && !policy.enables("email-by-key"));
}

#[test]
fn aliases_that_share_a_rule_must_agree_unless_it_says_itself() {
    let policy = |german: &str, rule: &str| {
        Policy::parse("p", &format!("[rules.PhoneNumber-GB]\naction = 'remove'\n[rules.PhoneNumber-DE]\n{german}\n{rule}"))
    };
    assert!(policy("action = 'remove'", "").is_ok());
    for german in ["action = 'keep'", "enabled = false", ""] {
        let error = policy(german, "").unwrap_err().to_string();
        assert!(error.contains("\"PhoneNumber-DE\" and \"PhoneNumber-GB\" both stand for the rule \"phone-by-key\""), "{error}");
        assert!(error.ends_with("(say what holds under [rules.phone-by-key])"), "{error}");
    }
    let named = "only = ['PhoneNumber-GB', 'PhoneNumber-BR']\n[rules.PhoneNumber-BR]\naction = 'keep'";
    assert!(Policy::parse("p", named).unwrap_err().to_string().contains("disagree about it"));
    let rules: String = alias::rules("PhoneNumber-GB").unwrap().iter().map(|id| format!("[rules.{id}]\naction = 'mask'\n")).collect();
    let policy = policy("action = 'keep'", &rules).unwrap();
    assert_eq!(policy.action_for("phone-by-key", Class::Contact), Action::Mask(Mask::default()));
}

#[test]
fn only_what_is_named_is_in_force() {
    let policy = Policy::parse("p", "only = ['EmailAddress', 'iban']\n[rules.email-by-key]\nenabled = false").unwrap();
    assert!(policy.enables("email") && policy.enables("iban") && !policy.enables("email-by-key") && !policy.enables("payment-card"));
    assert!(Policy::parse("p", "only = []").unwrap_err().to_string().contains("nothing would be masked"));
    assert!(Policy::parse("p", "only = ['iban']\npacks = ['bank']").unwrap_err().to_string().contains("leave one of them out"));
}

#[test]
fn what_is_not_understood_is_refused_without_quoting_values() {
    for (text, says) in [
        ("mni_confidence = 'low'", "unknown field"),
        ("min_confidence = 'hunter2'", "line 1"),
        ("packs = 'hunter2'", "sequence"),
        ("[actions]\nbank = 'hunter2'", "no such action"),
        ("[actions]\nbank = { mask = { lats = 4 } }", "no such action"),
        ("[limits]\nline = 5", "below"),
        ("[keys]\nwrite = 'hunter2 x'", "key id"),
        ("[actions]\nbank = { replace = '<hunter2>' }", "a template begins with `[`"),
        ("[actions]\nbank = { mask = {}, replace = '[hunter2]' }", "no such action"),
        ("[rules.x]\nenabeld = true", "unknown field"),
    ] {
        let error = Policy::parse("p", text).unwrap_err().to_string();
        assert!(error.contains(says) && error.starts_with("policy p: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
