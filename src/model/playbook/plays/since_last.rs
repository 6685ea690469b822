//! What changed since the last review. The comparison itself is made when a review is saved.

use serde_json::json;

use super::learn;
use crate::model::playbook::{
    answer::Answer,
    run::{Pending, Run},
};

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let known = run.call(
        "memory",
        "memory_search",
        json!({"text": "index table query migration convention redis keys helps", "limit": 20}),
    )?;
    let lines = learn::recalled([&known]);
    let headline = if lines.is_empty() {
        "No earlier session has left a learning here."
    } else {
        "What earlier sessions have left, with where it stands:"
    };
    Ok(Answer::new(headline)
        .list("", lines)
        .paragraph("`dbwright review` compares with the last review of the same target and lists what is new, worse, the same and fixed.")
        .close(&run.gaps, "`/review` looks at everything now"))
}
