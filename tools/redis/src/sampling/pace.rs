//! Keeps the server free for its clients: small batches, and a pause after each.

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::RedisError;

/// Rest after a batch, in multiples of the time that it took: at most a fifth of the server's
/// time is ours, and less in truth, because part of what we measure is the network.
const REST: u32 = 4;
/// A batch that takes this long holds up others: fewer keys next time.
const SLOW: Duration = Duration::from_millis(4);
/// A batch that takes less can grow.
const FAST: Duration = Duration::from_millis(2);

/// The pace of a walk.
#[derive(Debug)]
pub(crate) struct Pace {
    until: Instant,
    batch: usize,
    least: usize,
    most: usize,
    longest: Duration,
}

impl Pace {
    /// Batches of `least` keys at first and of `most` at best; `until` ends the walk. No rest is
    /// longer than `longest`, so that a slow network does not stop it.
    pub(crate) const fn new(until: Instant, least: usize, most: usize, longest: Duration) -> Self {
        Self { until, batch: least, least, most, longest }
    }

    /// Keys in the next batch.
    pub(crate) const fn batch(&self) -> usize {
        self.batch
    }

    /// Whether the time is up.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Adapts to the time that the last batch took, and rests.
    ///
    /// # Errors
    /// [`RedisError::Cancelled`] when the call was cancelled meanwhile.
    pub(crate) async fn rest(&mut self, took: Duration, cancel: &CancellationToken) -> Result<(), RedisError> {
        if took > SLOW {
            self.batch = (self.batch / 2).max(self.least);
        } else if took < FAST {
            self.batch = (self.batch * 2).min(self.most);
        }
        tokio::select! {
            () = cancel.cancelled() => Err(RedisError::Cancelled),
            () = tokio::time::sleep((took * REST).min(self.longest)) => Ok(()),
        }
    }
}
