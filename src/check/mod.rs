//! Validators: arithmetic and format checks that a match must face, one table from name to function.

mod arithmetic;
mod azure;
mod bank;
mod checksum;
mod contact;
mod national;
mod token;
mod wallet;

use national::{americas, asia_pacific, britain, europe};

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

/// A validator from a form of the table in `checksum`.
macro_rules! checksum {
    ($name:literal, $form:ident) => {
        completed($name, |token| checksum::$form.verdict(token), |token| checksum::$form.complete(token))
    };
}

/// Every validator.
pub(crate) static VALIDATORS: &[Validator] = &[
    completed("luhn", arithmetic::check_luhn, arithmetic::luhn_complete),
    completed("card", bank::card, arithmetic::luhn_complete),
    check("iban", bank::iban),
    check("bic", bank::bic),
    check("aba-routing", bank::aba_routing),
    check("uk-sort-account", bank::uk_sort_account),
    check("us-ssn", americas::us_ssn),
    check("us-itin", americas::us_itin),
    check("us-npi", americas::us_npi),
    check("dea", americas::dea),
    check("ca-sin", americas::ca_sin),
    check("br-cpf", americas::br_cpf),
    check("br-cnpj", americas::br_cnpj),
    check("uk-nino", britain::uk_nino),
    check("uk-nhs", britain::uk_nhs),
    check("uk-utr", britain::uk_utr),
    check("es-dni", europe::es_dni),
    check("es-nie", europe::es_nie),
    check("fr-nir", europe::fr_nir),
    check("de-steuer-id", europe::de_steuer_id),
    check("it-codice-fiscale", europe::it_codice_fiscale),
    check("nl-bsn", europe::nl_bsn),
    check("pl-pesel", europe::pl_pesel),
    check("se-personnummer", europe::se_personnummer),
    check("ch-ahv", europe::ch_ahv),
    check("in-aadhaar", asia_pacific::in_aadhaar),
    check("au-tfn", asia_pacific::au_tfn),
    check("cn-resident-id", asia_pacific::cn_resident_id),
    check("email", contact::email),
    check("e164", contact::e164),
    check("phone-nanp", contact::phone_nanp),
    check("ipv4", contact::ipv4),
    checksum!("github-crc32", GITHUB),
    checksum!("npm-crc32", NPM),
    checksum!("gitlab-crc32", GITLAB),
    checksum!("grafana-crc32", GRAFANA),
    checksum!("cloudflare-crc32", CLOUDFLARE),
    checksum!("bitbucket-crc32", BITBUCKET),
    checksum!("atlassian-crc32", ATLASSIAN),
    checksum!("confluent-crc32", CONFLUENT),
    checksum!("packagist-crc32", PACKAGIST),
    checksum!("polar-crc32", POLAR),
    checksum!("zuplo-crc32", ZUPLO),
    checksum!("crates-io-xor", CRATES_IO),
    completed("azure-key", azure::key, azure::key_complete),
    completed("azure-annotated-key", azure::annotated_key, azure::annotated_key_complete),
    completed("entra-client-secret", azure::client_secret, azure::client_secret_complete),
    completed("base58check", wallet::base58check, wallet::base58check_complete),
    completed("bech32", wallet::bech32, wallet::bech32_complete),
    check("jwt", token::jwt),
    check("basic-auth", token::basic_auth),
    check("entropy", token::entropy),
    check("mixed", token::mixed),
    check("mixed-case", token::mixed_case),
];

const fn check(name: &'static str, run: fn(&[u8]) -> Verdict) -> Validator {
    Validator { name, run, complete: None }
}

const fn completed(name: &'static str, run: fn(&[u8]) -> Verdict, complete: fn(&mut [u8])) -> Validator {
    Validator { name, run, complete: Some(complete) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    /// What the named validator says.
    pub(super) fn verdict_of(name: &str, candidate: &[u8]) -> Verdict {
        (find(name).unwrap().run)(candidate)
    }

    /// Asserts that the named validator finds every candidate Valid.
    pub(super) fn accepts(name: &str, candidates: &[&str]) {
        for candidate in candidates {
            assert_eq!(verdict_of(name, candidate.as_bytes()), Verdict::Valid, "{name}: {candidate}");
        }
    }

    /// Asserts that the named validator finds every candidate Impossible.
    pub(super) fn refuses(name: &str, candidates: &[&str]) {
        for candidate in candidates {
            assert_eq!(verdict_of(name, candidate.as_bytes()), Verdict::Impossible, "{name}: {candidate}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = VALIDATORS.iter().map(|validator| validator.name).collect();
        assert_eq!(names.len(), VALIDATORS.len());
        assert!(find("no-such-check").is_none());
    }

    /// Runs everything on these bytes; only a panic fails.
    fn face(candidate: &[u8]) {
        for validator in VALIDATORS {
            (validator.run)(candidate);
            if let Some(complete) = validator.complete {
                let mut copy = candidate.to_vec();
                complete(&mut copy);
                assert_eq!(copy.len(), candidate.len());
            }
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(candidate in proptest::collection::vec(any::<u8>(), 0..80)) {
            face(&candidate);
        }

        #[test]
        fn no_digits_panic(candidate in "[+]?[0-9]{0,50}") {
            face(candidate.as_bytes());
        }

        #[test]
        fn no_shape_panics(candidate in "(gh[pousr]_|npm_|glsa_|glpat-|cfut_|ATBB|cflt|polar_oat_|cio_tp_|xprv|nsec1|[A-Z]{1,4})?[A-Za-z0-9 .@=_-]{0,45}((\\+ASt|AzFu)[A-P]{6}=?)?") {
            face(candidate.as_bytes());
        }

        #[test]
        fn what_is_completed_passes(body in "[0-9]{2,19}") {
            let mut number = body.into_bytes();
            arithmetic::luhn_complete(&mut number);
            prop_assert_eq!(verdict_of("luhn", &number), Verdict::Valid);
        }
    }
}
