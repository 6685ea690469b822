//! Writing the files and their index.

use std::{fmt::Write, fs, io, path::Path};

use super::document::{path_of, render};
use crate::{Learning, LearningFilter, Store, StoreError};

/// Lines of the index: agents that read such files load no more.
const INDEX_LINES: usize = 200;
const ALL: u32 = 1_000_000;

impl Store {
    /// Writes every learning to `dir` as Markdown, with an index `MEMORY.md`; returns how many.
    /// Files of earlier exports are replaced, others left alone.
    ///
    /// # Errors
    /// [`StoreError::File`] names the file that could not be written.
    pub async fn export(&self, dir: &Path) -> Result<usize, StoreError> {
        let learnings = self.list_learnings(&LearningFilter::default(), ALL).await?;
        let dir = dir.to_owned();
        tokio::task::spawn_blocking(move || write_all(&dir, &learnings))
            .await
            .map_err(|error| StoreError::Value(format!("the export was interrupted: {error}")))?
    }
}

fn write_all(dir: &Path, learnings: &[Learning]) -> Result<usize, StoreError> {
    for learning in learnings {
        write(&dir.join(path_of(learning)), &render(learning)?)?;
    }
    write(&dir.join("MEMORY.md"), &index(learnings))?;
    Ok(learnings.len())
}

fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let attempt = || -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    };
    attempt().map_err(|error| StoreError::File { path: path.to_owned(), reason: error.to_string() })
}

/// One line for each learning, what holds first, the last seen first.
fn index(learnings: &[Learning]) -> String {
    let mut text = String::from("# What was learned\n\n");
    let (holding, gone): (Vec<_>, Vec<_>) = learnings.iter().partition(|learning| learning.status.holds());
    let room = INDEX_LINES - 3;
    for learning in holding.iter().chain(&gone).take(room) {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "- [{}]({}) ({}, {})",
            learning.title.replace(['[', ']'], ""),
            path_of(learning).display(),
            learning.status,
            learning.last_seen.format("%Y-%m-%d"),
        );
    }
    if learnings.len() > room {
        let _ = writeln!(text, "- and {} more in the folders", learnings.len() - room);
    }
    text
}
