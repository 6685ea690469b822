//! From a question to a play.
//!
//! Every question of the transcript is routed again, oldest first, because a follow-up ("why?",
//! "2", "show the plan") means whatever was played before it. What decides, in this order: an
//! explicit command, a follow-up's own words, what was pasted (read by the parsers), the words.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    follow_up::{FollowUp, Remark, follow_up},
    input::{Input, pattern},
    plays::{PLAYS, Play},
    run::Run,
    view::View,
};

/// Words below this score say too little.
const ENOUGH: u32 = 3;
/// From this score on, the words speak for themselves even beside pasted code.
const DECISIVE: u32 = 6;
/// Choices offered at most.
const CHOICES: usize = 4;

/// An order to change rows, in words.
static WRITE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\A\W*(?:please |now |just |can you |could you |i want you to )*(?:delete|remove|truncate|purge|wipe|insert|update|empty|erase)\b.*\b(?:rows?|records?|entries|data|everything|tables?|from|into)\b",
    )
});

/// What the last question is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Route {
    /// A play over the question of a turn (counted from 1).
    Play {
        /// Which.
        play: Play,
        /// The turn whose question it works on.
        turn: usize,
        /// The side of its result that is asked for.
        view: View,
    },
    /// Several plays fit equally well.
    Clarify {
        /// Those.
        options: Vec<Play>,
        /// The turn that asked.
        turn: usize,
    },
    /// No play fits.
    Unknown {
        /// The nearest, with their scores.
        nearest: Vec<(Play, u32)>,
        /// The turn that asked.
        turn: usize,
        /// The question before was not understood either.
        again: bool,
    },
    /// A pasted statement that does not parse.
    Broken {
        /// The statement.
        sql: String,
        /// The parser's words.
        reason: String,
    },
    /// Words that need no play.
    Remark(Remark),
}

/// Routes the last question.
pub(super) fn route(run: &Run<'_>) -> Route {
    let mut last: Option<Route> = None;
    let mut now = Route::Remark(Remark::NothingYet);
    for (at, question) in run.questions().enumerate() {
        now = route_one(question, at + 1, last.as_ref());
        // Remarks and broken statements leave what was played before as it is.
        if !matches!(now, Route::Remark(_) | Route::Broken { .. }) {
            last = Some(now.clone());
        }
    }
    now
}

fn route_one(question: &str, turn: usize, last: Option<&Route>) -> Route {
    let input = Input::read(question);
    let play = |play| Route::Play { play, turn, view: View::Answer };
    if let Some(entry) = input.slash.and_then(|(name, _)| PLAYS.iter().find(|entry| entry.slash == Some(name))) {
        return play(by_command(entry.play, &input));
    }
    if let Some(follow_up) = follow_up(&input) {
        return bind(follow_up, last);
    }
    let scores = scores(&input.prose);
    if let Some(chosen) = by_content(&input, &scores) {
        return play(chosen);
    }
    if let Some((sql, reason)) = input.broken.clone() {
        return Route::Broken { sql, reason };
    }
    let decided = scores.first().is_some_and(|(_, best)| *best >= DECISIVE);
    if !decided && WRITE.is_match(&input.prose) {
        return Route::Remark(Remark::NeverWrites);
    }
    match scores.as_slice() {
        [(chosen, best), rest @ ..] if *best >= ENOUGH => {
            let tied: Vec<Play> = rest.iter().take_while(|(_, score)| score == best).map(|(play, _)| *play).collect();
            if tied.is_empty() {
                return play(*chosen);
            }
            let options = std::iter::once(*chosen).chain(tied).take(CHOICES).collect();
            Route::Clarify { options, turn }
        }
        _ => {
            let again = matches!(last, Some(Route::Unknown { .. }));
            Route::Unknown { nearest: scores.into_iter().take(3).collect(), turn, again }
        }
    }
}

/// `/index` and `/migration` mean the pasted thing where there is one; `/explain` of a plan reads it.
fn by_command(play: Play, input: &Input<'_>) -> Play {
    match play {
        Play::Explain if input.plan.is_some() => Play::PlanText,
        other => other,
    }
}

/// What was pasted decides, unless the words say something decisive about it.
fn by_content(input: &Input<'_>, scores: &[(Play, u32)]) -> Option<Play> {
    if input.plan.is_some() {
        return Some(Play::PlanText);
    }
    if input.script.is_some() {
        return Some(Play::Script);
    }
    if input.change.is_some() {
        return Some(Play::MigrationReview);
    }
    let score = |wanted| scores.iter().find(|(play, _)| *play == wanted).map_or(0, |(_, score)| *score);
    if !input.statements.is_empty() {
        return Some(if input.explained || score(Play::Explain) >= 3 {
            Play::Explain
        } else if score(Play::IndexAdvice) >= 2 {
            Play::IndexAdvice
        } else if score(Play::Recall) >= 5 {
            Play::Recall
        } else {
            Play::Optimize
        });
    }
    let decided = scores.first().is_some_and(|(_, best)| *best >= DECISIVE);
    let path = input.paths.first().filter(|_| !decided)?;
    if path.ends_with(".lua") {
        Some(Play::Script)
    } else if path.ends_with(".sql") || path.contains("migrat") {
        Some(Play::MigrationReview)
    } else {
        None
    }
}

/// The patterns of a play, each with its weight.
type Triggers = (Play, Vec<(Regex, u32)>);

/// Every play with a score, the best first; equal ones in the order of the table.
fn scores(prose: &str) -> Vec<(Play, u32)> {
    static TRIGGERS: LazyLock<Vec<Triggers>> = LazyLock::new(|| {
        let compile = |(text, weight): &(&str, u32)| (pattern(text), *weight);
        PLAYS.iter().map(|entry| (entry.play, entry.triggers.iter().map(compile).collect())).collect()
    });
    let mut scores: Vec<(Play, u32)> = TRIGGERS
        .iter()
        .map(|(play, triggers)| {
            (*play, triggers.iter().filter(|(trigger, _)| trigger.is_match(prose)).map(|(_, weight)| weight).sum())
        })
        .filter(|(_, score)| *score > 0)
        .collect();
    scores.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    scores
}

/// Binds a follow-up to what came before it.
fn bind(follow_up: FollowUp, last: Option<&Route>) -> Route {
    match (follow_up, last) {
        (FollowUp::Remark(remark), _) => Route::Remark(remark),
        (FollowUp::Number(n), Some(Route::Clarify { options, turn })) => {
            match n.checked_sub(1).and_then(|at| options.get(at)) {
                Some(play) => Route::Play { play: *play, turn: *turn, view: View::Answer },
                None => Route::Clarify { options: options.clone(), turn: *turn },
            }
        }
        (FollowUp::Number(n), Some(Route::Unknown { nearest, turn, .. })) => {
            match n.checked_sub(1).and_then(|at| nearest.get(at)) {
                Some((play, _)) => Route::Play { play: *play, turn: *turn, view: View::Answer },
                None => Route::Unknown { nearest: nearest.clone(), turn: *turn, again: true },
            }
        }
        (FollowUp::Yes, Some(Route::Clarify { options, turn })) => match options.first() {
            Some(play) => Route::Play { play: *play, turn: *turn, view: View::Answer },
            None => Route::Remark(Remark::NothingYet),
        },
        (follow_up, Some(Route::Play { play, turn, .. })) => {
            Route::Play { play: *play, turn: *turn, view: follow_up.view() }
        }
        (_, _) => Route::Remark(Remark::NothingYet),
    }
}

#[cfg(test)]
#[path = "route_tests.rs"]
mod tests;
