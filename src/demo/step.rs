//! A step that is being shown, with its clock.

use std::time::Instant;

use dbwright_servers::Progress;

pub(super) struct Step {
    name: &'static str,
    started: Instant,
}

impl Step {
    pub(super) fn start(name: &'static str, progress: &mut dyn Progress) -> Self {
        progress.started(name);
        Self { name, started: Instant::now() }
    }

    pub(super) fn done(self, outcome: &str, progress: &mut dyn Progress) {
        progress.finished(self.name, self.started.elapsed(), Ok(outcome));
    }
}
