//! How indexes are dropped and made again: shared by the rules about them.

use dbwright_finding::{Fix, FixKind};
use dbwright_sql::quote_ident;

use crate::Index;

/// The definition with CONCURRENTLY, as far as its table allows it.
pub(crate) fn create_concurrently(index: &Index) -> String {
    if index.partitioned {
        return index.definition.clone();
    }
    index.definition.replacen(" INDEX ", " INDEX CONCURRENTLY ", 1)
}

/// Drops the index without stopping writes, and how to make it again.
pub(crate) fn drop_index(index: &Index) -> Fix {
    if let Some(constraint) = &index.constraint {
        let (table, constraint) = (&index.relation, quote_ident(constraint));
        let keyword = if index.primary { "PRIMARY KEY" } else { "UNIQUE" };
        let back = format!(
            "ALTER TABLE {table} ADD CONSTRAINT {constraint} {keyword} USING INDEX {}",
            quote_ident(&index.name.name)
        );
        return Fix::sql(FixKind::DropIndex, [format!("ALTER TABLE {table} DROP CONSTRAINT {constraint}")])
            .undo([create_concurrently(index), back])
            .lock("AccessExclusiveLock")
            .transactional();
    }
    let undo: Vec<String> = (!index.incomplete).then(|| create_concurrently(index)).into_iter().collect();
    if index.partitioned {
        return Fix::sql(FixKind::DropIndex, [format!("DROP INDEX {}", index.name)])
            .undo(undo)
            .lock("AccessExclusiveLock")
            .transactional();
    }
    Fix::sql(FixKind::DropIndex, [format!("DROP INDEX CONCURRENTLY {}", index.name)])
        .undo(undo)
        .lock("ShareUpdateExclusiveLock")
}
