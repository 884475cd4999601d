//! The names that Amazon CloudWatch Logs has for what it finds, and the rules that stand behind each.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html>
//!
//! A policy may use them wherever the id of a rule may stand. Where no rule of ours tells countries apart, several names
//! stand for the same one.

/// The rules that a name stands for.
pub(crate) fn rules(name: &str) -> Option<&'static [&'static str]> {
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, rules)| *rules)
}

/// Any account: an IBAN, or a number in a field called so.
macro_rules! bank_account {
    ($($more:literal),*) => {
        &["iban", "iban-in-groups", "iban-in-groups-of-24", "iban-by-key", "iban-in-prose", "account-number-by-key", "us-bank-account" $(, $more)*]
    };
}

macro_rules! driving_licence {
    ($($more:literal),*) => { &["driving-licence-by-key", "driving-licence-near", "driving-licence-in-prose" $(, $more)*] };
}

macro_rules! phone {
    ($($more:literal),*) => {
        &["phone-by-key", "phone-e164", "phone-international", "phone-in-parentheses" $(, $more)*]
    };
}

const EU_DRIVING_LICENCE: &[&str] = driving_licence!("eu-driving-licence");
const EU_PASSPORT: &[&str] = &["passport-number", "passport-near", "eu-passport"];
const FR_NIR: &[&str] = &["fr-nir", "fr-nir-corsica", "fr-nir-corsica-in-groups", "fr-nir-by-key"];
const NATIONAL_PHONE: &[&str] =
    phone!("phone-national", "phone-national-digits", "phone-in-prose", "phone-of-eight", "phone-two-four-four", "phone-by-cep");
const PEM: &[&str] = &["pem-private-key", "base64-private-key"];

/// Every name, in alphabetical order.
#[rustfmt::skip]
pub(crate) const ALIASES: &[(&str, &[&str])] = &[
    ("Address", &["postal-address", "street-by-key", "street-behind-words"]),
    ("AwsSecretKey", &["aws-secret-access-key", "aws-secret-access-key-near", "aws-key-pair"]),
    ("BankAccountNumber-DE", bank_account!()),
    ("BankAccountNumber-ES", bank_account!("es-ccc")),
    ("BankAccountNumber-FR", bank_account!("fr-rib")),
    ("BankAccountNumber-GB", bank_account!("uk-sort-code-account", "uk-sort-code-account-solid", "uk-account-near")),
    ("BankAccountNumber-IT", bank_account!()),
    ("BankAccountNumber-US", &[
        "us-bank-account", "us-bank-account-near", "account-behind-routing-number", "account-number-in-prose", "acct-number-in-prose",
        "account-of-twelve-digits-in-prose", "account-in-prose-near", "account-by-key-near", "account-behind-routing-number-in-json",
    ]),
    ("CepCode-BR", &["br-cep", "postal-code-by-key"]),
    ("Cnpj-BR", &["br-cnpj", "br-cnpj-near", "br-cnpj-alphanumeric"]),
    ("CpfCode-BR", &["br-cpf", "br-cpf-near"]),
    ("CreditCardExpiration", &[
        "card-expiry", "card-expiry-solid", "card-expiry-slash", "card-expiry-near", "card-expiry-split", "card-expiry-in-prose",
        "iso-8583-expiry",
    ]),
    ("CreditCardMagneticStripe", &["card-track", "card-track-two", "card-track-by-key"]),
    ("CreditCardNumber", &["payment-card", "payment-card-run", "payment-card-long-run", "payment-card-unionpay", "payment-card-by-key"]),
    ("CreditCardSecurityCode", &["card-security-code", "card-code-in-prose", "card-code-in-report"]),
    ("DateOfBirth", &["date-of-birth", "date-of-birth-near", "date-of-birth-in-prose"]),
    ("DriversLicense-AT", EU_DRIVING_LICENCE),
    ("DriversLicense-AU", driving_licence!()),
    ("DriversLicense-BE", EU_DRIVING_LICENCE),
    ("DriversLicense-BG", EU_DRIVING_LICENCE),
    ("DriversLicense-CA", driving_licence!()),
    ("DriversLicense-CY", EU_DRIVING_LICENCE),
    ("DriversLicense-CZ", EU_DRIVING_LICENCE),
    ("DriversLicense-DE", EU_DRIVING_LICENCE),
    ("DriversLicense-DK", EU_DRIVING_LICENCE),
    ("DriversLicense-EE", EU_DRIVING_LICENCE),
    ("DriversLicense-ES", EU_DRIVING_LICENCE),
    ("DriversLicense-FI", EU_DRIVING_LICENCE),
    ("DriversLicense-FR", EU_DRIVING_LICENCE),
    ("DriversLicense-GB", driving_licence!("uk-driving-licence")),
    ("DriversLicense-GR", EU_DRIVING_LICENCE),
    ("DriversLicense-HR", EU_DRIVING_LICENCE),
    ("DriversLicense-HU", EU_DRIVING_LICENCE),
    ("DriversLicense-IE", EU_DRIVING_LICENCE),
    ("DriversLicense-IT", driving_licence!("eu-driving-licence", "it-driving-licence")),
    ("DriversLicense-LT", EU_DRIVING_LICENCE),
    ("DriversLicense-LU", EU_DRIVING_LICENCE),
    ("DriversLicense-LV", EU_DRIVING_LICENCE),
    ("DriversLicense-MT", EU_DRIVING_LICENCE),
    ("DriversLicense-NL", EU_DRIVING_LICENCE),
    ("DriversLicense-PL", EU_DRIVING_LICENCE),
    ("DriversLicense-PT", EU_DRIVING_LICENCE),
    ("DriversLicense-RO", EU_DRIVING_LICENCE),
    ("DriversLicense-SE", EU_DRIVING_LICENCE),
    ("DriversLicense-SI", EU_DRIVING_LICENCE),
    ("DriversLicense-SK", EU_DRIVING_LICENCE),
    ("DriversLicense-US", driving_licence!()),
    ("DrugEnforcementAgencyNumber-US", &["dea-number"]),
    ("ElectoralRollNumber-GB", &["uk-electoral-roll"]),
    ("EmailAddress", &["email", "email-by-key", "email-quoted"]),
    ("HealthInsuranceCardNumber-EU", &["eu-health-card", "es-health-card", "de-kvnr", "medical-record-number"]),
    ("HealthInsuranceClaimNumber-US", &["us-hicn"]),
    ("HealthInsuranceNumber-FR", &["fr-nir", "fr-nir-corsica", "fr-nir-corsica-in-groups", "fr-nir-by-key", "es-health-card"]),
    ("HealthcareProcedureCode-US", &["us-hcpcs"]),
    ("IndividualTaxIdentificationNumber-US", &["us-itin", "us-itin-near"]),
    ("InseeCode-FR", FR_NIR),
    ("IpAddress", &["ipv4-address", "ipv6-address", "ipv4-anywhere", "ipv6-anywhere", "ipv6-local-anywhere", "ipv6-mapped-anywhere"]),
    ("LatLong", &["coordinates", "latitude-longitude"]),
    ("MedicareBeneficiaryNumber-US", &["us-mbi", "us-mbi-by-key", "us-mbi-in-groups", "us-mbi-in-prose"]),
    ("Name", &["person-name", "person-name-in-record"]),
    ("NationalDrugCode-US", &["us-ndc"]),
    ("NationalIdentificationNumber-DE", &["de-document", "de-document-by-key", "de-document-near", "national-id-by-key"]),
    ("NationalIdentificationNumber-ES", &["es-dni", "es-number-by-key", "es-number-in-prose", "national-id-by-key"]),
    ("NationalIdentificationNumber-IT", &["it-codice-fiscale", "it-codice-fiscale-by-key", "national-id-by-key"]),
    ("NationalInsuranceNumber-GB", &["uk-nino", "uk-nino-in-groups", "uk-nino-near"]),
    ("NationalProviderId-US", &["us-npi"]),
    ("NhsNumber-GB", &["uk-nhs"]),
    ("NieNumber-ES", &["es-nie", "es-number-by-key"]),
    ("NifNumber-ES", &["es-dni", "es-nie", "es-number-by-key", "es-number-in-prose"]),
    // The documentation has both spellings: this one in its table, the next in the ARN.
    ("OpenSSHPrivateKey", PEM),
    ("OpenSshPrivateKey", PEM),
    ("PassportNumber-CA", &["passport-number", "ca-passport"]),
    ("PassportNumber-DE", &["passport-number", "passport-near", "de-document", "de-document-by-key", "de-document-near"]),
    ("PassportNumber-ES", EU_PASSPORT),
    ("PassportNumber-FR", EU_PASSPORT),
    ("PassportNumber-GB", &["passport-number", "uk-passport"]),
    ("PassportNumber-IT", EU_PASSPORT),
    ("PassportNumber-US", &["passport-number", "us-passport"]),
    ("PermanentResidenceNumber-CA", &["ca-permanent-resident"]),
    ("PersonalHealthNumber-CA", &["ca-health-number", "ca-health-number-version", "ca-ramq"]),
    ("PgpPrivateKey", &["pgp-private-key"]),
    ("PhoneNumber", phone!("phone-national", "phone-national-digits", "phone-in-prose", "phone-of-eight", "phone-two-four-four", "phone-by-cep", "phone-us", "phone-us-parentheses", "phone-us-near")),
    ("PhoneNumber-BR", NATIONAL_PHONE),
    ("PhoneNumber-DE", NATIONAL_PHONE),
    ("PhoneNumber-ES", NATIONAL_PHONE),
    ("PhoneNumber-FR", NATIONAL_PHONE),
    ("PhoneNumber-GB", NATIONAL_PHONE),
    ("PhoneNumber-IT", NATIONAL_PHONE),
    ("PhoneNumber-US", phone!("phone-us", "phone-us-parentheses", "phone-us-near")),
    ("PkcsPrivateKey", PEM),
    ("PostalCode-CA", &["ca-postal-code", "postal-code-by-key"]),
    ("PuttyPrivateKey", &["putty-private-key"]),
    ("RgNumber-BR", &["br-rg", "br-rg-by-key"]),
    ("SocialInsuranceNumber-CA", &["ca-sin"]),
    ("Ssn-ES", &["es-social-security"]),
    ("Ssn-US", &["us-ssn", "us-ssn-near"]),
    ("TaxId-DE", &["de-steuer-id", "de-tax-number"]),
    ("TaxId-ES", &["es-cif", "es-dni", "es-nie", "es-number-by-key", "es-number-in-prose"]),
    ("TaxId-FR", &["fr-tax-number"]),
    ("TaxId-GB", &["uk-utr"]),
    ("VehicleIdentificationNumber", &["vehicle-identification-number", "vin-by-key", "vin-in-prose"]),
    ("ZipCode-US", &["postal-code-by-key"]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;

    use super::*;
    use crate::example::Example;
    use crate::pack::{Pack, Rule};
    use crate::policy::Policy;
    use crate::redact::Redactor;

    /// The built-in rules with their examples.
    fn built_in() -> HashMap<String, Rule> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let packs = paths.map(|path| Pack::parse("p", &std::fs::read_to_string(path).unwrap()).unwrap());
        packs.flat_map(|pack| pack.rules().to_vec()).map(|rule| (rule.id.to_string(), rule)).collect()
    }

    #[test]
    fn names_are_in_order_and_there_once() {
        assert!(ALIASES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ALIASES.iter().all(|(_, rules)| !rules.is_empty() && rules.iter().all(|rule| super::rules(rule).is_none())));
    }

    /// Alone in force, an alias masks what each of its rules says of itself.
    #[test]
    fn every_alias_masks_the_examples_of_its_rules() {
        let built_in = built_in();
        for (alias, rules) in ALIASES {
            let policy = Policy::parse("p", &format!("min_confidence = 'low'\nonly = ['{alias}']")).unwrap();
            let redactor = Redactor::builder().policy(policy).build().unwrap();
            for id in *rules {
                let rule = built_in.get(*id).unwrap_or_else(|| panic!("{alias}: no rule is called {id}"));
                // Not all of them: what one marks may be for another rule to find.
                let masks_one = (1..).zip(rule.examples.iter()).any(|(number, text)| {
                    let example = Example::parse(text, rule, number).unwrap().text;
                    redactor.redact_message(&example) != example
                });
                assert!(masks_one, "{alias}: {id}");
            }
        }
    }
}
