//! `Bash`, confined by bubblewrap. Where the machine cannot confine it, there is no `Bash`.

mod bash;
mod command;
mod detect;
mod guard;
mod output;

pub use bash::{Bash, BashArgs, BashResult};
