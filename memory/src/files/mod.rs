//! Learnings as Markdown files that people read, edit and keep in git.
//!
//! Each file begins with front matter: one `key: value` a line, the value as JSON or as bare
//! text. Import is the inverse of export, and what a person has edited wins.

mod document;
mod export;
mod import;

pub use import::ImportReport;
