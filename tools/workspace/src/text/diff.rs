//! What an edit changes, for the person who decides.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// Lines added and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Change {
    /// Lines that were not there.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
}

/// Time for one diff: a preview must not hold a session up.
const TIME: std::time::Duration = std::time::Duration::from_millis(500);

/// A unified diff of two texts of one file.
pub(crate) fn unified(path: &str, old: &str, new: &str) -> (String, Change) {
    let mut config = TextDiff::configure();
    let diff = config.timeout(TIME).diff_lines(old, new);
    let mut change = Change::default();
    for line in diff.iter_all_changes() {
        match line.tag() {
            ChangeTag::Insert => change.added += 1,
            ChangeTag::Delete => change.removed += 1,
            ChangeTag::Equal => {}
        }
    }
    let text = diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    (text, change)
}
