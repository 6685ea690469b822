//! Short words that mean what was played before: "why?", "2", "show the plan", "apply 1".

use std::sync::LazyLock;

use regex::Regex;

use super::{
    input::{Input, pattern},
    view::View,
};

/// What is asked about the last play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowUp {
    /// An item of a list: a choice, or a finding.
    Number(usize),
    /// The evidence.
    Why(Option<usize>),
    /// The plans.
    Plan,
    /// Everything.
    Detail,
    /// Agreement to what was offered.
    Yes,
    /// How to carry a fix out.
    Apply(Option<usize>),
    /// How to take fixes back.
    Undo,
    /// Go on where it was interrupted.
    Continue,
    /// Nothing to play.
    Remark(Remark),
}

/// Words that need no play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remark {
    /// "no".
    No,
    /// "stop".
    Stop,
    /// "thanks".
    Thanks,
    /// An order to change rows.
    NeverWrites,
    /// A follow-up with nothing before it.
    NothingYet,
}

impl FollowUp {
    /// The side of the last play's result that it asks for.
    pub(super) const fn view(self) -> View {
        match self {
            Self::Number(n) => View::Number(n),
            Self::Why(n) => View::Why(n),
            Self::Plan => View::Plan,
            Self::Detail => View::Detail,
            Self::Apply(n) => View::Apply(n),
            Self::Yes => View::Apply(None),
            Self::Undo => View::Undo,
            Self::Continue => View::Continue,
            Self::Remark(_) => View::Answer,
        }
    }
}

type Make = fn(Option<usize>) -> FollowUp;

static FORMS: LazyLock<Vec<(Regex, Make)>> = LazyLock::new(|| {
    let forms: [(&str, Make); 10] = [
        (
            r"why(?: is that| so)?(?: (?:for |finding |number |#)*N)?|(?:show |give )?(?:me )?(?:the )?(?:evidence|proof)(?: (?:for|of) (?:finding |number |#)?N)?|explain (?:finding |number |#)N",
            FollowUp::Why,
        ),
        (r"(?:show |give |print |see )(?:me )?(?:the |all )?plans?(?: again)?|the plan|plan", |_| FollowUp::Plan),
        (
            r"(?:(?:show|give|tell) (?:me )?)?(?:more|all)(?: of it| details?| findings| please)?|details?|in detail|(?:the )?(?:rest|full list)|show all",
            |_| FollowUp::Detail,
        ),
        (
            r"(?:show |tell me about |more (?:about|on) |open |details? (?:of|for|on) )(?:finding |number |no\.? ?|#)?N",
            |n| n.map_or(FollowUp::Detail, FollowUp::Number),
        ),
        (r"yes|y|yep|yeah|ok(?:ay)?|sure|please do|go ahead|do it|do that", |_| FollowUp::Yes),
        (
            r"(?:please )?(?:apply|fix|run|execute)(?: it| that| this| them| (?:the )?fix| (?:the )?first(?: one)?)?(?: (?:fix |finding |number |#)?N)?",
            FollowUp::Apply,
        ),
        (
            r"(?:show |give |write )?(?:me )?(?:the |an? )?(?:undo|rollback|roll back|revert)(?: (?:script|it|that|sql|statements?))?",
            |_| FollowUp::Undo,
        ),
        (r"continue|go on|resume|carry on|try again|retry|again", |_| FollowUp::Continue),
        (r"no|n|nope|nah|don't|do not|never mind|cancel", |_| FollowUp::Remark(Remark::No)),
        (r"stop|halt|abort|quit|enough", |_| FollowUp::Remark(Remark::Stop)),
    ];
    forms
        .into_iter()
        .chain([(
            r"(?:many )?thanks?(?: you| a lot)?|great|perfect|cool|good",
            (|_| FollowUp::Remark(Remark::Thanks)) as Make,
        )])
        .map(|(form, make)| {
            (pattern(&format!(r"\A\W*(?:{})(?:,? please)?\W*\z", form.replace('N', r"(\d{1,3})"))), make)
        })
        .collect()
});

/// Reads a follow-up; `None` for everything that says more than that.
pub(super) fn follow_up(input: &Input<'_>) -> Option<FollowUp> {
    if input.has_code() || input.slash.is_some() || input.text.len() > 80 {
        return None;
    }
    if let Some(n) = input.number() {
        return Some(FollowUp::Number(n));
    }
    let words = input.text.trim().to_lowercase();
    FORMS.iter().find_map(|(form, make)| {
        let found = form.captures(&words)?;
        let number = (1..found.len()).find_map(|group| found.get(group)?.as_str().parse().ok());
        Some(make(number))
    })
}

#[cfg(test)]
#[path = "follow_up_tests.rs"]
mod tests;
