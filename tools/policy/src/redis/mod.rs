//! Redis commands: cut into words once, looked up in a static list, their arguments checked.

mod allowed;
mod change;
mod judge;
mod modules;
mod refused;
mod settings;
mod words;

pub use allowed::{Args, is_container};
pub use change::Change;
pub use judge::{Command, Permitted, judge, parse, permit, reading_commands};
pub use settings::{is_secret_setting, is_tunable_setting};
