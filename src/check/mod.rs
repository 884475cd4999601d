//! Validators: arithmetic and format checks that a match must face, one table from name to function.

mod arithmetic;
mod azure;
mod bank;
mod checksum;
mod contact;
mod date;
mod host;
mod national;
mod scheme;
mod token;
mod url;
mod wallet;

pub(crate) use date::year_of_date;
use national::{americas, asia_pacific, britain, europe, firms, middle_east_africa, vat};

/// What a validator says of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
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

/// All validators.
pub(crate) fn all() -> impl Iterator<Item = &'static Validator> {
    VALIDATORS.iter()
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

/// A validator from the variants of a number.
macro_rules! number {
    ($name:literal, $region:ident :: $kinds:ident) => {
        check($name, |candidate| scheme::verdict_of($region::$kinds, candidate))
    };
}

/// Every validator.
pub(crate) static VALIDATORS: &[Validator] = &[
    completed("luhn", arithmetic::check_luhn, arithmetic::luhn_complete),
    completed("card", bank::card, arithmetic::luhn_complete),
    check("iban", bank::iban),
    check("bic", bank::bic),
    check("url-password", url::password),
    number!("aba-routing", bank::ABA_ROUTING),
    check("uk-sort-account", bank::uk_sort_account),
    number!("mx-clabe", bank::MX_CLABE),
    number!("ar-cbu", bank::AR_CBU),
    number!("es-ccc", bank::ES_CCC),
    number!("fr-rib", bank::FR_RIB),
    check("sepa-creditor", bank::sepa_creditor),
    number!("lei", bank::LEI),
    check("ch-esr", bank::ch_esr),
    check("card-expiry", bank::card_expiry),
    check("card-track", bank::card_track),
    number!("us-ssn", americas::US_SSN),
    number!("us-itin", americas::US_ITIN),
    number!("us-ein", americas::US_EIN),
    number!("us-npi", americas::US_NPI),
    number!("us-mbi", americas::US_MBI),
    number!("dea", americas::DEA),
    number!("vin", americas::VIN),
    number!("ca-sin", americas::CA_SIN),
    number!("ca-health", americas::CA_HEALTH),
    number!("ca-ramq", americas::CA_RAMQ),
    number!("br-cpf", americas::BR_CPF),
    number!("br-cnpj", americas::BR_CNPJ),
    number!("br-pis", americas::BR_PIS),
    number!("ar-cuit", americas::AR_CUIT),
    number!("cl-rut", americas::CL_RUT),
    number!("co-nit", americas::CO_NIT),
    number!("ec-cedula", americas::EC_CEDULA),
    number!("ec-ruc", americas::EC_RUC),
    number!("pe-ruc", americas::PE_RUC),
    number!("pe-dni", americas::PE_DNI),
    number!("uy-ci", americas::UY_CI),
    number!("uy-rut", americas::UY_RUT),
    number!("mx-curp", americas::MX_CURP),
    number!("mx-rfc", americas::MX_RFC),
    number!("luhn-11", americas::LUHN_11),
    number!("uk-nino", britain::UK_NINO),
    number!("uk-nhs", britain::UK_NHS),
    number!("uk-chi", britain::UK_CHI),
    number!("uk-utr", britain::UK_UTR),
    number!("uk-vat", britain::UK_VAT),
    number!("uk-driving-licence", britain::UK_DRIVING_LICENCE),
    number!("es-dni", europe::ES_DNI),
    number!("es-nie", europe::ES_NIE),
    number!("es-cif", europe::ES_CIF),
    number!("es-nss", europe::ES_NSS),
    check("fr-nir", europe::fr_nir),
    check("fr-nir-key", europe::fr_nir_key),
    number!("fr-spi", europe::FR_SPI),
    number!("de-steuer-id", europe::DE_STEUER_ID),
    number!("de-document", europe::DE_DOCUMENT),
    number!("de-rvnr", europe::DE_RVNR),
    number!("de-kvnr", europe::DE_KVNR),
    number!("de-lanr", europe::DE_LANR),
    check("it-codice-fiscale", europe::it_codice_fiscale),
    number!("nl-bsn", europe::NL_BSN),
    number!("pl-pesel", europe::PL_PESEL),
    number!("pl-nip", europe::PL_NIP),
    number!("pl-regon", europe::PL_REGON),
    number!("pl-id-card", europe::PL_ID_CARD),
    number!("pl-passport", europe::PL_PASSPORT),
    check("se-personnummer", europe::se_personnummer),
    number!("se-orgnr", europe::SE_ORGNR),
    number!("ch-ahv", europe::CH_AHV),
    number!("ch-uid", europe::CH_UID),
    number!("at-svnr", europe::AT_SVNR),
    number!("be-national-number", europe::BE_NATIONAL_NUMBER),
    number!("bg-egn", europe::BG_EGN),
    number!("cz-rodne-cislo", europe::CZ_RODNE_CISLO),
    number!("cz-ico", europe::CZ_ICO),
    number!("dk-cpr", europe::DK_CPR),
    number!("baltic-personal-code", europe::BALTIC_PERSONAL_CODE),
    number!("lv-personas-kods", europe::LV_PERSONAS_KODS),
    check("fi-hetu", europe::fi_hetu),
    number!("fi-ytunnus", europe::FI_YTUNNUS),
    number!("gr-amka", europe::GR_AMKA),
    number!("gr-afm", europe::GR_AFM),
    number!("hr-oib", europe::HR_OIB),
    number!("hu-tax-id", europe::HU_TAX_ID),
    number!("hu-taj", europe::HU_TAJ),
    number!("hu-personal-number", europe::HU_PERSONAL_NUMBER),
    number!("ie-pps", europe::IE_PPS),
    number!("it-partita-iva", europe::IT_PARTITA_IVA),
    check("lu-matricule", europe::lu_matricule),
    number!("no-fodselsnummer", europe::NO_FODSELSNUMMER),
    number!("no-orgnr", europe::NO_ORGNR),
    number!("pt-nif", europe::PT_NIF),
    number!("pt-niss", europe::PT_NISS),
    number!("pt-cartao-cidadao", europe::PT_CARTAO_CIDADAO),
    number!("ro-cnp", europe::RO_CNP),
    number!("si-emso", europe::SI_EMSO),
    number!("si-davcna", europe::SI_DAVCNA),
    number!("ua-rnokpp", europe::UA_RNOKPP),
    number!("ru-inn", europe::RU_INN),
    number!("ru-snils", europe::RU_SNILS),
    number!("ru-ogrn", europe::RU_OGRN),
    number!("eu-vat", vat::EU_VAT),
    number!("at-ch-uid", vat::AT_CH_UID),
    number!("in-aadhaar", asia_pacific::IN_AADHAAR),
    number!("in-gstin", asia_pacific::IN_GSTIN),
    number!("au-tfn", asia_pacific::AU_TFN),
    number!("au-abn", asia_pacific::AU_ABN),
    number!("au-acn", asia_pacific::AU_ACN),
    number!("au-medicare", asia_pacific::AU_MEDICARE),
    number!("nz-ird", asia_pacific::NZ_IRD),
    number!("cn-resident-id", asia_pacific::CN_RESIDENT_ID),
    number!("cn-uscc", asia_pacific::CN_USCC),
    number!("tw-national-id", asia_pacific::TW_NATIONAL_ID),
    number!("hk-hkid", asia_pacific::HK_HKID),
    number!("jp-my-number", asia_pacific::JP_MY_NUMBER),
    number!("jp-corporate-number", asia_pacific::JP_CORPORATE_NUMBER),
    number!("kr-rrn", asia_pacific::KR_RRN),
    number!("kr-brn", asia_pacific::KR_BRN),
    number!("sg-nric", asia_pacific::SG_NRIC),
    number!("sg-uen", asia_pacific::SG_UEN),
    number!("th-tnin", asia_pacific::TH_TNIN),
    number!("my-nric", asia_pacific::MY_NRIC),
    number!("id-nik", asia_pacific::ID_NIK),
    number!("kz-iin", asia_pacific::KZ_IIN),
    number!("tr-national-id", middle_east_africa::TR_NATIONAL_ID),
    number!("tr-vkn", middle_east_africa::TR_VKN),
    number!("il-id", middle_east_africa::IL_ID),
    number!("il-firm", middle_east_africa::IL_FIRM),
    number!("eg-national-id", middle_east_africa::EG_NATIONAL_ID),
    number!("za-id", middle_east_africa::ZA_ID),
    number!("ng-nin", middle_east_africa::NG_NIN),
    number!("ae-emirates-id", middle_east_africa::AE_EMIRATES_ID),
    number!("sa-national-id", middle_east_africa::SA_NATIONAL_ID),
    number!("kw-civil-id", middle_east_africa::KW_CIVIL_ID),
    number!("ir-national-id", middle_east_africa::IR_NATIONAL_ID),
    number!("pk-cnic", middle_east_africa::PK_CNIC),
    number!("az-voen", firms::AZ_VOEN),
    number!("bg-foreigner", firms::BG_FOREIGNER),
    number!("by-unp", firms::BY_UNP),
    number!("ca-business-number", firms::CA_BUSINESS_NUMBER),
    number!("cu-identity-card", firms::CU_IDENTITY_CARD),
    number!("dk-cvr", firms::DK_CVR),
    number!("do-rnc", firms::DO_RNC),
    number!("ee-kmkr", firms::EE_KMKR),
    number!("ee-registrikood", firms::EE_REGISTRIKOOD),
    number!("gb-upn", firms::GB_UPN),
    number!("gh-tin", firms::GH_TIN),
    number!("gt-nit", firms::GT_NIT),
    number!("hu-firm", firms::HU_FIRM),
    number!("is-kennitala", firms::IS_KENNITALA),
    number!("lv-pvn", firms::LV_PVN),
    number!("ma-ice", firms::MA_ICE),
    number!("md-idno", firms::MD_IDNO),
    number!("me-pib", firms::ME_PIB),
    number!("rs-pib", firms::RS_PIB),
    number!("mk-edb", firms::MK_EDB),
    number!("mu-nid", firms::MU_NID),
    number!("mz-nuit", firms::MZ_NUIT),
    number!("nl-onderwijsnummer", firms::NL_ONDERWIJSNUMMER),
    number!("py-ruc", firms::PY_RUC),
    number!("ro-cui", firms::RO_CUI),
    number!("sv-nit", firms::SV_NIT),
    number!("th-tax-number", firms::TH_TAX_NUMBER),
    number!("tw-business-number", firms::TW_BUSINESS_NUMBER),
    number!("ua-edrpou", firms::UA_EDRPOU),
    number!("ve-rif", firms::VE_RIF),
    number!("vn-tax-number", firms::VN_TAX_NUMBER),
    number!("in-virtual-id", firms::IN_VIRTUAL_ID),
    number!("be-bis", firms::BE_BIS),
    check("cz-bank-account", firms::cz_bank_account),
    check("email", contact::email),
    check("e164", contact::e164),
    check("phone-nanp", contact::phone_nanp),
    check("not-a-time", contact::not_a_time),
    // For a pattern without a check that is to be looked for where its digits begin.
    check("any", |_| Verdict::Valid),
    check("ipv4", contact::ipv4),
    check("ipv4-host", host::ipv4),
    check("ipv6-host", host::ipv6),
    check("mac", host::mac),
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
