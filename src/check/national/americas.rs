//! The United States, Canada and Brazil.

use super::super::Verdict;
use super::super::arithmetic::{Digits, all_same, alphanumerics, luhn, value, verdict, weighted};

/// `us-ssn`: a Social Security number. There is no check digit; some areas, groups and serials were never assigned
/// (Social Security Administration, POMS RM 10201.035 and "Social Security Number Randomization").
pub(in super::super) fn us_ssn(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<9>(candidate) else { return Verdict::Impossible };
    let (area, group, serial) = (value(&digits[..3]), value(&digits[3..5]), value(&digits[5..]));
    verdict(!matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0)
}

/// `us-itin`: an Individual Taxpayer Identification Number, 9xx and one of the groups in use (IRS, IRM 3.21.263).
pub(in super::super) fn us_itin(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<9>(candidate) else { return Verdict::Impossible };
    let group = value(&digits[3..5]);
    verdict(digits[0] == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99))
}

/// `us-npi`: a National Provider Identifier, Luhn with 80840 before it (CMS, "Requirements for NPI and NPI Check Digit").
pub(in super::super) fn us_npi(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<10>(candidate) else { return Verdict::Impossible };
    let mut prefixed = [8, 0, 8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    prefixed[5..].copy_from_slice(&digits);
    verdict(matches!(digits[0], 1 | 2) && luhn(&prefixed))
}

/// `dea`: a registration number of the Drug Enforcement Administration: the registrant's kind, a letter (9 for a business without a
/// name), six digits and the last digit of a weighted sum (DEA Diversion Control Division; 21 CFR 1301).
pub(in super::super) fn dea(candidate: &[u8]) -> Verdict {
    let Some(text) = alphanumerics::<9>(candidate) else { return Verdict::Impossible };
    let Some(digits) = Digits::exactly::<7>(&text[2..]) else { return Verdict::Impossible };
    let kind = matches!(text[0], b'A'..=b'H' | b'J'..=b'M' | b'P' | b'R'..=b'U' | b'X');
    let named = text[1].is_ascii_uppercase() || text[1] == b'9';
    verdict(kind && named && weighted(&digits, &[1, 2, 1, 2, 1, 2]) % 10 == u32::from(digits[6]))
}

/// `ca-sin`: a Social Insurance Number, Luhn; none begins with 0 or 8 (Employment and Social Development Canada, SIN Code of Practice).
pub(in super::super) fn ca_sin(candidate: &[u8]) -> Verdict {
    let Some(digits) = Digits::exactly::<9>(candidate) else { return Verdict::Impossible };
    verdict(!matches!(digits[0], 0 | 8) && luhn(&digits))
}

/// `br-cpf`: a Brazilian taxpayer, two check digits modulo 11 (Receita Federal, the rule that its CPF forms apply).
pub(in super::super) fn br_cpf(candidate: &[u8]) -> Verdict {
    const WEIGHTS: [u8; 10] = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
    let Some(digits) = Digits::exactly::<11>(candidate) else { return Verdict::Impossible };
    let right = |at: usize, weights: &[u8]| u32::from(digits[at]) == brazilian(&digits[..at], weights);
    verdict(!all_same(&digits) && right(9, &WEIGHTS[1..]) && right(10, &WEIGHTS))
}

/// `br-cnpj`: a Brazilian firm, two check digits modulo 11. The twelve characters before them may be letters from 2026 on, which
/// count as their ASCII code less 48 (Receita Federal, "CNPJ alfanumérico", Instrução Normativa RFB 2.229/2024).
pub(in super::super) fn br_cnpj(candidate: &[u8]) -> Verdict {
    const WEIGHTS: [u8; 13] = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];
    let Some(text) = alphanumerics::<14>(candidate) else { return Verdict::Impossible };
    let values = text.map(|byte| byte.saturating_sub(b'0'));
    let right = |at: usize, weights: &[u8]| u32::from(values[at]) == brazilian(&values[..at], weights);
    verdict(!all_same(&values) && right(12, &WEIGHTS[1..]) && right(13, &WEIGHTS))
}

/// The check digit of the Brazilian tax numbers: eleven less the remainder, nought for the remainders 0 and 1.
fn brazilian(values: &[u8], weights: &[u8]) -> u32 {
    match weighted(values, weights) % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{accepts, refuses};

    #[test]
    fn united_states() {
        // The specimen of the Woolworth wallet, and the one of a Social Security pamphlet.
        accepts("us-ssn", &["078-05-1120", "219-09-9999", "078051120"]);
        refuses("us-ssn", &["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567", "123-45-0000", "078-05-112", "078-05-11200"]);
        accepts("us-itin", &["900-70-0000", "911-99-1234", "912-50-1234"]);
        refuses("us-itin", &["800-70-0000", "900-49-0000", "900-66-0000", "900-89-0000", "900-93-0000", "900-70-000", "900-70-00000"]);
        accepts("us-npi", &["1234567893"]);
        refuses("us-npi", &["1234567890", "123456789", "12345678931", "3234567891"]);
        accepts("dea", &["AB1234563", "F91234563", "ab1234563"]);
        refuses("dea", &["AB1234564", "AB123456", "AB12345633", "NB1234563", "A81234563", "ABC234563"]);
    }

    #[test]
    fn canada() {
        accepts("ca-sin", &["193-456-787", "130 692 544"]);
        refuses("ca-sin", &["193-456-788", "193-456-78", "193-456-7870", "046-454-286", "000-000-000"]);
    }

    #[test]
    fn brazil() {
        accepts("br-cpf", &["111.444.777-35", "52998224725"]);
        refuses("br-cpf", &["111.444.777-36", "111.444.777-45", "111.111.111-11", "111.444.777-3", "111.444.777-350"]);
        accepts("br-cnpj", &["11.222.333/0001-81", "11222333000181", "12.ABC.345/01DE-35"]);
        refuses("br-cnpj", &["11.222.333/0001-82", "11.222.333/0001-91", "00.000.000/0000-00", "12.ABC.345/01DE-36", "1122233300018"]);
    }
}
