//! Redis commands: cut into words once, looked up in a static list, their arguments checked.

mod allowed;
mod judge;
mod refused;
mod words;

pub use allowed::{Args, is_container, is_secret_setting};
pub use judge::{Command, parse};
