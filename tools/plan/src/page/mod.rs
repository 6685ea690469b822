//! The plan with its findings as a document: one HTML file, or Markdown.

mod flame;
mod html;
mod markdown;

pub use html::html;
pub use markdown::markdown;
