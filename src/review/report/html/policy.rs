//! What the page may do: run its own style and script, and nothing else.

use sha2::{Digest, Sha256};

/// A content security policy that allows exactly this style and this script, by their hashes.
/// Should markup ever slip through, it can neither run nor load anything.
pub(super) fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(style.as_bytes())),
        base64(&Sha256::digest(script.as_bytes()))
    )
}

/// Standard base64 with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let joined = at(0) << 16 | at(1) << 8 | at(2);
        for position in 0..4 {
            let six = (joined >> (18 - 6 * position)) & 0x3f;
            let letter = LETTERS.get(six as usize).copied().unwrap_or(b'=');
            out.push(if position <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
