//! Keeping the text index in step with the rows, in the same transaction.

use super::words::plain;
use crate::{
    Learning, StoreError,
    database::{Dialect, Transaction},
};

/// Replaces what the index holds about a learning.
pub(crate) async fn index(transaction: &mut Transaction<'_>, learning: &Learning) -> Result<(), StoreError> {
    let names = learning.tables.iter().chain(&learning.columns).chain(&learning.key_template);
    let statements = learning.ddl_applied.iter().chain(&learning.query_normalized);
    let tags = names.cloned().collect::<Vec<_>>().join(" ");
    let identifiers = [&learning.title, &tags].into_iter().chain(statements);
    let identifiers = identifiers.map(|text| text.to_lowercase()).collect::<Vec<_>>().join(" ");
    match transaction.dialect() {
        Dialect::Sqlite => {
            remove(transaction, &learning.id).await?;
            let number = transaction
                .fetch_first(
                    "INSERT INTO learning_numbers (id) VALUES ($1) RETURNING number",
                    vec![learning.id.as_str().into()],
                )
                .await?
                .map_or(Ok(0), |row| row.integer("number"))?;
            let words = "INSERT INTO learning_words (rowid, title, tags, body, context) VALUES ($1, $2, $3, $4, $5)";
            let body = body(learning);
            let args = vec![
                number.into(),
                learning.title.as_str().into(),
                tags.into(),
                body.into(),
                learning.context.as_str().into(),
            ];
            transaction.execute(words, args).await?;
            let trigrams = "INSERT INTO learning_trigrams (rowid, identifiers) VALUES ($1, $2)";
            transaction.execute(trigrams, vec![number.into(), identifiers.into()]).await?;
        }
        Dialect::Postgres => {
            let sql = "INSERT INTO learning_documents (id, document, identifiers) VALUES ($1, \
                 setweight(to_tsvector('english', $2), 'A') || setweight(to_tsvector('english', $3), 'B') || \
                 setweight(to_tsvector('english', $4), 'C') || setweight(to_tsvector('english', $5), 'D'), $6) \
                 ON CONFLICT (id) DO UPDATE SET document = excluded.document, identifiers = excluded.identifiers";
            let args = vec![
                learning.id.as_str().into(),
                plain(&learning.title).into(),
                plain(&tags).into(),
                plain(&body(learning)).into(),
                plain(&learning.context).into(),
                identifiers.into(),
            ];
            transaction.execute(sql, args).await?;
        }
    }
    Ok(())
}

fn body(learning: &Learning) -> String {
    let statements = learning.ddl_applied.iter().chain(&learning.query_normalized);
    [&learning.body].into_iter().chain(statements).cloned().collect::<Vec<_>>().join("\n")
}

/// Takes a learning out of the index. On PostgreSQL the foreign key does it.
pub(crate) async fn remove(transaction: &mut Transaction<'_>, id: &str) -> Result<(), StoreError> {
    if transaction.dialect() == Dialect::Sqlite {
        for table in [
            "DELETE FROM learning_words WHERE rowid = (SELECT number FROM learning_numbers WHERE id = $1)",
            "DELETE FROM learning_trigrams WHERE rowid = (SELECT number FROM learning_numbers WHERE id = $1)",
            "DELETE FROM learning_numbers WHERE id = $1",
        ] {
            transaction.execute(table, vec![id.into()]).await?;
        }
    }
    Ok(())
}
