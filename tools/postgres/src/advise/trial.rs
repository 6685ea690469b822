//! Runs the engine's trial on a scratch copy.

use std::time::Instant;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Candidate, Trial, TrialStep, Verdict};

use super::{parameters::Planned, scratch::ScratchCopy};

/// Executes until the verdict is clear. `None` when the time is up before: a verdict on half of
/// the runs would call indexes useless that simply had no turn.
pub(super) async fn verdict(
    cx: &CallCx,
    copy: &mut ScratchCopy,
    mut trial: Trial,
    statements: &[Planned],
    candidates: &[Candidate],
    deadline: Instant,
) -> Result<Option<Verdict>, ToolError> {
    loop {
        let mut questions = match trial.step() {
            TrialStep::Done(verdict) => return Ok(Some(verdict)),
            TrialStep::Ask(questions) => questions,
        };
        questions.sort_by(|a, b| a.set.cmp(&b.set).then(a.query.cmp(&b.query)));
        cx.progress(format!("executing {} statements on the scratch copy", questions.len()));
        for question in questions {
            if Instant::now() >= deadline {
                return Ok(None);
            }
            let run = match statements.get(question.query) {
                Some(statement) => copy.run(cx, &question, statement, candidates).await?,
                None => None,
            };
            trial.answer(question, run);
        }
    }
}
