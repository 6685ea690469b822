//! Any endpoint that speaks the OpenAI chat protocol, with all the dialects of it.
//!
//! async-openai carries the requests; the transport below it is ours (no retries: the agent loop
//! does that, idle timeout, lossy UTF-8), and so are the chunk types: every field is optional, no
//! type is taken for granted. `Assembler` turns chunks into deltas and is pure.

mod assembler;
mod calls;
mod chunk;
mod client;
mod concession;
mod extra;
mod failure;
mod lines;
mod listing;
mod probe;
mod recorded;
mod request;
mod think;
mod transport;
mod utf8;

pub use client::OpenAi;
pub use probe::Probe;
pub use recorded::read_recorded;
