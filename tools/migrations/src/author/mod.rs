//! Writes migrations that do not stop the application, in the project's own convention.

mod carry;
pub(crate) mod change_type;
mod intent;
mod parse_intent;
pub(crate) mod plan;
pub(crate) mod recipes;
mod render;
mod render_program;

pub use intent::{AuthorError, Intent, NewFile};
pub use parse_intent::parse_intent;
pub use render::author;
