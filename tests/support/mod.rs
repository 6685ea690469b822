//! What the end-to-end tests share.

#[allow(dead_code, reason = "each module of tests uses its part")]
pub mod model_server;
#[allow(dead_code, reason = "each module of tests uses its part")]
pub mod program;
