//! The verifier that a server keeps in place of a password (RFC 5802, RFC 7677), computed here: the
//! password itself reaches neither the server nor its log.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The server's own default.
const ITERATIONS: u32 = 4096;

/// What ALTER ROLE … PASSWORD takes in place of the password. `None` for a password that is empty
/// or not printable ASCII: others would have to be normalised first (SASLprep).
pub fn verifier(password: &SecretString, salt: &[u8; 16]) -> Option<SecretString> {
    let password = password.expose_secret();
    if password.is_empty() || !password.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return None;
    }
    let salted = stretched(password.as_bytes(), salt)?;
    let stored = Sha256::digest(mac(&salted, b"Client Key")?);
    let server = mac(&salted, b"Server Key")?;
    let text = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    Some(format!("SCRAM-SHA-256${ITERATIONS}:{}${}:{}", text(salt), text(&stored), text(&server)).into())
}

/// PBKDF2 with one block: as long as the digest.
fn stretched(password: &[u8], salt: &[u8]) -> Option<[u8; 32]> {
    let mut block = mac(password, &[salt, &1_u32.to_be_bytes()].concat())?;
    let mut out = block;
    for _ in 1..ITERATIONS {
        block = mac(password, &block)?;
        out.iter_mut().zip(block).for_each(|(byte, other)| *byte ^= other);
    }
    Some(out)
}

fn mac(key: &[u8], message: &[u8]) -> Option<[u8; 32]> {
    // A key of any length is taken.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().into())
}

#[cfg(test)]
#[path = "scram_tests.rs"]
mod tests;
