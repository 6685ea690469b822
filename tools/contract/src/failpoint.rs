//! Places where a test may kill the process: around every durable write and every effect.
//!
//! [`reached`] does nothing unless the feature `failpoints` is on, which only the tests of the
//! workspace turn on. There, `arm("effect.done:2")` ends the process with SIGKILL when the place
//! `effect.done` is reached for the second time: nothing is flushed, dropped or rolled back by us,
//! as if the power had gone.

/// Says that a place was reached.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn reached(_place: &'static str) {}

/// Arms one place. Without the feature `failpoints`, nothing is ever armed.
#[cfg(not(feature = "failpoints"))]
#[inline(always)]
pub const fn arm(_place_and_count: Option<&str>) {}

#[cfg(feature = "failpoints")]
pub use armed::{arm, reached};

#[cfg(feature = "failpoints")]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    static ARMED: OnceLock<(String, AtomicU32)> = OnceLock::new();

    /// Arms `place:count`; without a count, the first time counts. Only the first call has effect.
    pub fn arm(place_and_count: Option<&str>) {
        let Some(text) = place_and_count else { return };
        let (place, count) = text.rsplit_once(':').unwrap_or((text, "1"));
        let count = count.parse().unwrap_or(1);
        ARMED.get_or_init(|| (place.to_owned(), AtomicU32::new(count)));
    }

    /// Ends the process when the armed place is reached as often as was asked.
    pub fn reached(place: &'static str) {
        let Some((armed, left)) = ARMED.get() else { return };
        if armed == place && left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // A signal that cannot be caught: it does not return.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}
