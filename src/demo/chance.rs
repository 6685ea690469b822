//! Chance that comes out the same in every run.

/// SplitMix64: short, and good enough for a workload.
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high.saturating_sub(low) + 1)
    }

    /// One of the words; nothing of none.
    pub(super) fn one_of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let last = words.len().saturating_sub(1) as u64;
        let at = usize::try_from(self.between(0, last)).unwrap_or_default();
        words.get(at).copied().unwrap_or_default()
    }
}
