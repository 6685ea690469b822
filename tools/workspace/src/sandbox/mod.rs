//! `Bash`, confined in layers. Where the machine cannot confine it, there is no `Bash`.
//!
//! bubblewrap gives it a world of its own (files, processes, no network), two seccomp filters take
//! system calls away, Landlock says again which folders are open, control groups and rlimits bound
//! what it may use. What lies in the workspace and would make programs run something later is
//! covered; what holds secrets is sealed.

mod args;
#[cfg(target_os = "linux")]
mod linux;
mod output;

#[cfg(not(target_os = "linux"))]
#[path = "absent.rs"]
mod absent;

#[cfg(not(target_os = "linux"))]
pub use absent::{Bash, SandboxOptions, become_launcher};
pub use args::{BashArgs, BashResult};
#[cfg(target_os = "linux")]
pub use linux::{Bash, SandboxOptions, become_launcher};
