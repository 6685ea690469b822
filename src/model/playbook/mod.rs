//! The deterministic specialist: fixed procedures through the same loop and the same tools.
//!
//! Stateless: each time it is asked, it routes the last question and runs the procedure again from
//! the start over the results that the transcript already holds ([`run::Run`]), until it needs a
//! call that has no result yet. So resume, retry and restart need nothing of their own, and the
//! same transcript always gives the same answer.
//!
//! It writes no SQL of its own and states no figure that is not a field of a tool result.

mod answer;
mod findings;
mod follow_up;
mod input;
mod plans;
mod plays;
mod route;
mod run;
mod statements;
mod view;

use futures_util::{future::BoxFuture, stream};

use self::run::{Run, Step};
use super::{Delta, DeltaStream, FinishReason, Model, ModelError, Profile, Request, Usage};

/// The driver that needs no language model.
#[derive(Debug, Clone, Copy, Default)]
pub struct Playbook;

impl Playbook {
    /// The playbook.
    pub const fn new() -> Self {
        Self
    }

    /// What it does next with a transcript: the pure core, byte-equal for equal transcripts.
    fn next(request: &Request) -> Step {
        let mut run = Run::new(request);
        let route = route::route(&run);
        plays::play(route, &mut run)
    }
}

impl Model for Playbook {
    fn name(&self) -> &str {
        "playbook"
    }

    fn profile(&self) -> Profile {
        Profile { deterministic: true, ..Profile::default() }
    }

    fn stream<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<DeltaStream<'a>, ModelError>> {
        Box::pin(async move {
            let deltas = match Self::next(request) {
                Step::Calls(calls) => {
                    let mut deltas: Vec<_> = calls.into_iter().map(Delta::Call).collect();
                    deltas.push(Delta::Finished(FinishReason::ToolCalls));
                    deltas
                }
                Step::Answer(text) => {
                    vec![Delta::Text(text), Delta::Usage(Usage::default()), Delta::Finished(FinishReason::Stop)]
                }
            };
            Ok(Box::pin(stream::iter(deltas.into_iter().map(Ok))) as DeltaStream<'a>)
        })
    }
}

#[cfg(test)]
#[path = "playbook_tests.rs"]
mod tests;
