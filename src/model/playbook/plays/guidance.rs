//! What to say where nothing is played: choices, the list, plain replies.

use super::table::{PLAYS, Play};
use crate::model::playbook::{
    answer::{Answer, counted},
    follow_up::Remark,
};

/// How to get more than fixed procedures.
const MODEL: &str = "For open questions configure a language model: set `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, \
    `OPENROUTER_API_KEY` or `GEMINI_API_KEY`, or `OPENAI_BASE_URL` for an endpoint of your own; `--model NAME` chooses \
    the model. The same tools and guards apply.";

/// One question with numbered choices.
pub(super) fn clarify(options: &[Play]) -> String {
    Answer::new("That fits more than one procedure. Which one?")
        .numbered(options.iter().map(|play| line(*play)))
        .close(&[], "answer with a number (`dbwright ask --resume SESSION 1`)")
}

/// Nothing fits: the nearest first; when that did not help either, everything there is.
pub(super) fn unknown(nearest: &[(Play, u32)], again: bool) -> String {
    if again || nearest.is_empty() {
        return list("No procedure fits that. This is what there is:");
    }
    Answer::new("No procedure fits that well enough, and the playbook does not guess. The nearest:")
        .numbered(nearest.iter().map(|(play, score)| format!("{} — score {score}", line(*play))))
        .close(&[], "answer with a number (`dbwright ask --resume SESSION 1`), or say it in other words; `help` lists everything")
}

/// Everything the playbook can do.
pub(super) fn help() -> String {
    list("The playbook is the part of dbwright that needs no language model. It can:")
}

fn list(headline: &str) -> String {
    Answer::new(headline)
        .list("", PLAYS.iter().map(|entry| line(entry.play)))
        .paragraph(
            "After an answer: a number, `more detail`, `why 2`, `show the plan`, `apply 1`, `undo script`, `continue`.",
        )
        .paragraph(MODEL)
        .close(&[], "")
}

fn line(play: Play) -> String {
    let Some(entry) = PLAYS.iter().find(|entry| entry.play == play) else { return String::new() };
    let slash = entry.slash.map(|slash| format!(", `/{slash}`")).unwrap_or_default();
    format!("{} (\"{}\"{slash})", entry.does, entry.example)
}

/// A statement that the parser refuses.
pub(super) fn broken(sql: &str, reason: &str) -> String {
    Answer::new("That statement does not parse, so nothing was run.")
        .code("sql", &sql.lines().take(20).collect::<Vec<_>>().join("\n"))
        .paragraph(format!("The parser says: {reason}"))
        .close(&[], "paste the statement again, corrected; a code block keeps its lines")
}

/// A plain reply.
pub(super) fn remark(remark: Remark) -> String {
    match remark {
        Remark::No => Answer::new("Nothing was done."),
        Remark::Stop => Answer::new("Stopped. Nothing is running, and nothing was changed."),
        Remark::NeverWrites => {
            return Answer::new(
                "dbwright never writes to a database: it reads, plans, tries in a scratch copy, and advises; changing \
                 rows is yours to run.",
            )
            .close(
                &[],
                "paste the statement, and its plan is read without executing it; `describe NAME` says how many rows \
                 there are; `write a migration` for a change of the schema",
            );
        }
        Remark::Thanks => Answer::new("Done."),
        Remark::NothingYet => {
            let what = counted(PLAYS.len(), "procedure");
            Answer::new(format!(
                "There is nothing before that to go on with. There are {what}; `/review` runs the main ones."
            ))
        }
    }
    .close(&[], "`help` lists everything")
}
