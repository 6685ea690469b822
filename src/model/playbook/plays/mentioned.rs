//! A statement that a question describes in words, found in the workload.

use serde_json::json;

use super::workload;
use crate::model::playbook::{
    answer::Answer,
    run::{Pending, Run},
};

/// Statements listed where none fits.
const SHOWN: usize = 8;
/// Words that say what is asked, not which statement is meant.
const PLAIN: &str = "about actually all and any app are because better can could database does doing every explain \
    fast faster fetch fetches fetching find finding finds for from get gets getting has have how \
    improve index indexes into its just list lists load loads long look looking looks lookup make \
    many most much need needs now one optimise optimize our page performance please queries query \
    read reads same search searches should show shows slow slower slowest slowly some speed sql \
    statement statements take takes taking tell than that the their them there these they this those \
    time tune use used uses using want was what when where which why will with would you your";

/// What the words of a question lead to.
pub(super) enum Mentioned {
    /// They describe no statement.
    Nothing,
    /// The statement of the workload that holds most of them.
    Statement(String),
    /// They describe one that was not seen: the answer that asks for it.
    NotSeen(String),
}

/// Looks for the statement that the question describes.
pub(super) fn find(run: &mut Run<'_>) -> Result<Mentioned, Pending> {
    let input = run.input();
    let words = words(&input.prose);
    if words.is_empty() || !run.offers("workload") {
        return Ok(Mentioned::Nothing);
    }
    let recorded = run.call("workload", "workload", json!({"order": "total", "limit": 50}))?;
    if recorded.result.is_err() {
        return Ok(Mentioned::Nothing);
    }
    let seen = workload::Statements::of(Some(&recorded), usize::MAX);
    // Who asks why something is looked up does not mean the statement that fills the table.
    let changes = ["insert", "update", "delete", "write", "save"].iter().any(|word| input.prose.contains(word));
    let of_that_kind = |kind: bool| best(&words, seen.texts().filter(move |sql| workload::writes(sql) == kind));
    if let Some(sql) = of_that_kind(changes).or_else(|| of_that_kind(!changes)) {
        return Ok(Mentioned::Statement(sql.to_owned()));
    }
    run.gaps_of(&recorded);
    let headline = if seen.top.is_empty() {
        "No statement is recorded that this could mean: paste the one you mean."
    } else {
        "Which statement? None that was seen speaks of that. Paste the one you mean; these were seen:"
    };
    let answer = Answer::new(headline).list("", workload::numbered_lines(&recorded, SHOWN));
    Ok(Mentioned::NotSeen(answer.close(&run.gaps, "`why is this slow: SELECT …`; `/slow` looks at the costliest")))
}

/// What the question says about the statement, each without its plural.
fn words(prose: &str) -> Vec<&str> {
    let words = prose.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let telling = words.filter(|word| {
        word.len() > 2 && !PLAIN.split(' ').any(|plain| plain == *word) && !word.starts_with(char::is_numeric)
    });
    telling.map(|word| if word.len() > 3 { word.trim_end_matches('s') } else { word }).collect()
}

/// The statement with most of the words, at least half of them; the costlier of equal ones.
fn best<'a>(words: &[&str], statements: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for sql in statements {
        let lower = sql.to_lowercase();
        let held = words.iter().filter(|word| lower.contains(**word)).count();
        if held * 2 >= words.len() && held > best.map_or(0, |(most, _)| most) {
            best = Some((held, sql));
        }
    }
    best.map(|(_, sql)| sql)
}

#[cfg(test)]
#[path = "mentioned_tests.rs"]
mod tests;
