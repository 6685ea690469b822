//! Runs the engine's questions against whatever answers them.

use std::time::Instant;

use dbwright_contract::{CallCx, ToolError};
use dbwright_indexes::{Answer, Candidate, Question, Search, Selection, Step};

use super::{hypothetical::Hypothetical, parameters::Planned, scratch::ScratchCopy};

/// What the planner is asked on.
pub(super) enum Oracle<'a> {
    /// The database itself, with hypothetical indexes.
    Live(&'a mut Hypothetical),
    /// A copy, with real ones.
    Copy(&'a mut ScratchCopy),
}

impl Oracle<'_> {
    async fn answer(
        &mut self,
        cx: &CallCx,
        question: &Question,
        statements: &[Planned],
        candidates: &[Candidate],
    ) -> Result<Answer, ToolError> {
        let Some(statement) = statements.get(question.query) else {
            return Ok(Answer::StatementFailed("it is not in the workload".to_owned()));
        };
        match self {
            Self::Live(hypothetical) => hypothetical.answer(cx, question, statement, candidates).await,
            Self::Copy(copy) => copy.answer(cx, question, statement, candidates).await,
        }
    }
}

/// Searches until nothing is left to ask or the time is up; says whether it was.
pub(super) async fn search(
    cx: &CallCx,
    oracle: &mut Oracle<'_>,
    mut search: Search,
    statements: &[Planned],
    candidates: &[Candidate],
    deadline: Instant,
) -> Result<(Selection, bool), ToolError> {
    let mut asked = 0_usize;
    loop {
        let mut questions = match search.step() {
            Step::Done(selection) => return Ok((selection, true)),
            Step::Ask(questions) => questions,
        };
        // Questions about the same indexes follow each other: they are made once for all.
        questions.sort_by(|a, b| a.set.cmp(&b.set).then(a.query.cmp(&b.query)));
        for question in questions {
            if cx.cancel.is_cancelled() {
                return Err(ToolError::Cancelled);
            }
            if Instant::now() >= deadline {
                return Ok((search.best_so_far(), false));
            }
            let answer = oracle.answer(cx, &question, statements, candidates).await?;
            search.answer(&question, answer.clone());
            asked += 1;
            if asked.is_multiple_of(100) {
                cx.progress(format!("{asked} plans compared"));
            }
            // A refusal changes what is worth asking.
            if !matches!(answer, Answer::Plan(_)) {
                break;
            }
        }
    }
}
