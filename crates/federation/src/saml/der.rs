//! Writes the one kind of certificate that we make: self-signed, RSA, a common name (RFC 5280, X.690).
//!
//! Must not know: keys. What is to be signed goes out, a signature comes in.

use soundkeep_domain::time::Timestamp;

/// `sha256WithRSAEncryption` with its parameter NULL.
const RSA_SHA256: [u8; 15] = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 0x0b, 5, 0];
/// `rsaEncryption` with its parameter NULL.
const RSA: [u8; 15] = [0x30, 0x0d, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
/// `id-at-commonName`.
const COMMON_NAME: [u8; 5] = [6, 3, 0x55, 4, 3];
/// X.520's upper bound of a common name.
const COMMON_NAME_CHARACTERS_MAX: usize = 64;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// Who and when.
pub(super) struct Identity<'a> {
    pub(super) common_name: &'a str,
    pub(super) serial: [u8; 16],
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
}

/// `TBSCertificate` for `public_key`, an `RSAPublicKey` of PKCS#1.
pub(super) fn to_be_signed(identity: &Identity<'_>, public_key: &[u8]) -> Vec<u8> {
    let mut serial = identity.serial;
    if let Some(first) = serial.first_mut() {
        // Positive, and no leading zero that DER would forbid.
        *first = (*first & 0x3f) | 0x40;
    }
    let common_name: String = identity.common_name.chars().take(COMMON_NAME_CHARACTERS_MAX).collect();
    let common_name = if common_name.is_empty() { "soundkeep".to_owned() } else { common_name };
    let pair = sequence(&[&COMMON_NAME, &value(UTF8_STRING, common_name.as_bytes())]);
    let name = sequence(&[&value(SET, &pair)]);
    sequence(&[
        &value(VERSION, &value(INTEGER, &[2])),
        &value(INTEGER, &serial),
        &RSA_SHA256,
        &name,
        &sequence(&[&time(identity.not_before), &time(identity.not_after)]),
        &name,
        &sequence(&[&RSA, &bits(public_key)]),
    ])
}

/// `Certificate` of what was signed and its signature.
pub(super) fn certificate(to_be_signed: &[u8], signature: &[u8]) -> Vec<u8> {
    sequence(&[to_be_signed, &RSA_SHA256, &bits(signature)])
}

fn time(at: Timestamp) -> Vec<u8> {
    // 2026-11-22T12:00:00Z, with a fraction after the seconds or without.
    let text = at.to_string();
    let digits: String = text.chars().take(19).filter(char::is_ascii_digit).collect();
    // Until 2049 the year has two digits (RFC 5280, section 4.1.2.5).
    match digits.strip_prefix("20") {
        Some(short) if digits.as_str() < "2050" => value(UTC_TIME, format!("{short}Z").as_bytes()),
        _ => value(GENERALIZED_TIME, format!("{digits}Z").as_bytes()),
    }
}

fn bits(bytes: &[u8]) -> Vec<u8> {
    value(BIT_STRING, &[&[0], bytes].concat())
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            out.push(0x80 | u8::try_from(length.len()).unwrap_or(8));
            out.extend(length);
        }
    }
    out.extend_from_slice(content);
    out
}
