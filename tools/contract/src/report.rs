//! The two faces of a result, and how text is bounded.

use std::borrow::Cow;

use dbwright_finding::Finding;

/// How much of the model's context a text may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBudget(pub usize);

impl TokenBudget {
    /// Bytes that fit, at 3.6 bytes a token (English and SQL; no tokenizer is right for all models).
    pub const fn bytes(self) -> usize {
        self.0 * 18 / 5
    }
}

impl Default for TokenBudget {
    /// 2,300 tokens: about 8 KiB, the size that users of other tools accept as a soft limit.
    fn default() -> Self {
        Self(2_300)
    }
}

/// A result that can be shown to a model in bounded text. Its JSON face is its `Serialize`.
pub trait Report {
    /// Compact text within `budget`, with a last line saying what was left out, if anything was.
    /// Use [`clip`] for the cut.
    fn for_model(&self, budget: TokenBudget) -> Cow<'_, str>;

    /// The findings in the result; they become events and end in reviews.
    fn findings(&self) -> &[Finding] {
        &[]
    }

    /// Whether this result holds content from outside. Asked only of tools whose results can
    /// ([`Tool::UNTRUSTED_OUTPUT`](crate::Tool::UNTRUSTED_OUTPUT)).
    fn is_from_outside(&self) -> bool {
        true
    }
}

/// A text cut to a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clip<'a> {
    /// The part that fits, whole lines only where there are lines.
    pub text: Cow<'a, str>,
    /// Bytes left out.
    pub omitted: usize,
}

/// Cuts `text` to `budget` at a line end (or a character boundary when the first line is too
/// long) and appends what was cut and `hint`: how to get the rest.
///
/// ```
/// use dbwright_contract::{TokenBudget, clip};
/// let long = "row\n".repeat(1000);
/// let cut = clip(&long, TokenBudget(100), "narrow the query");
/// assert!(cut.text.len() <= TokenBudget(100).bytes());
/// assert!(cut.text.ends_with("bytes cut: narrow the query]"));
/// ```
pub fn clip<'a>(text: &'a str, budget: TokenBudget, hint: &str) -> Clip<'a> {
    let limit = budget.bytes();
    if text.len() <= limit {
        return Clip { text: Cow::Borrowed(text), omitted: 0 };
    }
    // Room for the notice itself: its fixed words and the digits of a 64-bit count.
    let room = limit.saturating_sub(hint.len() + 48);
    let mut end = text.floor_char_boundary(room);
    if let Some(line_end) = text.get(..end).and_then(|head| head.rfind('\n')).filter(|at| *at > room / 2) {
        end = line_end;
    }
    let kept = text.get(..end).unwrap_or_default();
    let omitted = text.len() - kept.len();
    Clip { text: Cow::Owned(format!("{kept}\n[{omitted} bytes cut: {hint}]")), omitted }
}
