//! Whole reviews of real databases.

mod demo;
mod strange;
