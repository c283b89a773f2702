//! `soundkeep api-secret`: the secret of the day of a program, for organisations that ask for one instead of the key.
//!
//! Needs no vault, and tells nobody anything but what it prints. The key is read and never an argument, because
//! arguments stand in the list of processes.

use crate::failure::Failure;
use soundkeep_crypto::signed_secret::{SecretKey, of_day};
use soundkeep_crypto::token::{Token, TokenKind};
use soundkeep_domain::{ApiKeyId, Timestamp};
use std::io::Read as _;
use std::path::Path;

/// A longer text is no key.
const KEY_BYTES_MAX: u64 = 4096;

/// The secret of the day (UTC) of a key, for the vault of this address, or the organisation of this short name or id.
///
/// # Errors
/// With a sentence for whoever asked; the key never stands in it.
pub(crate) fn api_secret(id: &str, audience: &str, file: Option<&Path>, now: Timestamp) -> Result<String, Failure> {
    let id: ApiKeyId = id
        .trim()
        .parse()
        .map_err(|_| Failure::new("--id takes the id of an API key, as the console shows it beside the key"))?;
    let token = Token::parse_kind(read(file)?.trim(), TokenKind::ApiKey)
        .map_err(|error| Failure::new(format!("what was read is no API key: {error}")))?;
    let seconds = now.as_unix_micros().div_euclid(1_000_000);
    of_day(&id.to_string(), &SecretKey::of(&token), audience.trim_end_matches('/'), seconds)
        .map_err(|error| Failure::new(error.to_string()))
}

fn read(file: Option<&Path>) -> Result<String, Failure> {
    let mut text = String::new();
    match file {
        Some(path) => {
            let unreadable = |error| Failure::new(format!("{} can't be read: {error}", path.display()));
            let file = std::fs::File::open(path).map_err(unreadable)?;
            file.take(KEY_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
        }
        None => {
            std::io::stdin()
                .take(KEY_BYTES_MAX)
                .read_to_string(&mut text)
                .map_err(|error| Failure::new(format!("the key can't be read from standard input: {error}")))?;
        }
    }
    Ok(text)
}
