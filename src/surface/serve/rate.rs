//! How often something may happen.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// A bucket that fills again: so many at once, so many a second after that.
#[derive(Debug)]
pub(super) struct Rate {
    most: f64,
    a_second: f64,
    left: Mutex<(f64, Instant)>,
}

impl Rate {
    pub(super) fn new(most: u32, a_second: f64) -> Self {
        let most = f64::from(most);
        Self { most, a_second, left: Mutex::new((most, Instant::now())) }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> bool {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let (level, since) = *left;
        let level = (level + now.saturating_duration_since(since).as_secs_f64() * self.a_second).min(self.most);
        let enough = level >= 1.0;
        *left = (if enough { level - 1.0 } else { level }, now.max(since));
        enough
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
