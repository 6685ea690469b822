//! Text with everything that must survive an edit: encoding, byte order mark, line endings.

mod decode;
mod diff;

pub use decode::{Encoding, LineEnding, TextFile};
pub use diff::Change;
pub(crate) use diff::unified;
