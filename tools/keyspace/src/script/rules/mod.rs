//! What can be wrong with a script: one rule a file.

pub(super) mod blind_release;
pub(super) mod call_in_loop;
pub(super) mod global_variable;
pub(super) mod ignored_pcall;
pub(super) mod keys_command;
pub(super) mod missing_expire;
pub(super) mod nondeterministic;
pub(super) mod unbounded_loop;
pub(super) mod undeclared_key;
pub(super) mod unpack_reply;
pub(super) mod unused_key;
