//! The dbwright agent.
