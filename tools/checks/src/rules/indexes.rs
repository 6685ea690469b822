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
        let statement = format!("ALTER TABLE {} DROP CONSTRAINT {}", index.relation, quote_ident(constraint));
        let keyword = if index.primary { "PRIMARY KEY" } else { "UNIQUE" };
        let back = format!(
            "ALTER TABLE {} ADD CONSTRAINT {} {keyword} ({})",
            index.relation,
            quote_ident(constraint),
            crate::name::column_list(&index.key_names())
        );
        return Fix::sql(FixKind::DropIndex, [statement]).undo([back]).lock("AccessExclusiveLock").transactional();
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
