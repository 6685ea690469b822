//! Shell scripts: what a reading without running can say.
//!
//! The reading is linear in the length of the script and total: any text gets an answer. It splits
//! a script into its simple commands, whatever loops, conditions and substitutions they stand in,
//! and judges each by its program and by where its words point. It knows nothing of values that
//! only a run would show; there the answer is "ask". The fence is the sandbox.

mod code;
mod git;
mod judge;
mod places;
mod programs;
mod script;
mod words;

pub use judge::judge;
