//! X.509 certificates of identity providers, and the key pair with which we sign requests and open what is encrypted for us.
//!
//! A certificate in SAML is a wrapping for a public key that somebody handed over; no authority vouches for it. Its end
//! is still worth a warning, because many providers stop using it then.
//! Must not know: where the private key is kept (seal it).

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use soundkeep_domain::time::Timestamp;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use zeroize::Zeroizing;

use super::der;

const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;
const RSA_BITS_MIN: usize = 2048;
/// The certificate of ours is good for this long: replacing it needs somebody at the provider's side as well.
const LIFETIME_SECONDS: i64 = 10 * 365 * 86_400;

/// Why a certificate can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCertificate {
    /// Neither PEM nor Base64 of an X.509 certificate.
    #[error("this is no X.509 certificate in PEM or Base64")]
    Unreadable,
    /// A private key was pasted where a certificate belongs.
    #[error("this is a private key; give the certificate, and keep the key where it was made")]
    PrivateKey,
    /// A key that can be broken, or of a kind that isn't used in SAML.
    #[error("the certificate's key must be RSA of at least 2048 bits, or an elliptic curve P-256, P-384 or P-521")]
    WeakKey,
}

/// The kind of key in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    Rsa,
    EllipticCurve,
}

/// One certificate, checked. Its JSON is the Base64 of its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    not_before: Timestamp,
    not_after: Timestamp,
    pub(super) kind: KeyKind,
}

impl Certificate {
    /// Reads PEM, or the Base64 that stands in metadata.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn read(text: &str) -> Result<Self, BadCertificate> {
        if text.len() > CERTIFICATE_BYTES_MAX * 2 {
            return Err(BadCertificate::Unreadable);
        }
        if text.contains("PRIVATE KEY") {
            return Err(BadCertificate::PrivateKey);
        }
        let body = match text.split_once("-----BEGIN CERTIFICATE-----") {
            Some((_, rest)) => rest.split_once("-----END CERTIFICATE-----").ok_or(BadCertificate::Unreadable)?.0,
            None => text,
        };
        let packed: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
        Self::from_der(BASE64.decode(packed).map_err(|_| BadCertificate::Unreadable)?)
    }

    /// Every certificate of a text in PEM, in its order; a text without armour is one certificate.
    ///
    /// # Errors
    /// [`BadCertificate`] of the first that can't be used.
    pub fn read_all(text: &str) -> Result<Vec<Self>, BadCertificate> {
        const END: &str = "-----END CERTIFICATE-----";
        if !text.contains(END) {
            return Ok(vec![Self::read(text)?]);
        }
        let mut found: Vec<Self> = Vec::new();
        for part in text.split_inclusive(END).filter(|part| !part.trim().is_empty()) {
            let certificate = Self::read(part)?;
            if !found.contains(&certificate) {
                found.push(certificate);
            }
        }
        Ok(found)
    }

    fn from_der(der: Vec<u8>) -> Result<Self, BadCertificate> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(BadCertificate::Unreadable);
        }
        let (rest, certificate) = X509Certificate::from_der(&der).map_err(|_| BadCertificate::Unreadable)?;
        if !rest.is_empty() {
            return Err(BadCertificate::Unreadable);
        }
        let kind = match certificate.public_key().parsed() {
            Ok(PublicKey::RSA(key)) if key.key_size() >= RSA_BITS_MIN => KeyKind::Rsa,
            Ok(PublicKey::EC(point)) if point.key_size() >= 256 => KeyKind::EllipticCurve,
            _ => return Err(BadCertificate::WeakKey),
        };
        let at = |seconds: i64| Timestamp::from_unix_micros(seconds.saturating_mul(1_000_000));
        let validity = certificate.validity();
        let (not_before, not_after) = (at(validity.not_before.timestamp()), at(validity.not_after.timestamp()));
        let subject = certificate.subject().to_string().chars().take(200).collect();
        Ok(Self { subject, not_before, not_after, kind, der })
    }

    /// Whom it names; nobody has checked that.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// From when it is good.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Until when it is good.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of its DER in hexadecimal, as the consoles of providers show it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        use std::fmt::Write as _;
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.der);
        digest.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a String can't fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Base64 of its DER, as it stands in metadata.
    #[must_use]
    pub fn base64(&self) -> String {
        BASE64.encode(&self.der)
    }

    /// PEM (RFC 7468).
    #[must_use]
    pub fn pem(&self) -> String {
        armour("CERTIFICATE", &self.der)
    }
}

impl Serialize for Certificate {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.base64())
    }
}

impl<'de> Deserialize<'de> for Certificate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// The service provider's key couldn't be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the service provider's key can't be made or read")]
pub struct BadServiceKey;

/// Our own key pair towards one identity provider, with its self-signed certificate. Never shown by `Debug`.
pub struct ServiceKey {
    pair: KeyPair,
    pkcs8: Zeroizing<Vec<u8>>,
    certificate: Certificate,
}

impl ServiceKey {
    /// A new RSA key of 3072 bits, and a certificate from an hour before `now` for ten years with `common_name` and the
    /// serial number `serial`. AWS-LC takes the randomness of RSA keys from its own generator, which can't be handed in.
    ///
    /// # Errors
    /// [`BadServiceKey`] when the system gives no randomness.
    pub fn generate(common_name: &str, serial: [u8; 16], now: Timestamp) -> Result<Self, BadServiceKey> {
        let pair = KeyPair::generate(KeySize::Rsa3072).map_err(|_| BadServiceKey)?;
        let pkcs8 = Zeroizing::new(pair.as_der().map_err(|_| BadServiceKey)?.as_ref().to_vec());
        let identity = der::Identity {
            common_name,
            serial,
            not_before: now.plus_seconds(-3600),
            not_after: now.plus_seconds(LIFETIME_SECONDS),
        };
        let to_sign = der::to_be_signed(&identity, pair.public_key().as_ref());
        let signature = sign(&pair, &to_sign)?;
        let certificate = Certificate::from_der(der::certificate(&to_sign, &signature)).map_err(|_| BadServiceKey)?;
        Ok(Self { pair, pkcs8, certificate })
    }

    /// The key pair of what [`ServiceKey::private_key`] and [`ServiceKey::certificate`] gave.
    ///
    /// # Errors
    /// [`BadServiceKey`].
    pub fn restore(private_key: &[u8], certificate: Certificate) -> Result<Self, BadServiceKey> {
        let pair = KeyPair::from_pkcs8(private_key).map_err(|_| BadServiceKey)?;
        Ok(Self { pair, pkcs8: Zeroizing::new(private_key.to_vec()), certificate })
    }

    /// PKCS#8 in DER, to be sealed and stored.
    #[must_use]
    pub fn private_key(&self) -> &[u8] {
        &self.pkcs8
    }

    /// What identity providers get to know of it.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017).
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, BadServiceKey> {
        sign(&self.pair, message)
    }

    pub(super) fn private_key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(armour("PRIVATE KEY", &self.pkcs8))
    }
}

impl std::fmt::Debug for ServiceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceKey").field("certificate", &self.certificate.fingerprint()).finish_non_exhaustive()
    }
}

fn sign(pair: &KeyPair, message: &[u8]) -> Result<Vec<u8>, BadServiceKey> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).map_err(|_| BadServiceKey)?;
    Ok(signature)
}

fn armour(label: &str, der: &[u8]) -> String {
    let base64 = Zeroizing::new(BASE64.encode(der));
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_new_key_has_a_certificate_that_others_can_read() {
        let key = ServiceKey::generate("vault.example.com", [7; 16], now()).unwrap();
        let certificate = Certificate::read(&key.certificate().pem()).unwrap();
        assert_eq!(&certificate, key.certificate());
        assert_eq!(certificate.subject(), "CN=vault.example.com");
        assert_eq!(certificate.not_before().to_string(), "2026-11-22T11:00:00Z");
        assert_eq!(certificate.not_after().to_string(), "2036-11-19T12:00:00Z");
        let (_, parsed) = X509Certificate::from_der(&certificate.der).unwrap();
        let signed = aws_lc_rs::signature::UnparsedPublicKey::new(
            &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256,
            key.pair.public_key().as_ref(),
        );
        signed.verify(parsed.tbs_certificate.as_ref(), &parsed.signature_value.data).unwrap();
    }

    #[test]
    fn a_key_survives_its_bytes() {
        let key = ServiceKey::generate("a", [1; 16], now()).unwrap();
        let restored = ServiceKey::restore(key.private_key(), key.certificate().clone()).unwrap();
        assert_eq!(restored.sign(b"x").unwrap(), key.sign(b"x").unwrap());
        assert!(ServiceKey::restore(b"nonsense", key.certificate().clone()).is_err());
        assert!(!format!("{key:?}").contains(&BASE64.encode(&key.private_key()[..40])));
    }

    #[test]
    fn several_certificates_are_read_and_other_things_refused() {
        let one = ServiceKey::generate("one", [1; 16], now()).unwrap();
        let two = ServiceKey::generate("two", [2; 16], now()).unwrap();
        let both = format!("{}\n{}{}", one.certificate().pem(), two.certificate().pem(), one.certificate().pem());
        assert_eq!(Certificate::read_all(&both).unwrap(), [one.certificate().clone(), two.certificate().clone()]);
        assert_eq!(Certificate::read_all(&one.certificate().base64()).unwrap().len(), 1);
        assert_eq!(Certificate::read("AAAA"), Err(BadCertificate::Unreadable));
        assert_eq!(Certificate::read(&one.private_key_pem()), Err(BadCertificate::PrivateKey));
        let json = serde_json::to_string(one.certificate()).unwrap();
        assert_eq!(&serde_json::from_str::<Certificate>(&json).unwrap(), one.certificate());
    }

    #[test]
    fn a_name_of_any_length_and_letter_fits_into_a_certificate() {
        for name in ["", "ü", &"long".repeat(50)] {
            ServiceKey::generate(name, [0; 16], now()).unwrap();
        }
    }
}
