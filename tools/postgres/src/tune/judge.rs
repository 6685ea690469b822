//! What counts as help.

use super::bench::Sample;

/// Below this a statement is fast, whatever its plan looks like.
const FAST_MS: f64 = 1.0;
const FAST_PAGES: u64 = 100;
/// What must be left at most.
const ENOUGH: f64 = 0.8;
/// How much worse the other measure may become.
const TOLERATED: f64 = 1.2;

/// Whether there is anything to gain.
pub(super) fn is_fast(sample: &Sample) -> bool {
    !sample.timed_out && sample.ms < FAST_MS && sample.pages() < FAST_PAGES
}

/// Whether `after` saves a fifth of the pages or, beyond the noise, of the time, and does not pay
/// for it with the other.
pub(super) fn helps(before: &Sample, after: &Sample) -> bool {
    if after.timed_out {
        return false;
    }
    if before.timed_out {
        return after.ms < before.ms * ENOUGH;
    }
    let pages = |sample: &Sample| to_float(sample.pages());
    let fewer_pages = pages(after) <= pages(before) * ENOUGH && pages(before) - pages(after) >= 10.0;
    let faster = after.ms <= before.ms * ENOUGH && after.slowest_ms < before.fastest_ms && before.ms >= FAST_MS;
    (fewer_pages && after.ms <= before.ms * TOLERATED + 0.5)
        || (faster && pages(after) <= pages(before) * TOLERATED + 10.0)
}

/// Whether `after` is worse in a way that people notice.
pub(super) fn hurts(before: &Sample, after: &Sample) -> bool {
    if before.timed_out || after.timed_out {
        return after.timed_out && !before.timed_out;
    }
    let more_pages = to_float(after.pages()) > to_float(before.pages()) * TOLERATED + 10.0;
    more_pages && after.ms > before.ms * TOLERATED + 1.0
}

/// How many times better, on pages where both are known, else on time.
pub(super) fn ratio(before: &Sample, after: &Sample) -> f64 {
    let time = before.ms.max(0.001) / after.ms.max(0.001);
    if before.timed_out || after.timed_out {
        return time;
    }
    let pages = to_float(before.pages().max(1)) / to_float(after.pages().max(1));
    // What saves time alone is worth what it saves.
    if pages >= 1.0 / ENOUGH { pages } else { time }
}

#[expect(clippy::cast_precision_loss, reason = "page counts stay far below 2^52")]
fn to_float(pages: u64) -> f64 {
    pages as f64
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
