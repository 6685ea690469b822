//! Identifiers: sortable by time, unique across machines, without a coordinator.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use chrono::Utc;
use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new identifier in the form of a ULID, in lower case: 48 bits of milliseconds, then 80 bits
/// that no other call produces. Sorts by creation time as text.
pub fn new_id() -> String {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    // The hasher's keys come from the operating system's random source.
    let random = RandomState::new().build_hasher().finish();
    let mut hash = Sha256::new();
    hash.update(random.to_le_bytes());
    hash.update(CALLS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    hash.update(std::process::id().to_le_bytes());
    let unique = hash.finalize().iter().take(10).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let milliseconds = u128::from(Utc::now().timestamp_millis().unsigned_abs());
    encode(milliseconds << 80 | unique)
}

fn encode(bits: u128) -> String {
    (0..26u32)
        .rev()
        .filter_map(|place| {
            let digit = (bits >> (place * 5)) & 31;
            ALPHABET.get(usize::try_from(digit).ok()?).map(|byte| char::from(*byte))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sort_by_time() {
        let first: Vec<String> = (0..1000).map(|_| new_id()).collect();
        std::thread::sleep(std::time::Duration::from_millis(2));
        let later = new_id();
        assert!(first.iter().all(|id| id.len() == 26 && *id < later));
        let distinct: std::collections::HashSet<_> = first.iter().collect();
        assert_eq!(distinct.len(), 1000);
    }
}
