//! The Linux side: one file a layer.

mod bash;
mod command;
mod cover;
mod detect;
mod groups;
mod launcher;
mod lock;
mod run;
mod scan;
mod seccomp;

pub use bash::Bash;
pub use detect::SandboxOptions;
pub use launcher::become_launcher;
