//! A review as something to read: text for a terminal, Markdown for a pull request, one HTML file
//! to look at, SARIF for code scanning.
//!
//! Every renderer is a pure function of the [`Review`](super::Review). What came from a database, a
//! file or a model is shown as data only: control characters never reach a terminal, and nothing
//! can become markup.

mod digest;
mod facts;
mod html;
mod lines;
mod markdown;
mod paint;
mod sarif;
mod text;
mod words;

pub use html::html;
pub use markdown::markdown;
pub use sarif::sarif;
pub use text::text;

#[cfg(test)]
use crate::{model::Usage, review};
#[cfg(test)]
mod fixture;
#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
