//! What a caller hears while servers are looked for and installed.

use std::time::Duration;

/// Listener for the steps of a set-up. How and where to show them is the caller's business.
pub trait Progress: Send {
    /// A step that may take a while begins.
    fn started(&mut self, step: &str);
    /// A line of news within the step: an installer's output, a decision.
    fn detail(&mut self, text: &str);
    /// The step is over; `outcome` says in a few words how it went.
    fn finished(&mut self, step: &str, elapsed: Duration, outcome: Result<&str, &str>);
}

/// A listener that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn started(&mut self, _step: &str) {}
    fn detail(&mut self, _text: &str) {}
    fn finished(&mut self, _step: &str, _elapsed: Duration, _outcome: Result<&str, &str>) {}
}
