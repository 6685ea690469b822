//! Which side of a result is asked for.

/// What of a play's result the answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum View {
    /// The ranked answer.
    #[default]
    Answer,
    /// Everything that was found.
    Detail,
    /// One finding, in full.
    Number(usize),
    /// The evidence of one finding, or of the first ones.
    Why(Option<usize>),
    /// The plans.
    Plan,
    /// How a fix would be carried out.
    Apply(Option<usize>),
    /// The statements that take the fixes back.
    Undo,
    /// The play itself, with failed calls tried again.
    Continue,
}
