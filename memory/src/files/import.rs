//! Reading the files back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::document::parse;
use crate::{
    Learning, Store, StoreError,
    database::Transaction,
    learning::{learning_of, record, store},
    time::now,
};

/// A file larger than any learning.
const LARGEST_FILE: u64 = 256 * 1024;
/// Folders below the given one: project and kind, and room for a person's own order.
const DEPTH: usize = 8;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    /// Learnings that were not known.
    pub added: usize,
    /// Learnings that a person had edited.
    pub updated: usize,
    /// Learnings that are as they were.
    pub unchanged: usize,
    /// Files that could not be read as a learning, and why. They changed nothing.
    pub problems: Vec<(PathBuf, String)>,
}

impl Store {
    /// Reads the Markdown files below `dir`, except `MEMORY.md`. Known learnings take over what
    /// was edited, with the person as the source; unknown ones are added.
    ///
    /// # Errors
    /// When the folder cannot be read or the state cannot be written.
    pub async fn import(&self, dir: &Path) -> Result<ImportReport, StoreError> {
        let dir = dir.to_owned();
        let files = tokio::task::spawn_blocking(move || read_all(&dir))
            .await
            .map_err(|error| StoreError::Value(format!("the import was interrupted: {error}")))??;
        let mut report = ImportReport::default();
        for (path, text) in files {
            // A person's file is a person's statement; secrets stay out all the same.
            let parsed = text.and_then(|text| parse(&self.redactor.redact(&text.replace('\0', ""))));
            let result = match parsed {
                Ok(learning) => self.import_one(learning, &mut report).await,
                Err(problem) => Err(StoreError::Value(problem)),
            };
            match result {
                Ok(()) => {}
                Err(StoreError::Value(problem)) => report.problems.push((path, problem)),
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    async fn import_one(&self, mut learning: Learning, report: &mut ImportReport) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let sql = "SELECT * FROM learnings WHERE id = $1";
        let known = transaction.fetch_first(sql, vec![learning.id.as_str().into()]).await?;
        let known = known.as_ref().map(learning_of).transpose()?;
        let count = match &known {
            Some(known) if same(known, &learning) => {
                report.unchanged += 1;
                return Ok(());
            }
            Some(known) => {
                learning.created_at = known.created_at;
                learning.provenance.agent = Some("user".to_owned());
                learning.last_seen = now();
                &mut report.updated
            }
            None => &mut report.added,
        };
        taken(&mut transaction, &learning).await?;
        store(&mut transaction, &learning).await?;
        let before = known.map(|known| known.status);
        if before != Some(learning.status) {
            record(&mut transaction, &learning.id, before, Some(learning.status), "user", "imported").await?;
        }
        transaction.commit().await?;
        *count += 1;
        Ok(())
    }
}

/// Refuses a second living learning about the same subject.
async fn taken(transaction: &mut Transaction<'_>, learning: &Learning) -> Result<(), StoreError> {
    if learning.superseded_by.is_some() {
        return Ok(());
    }
    let sql = "SELECT id FROM learnings WHERE dedupe_key = $1 AND superseded_by IS NULL AND id <> $2";
    let args = vec![crate::learning::dedupe_key(learning).into(), learning.id.as_str().into()];
    match transaction.fetch_first(sql, args).await? {
        Some(row) => Err(StoreError::Value(format!("learning {} is about the same subject", row.text("id")?))),
        None => Ok(()),
    }
}

/// White space at the ends does not survive a text file and is no edit.
fn same(known: &Learning, read: &Learning) -> bool {
    let trimmed = |learning: &Learning| Learning {
        title: learning.title.trim().to_owned(),
        body: learning.body.trim().to_owned(),
        context: learning.context.trim().to_owned(),
        ..learning.clone()
    };
    trimmed(known) == trimmed(read)
}

type ReadFile = (PathBuf, Result<String, String>);

fn read_all(dir: &Path) -> Result<Vec<ReadFile>, StoreError> {
    let mut files = Vec::new();
    walk(dir, DEPTH, &mut files)
        .map_err(|error| StoreError::File { path: dir.to_owned(), reason: error.to_string() })?;
    files.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(files)
}

fn walk(dir: &Path, depth: usize, files: &mut Vec<ReadFile>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // The type of the entry itself: links are not followed.
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() && depth > 0 {
            walk(&path, depth - 1, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "md") {
            if path.file_name().is_some_and(|name| name == "MEMORY.md") {
                continue;
            }
            let text = match entry.metadata()?.len() {
                size if size > LARGEST_FILE => Err(format!("the file has {size} bytes, too large for a learning")),
                _ => fs::read_to_string(&path).map_err(|error| error.to_string()),
            };
            files.push((path, text));
        }
    }
    Ok(())
}
