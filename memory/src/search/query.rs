//! Asking, and the answer.

use serde::Serialize;

use super::{
    rank::{Candidates, ranked},
    words::{bare_name, identifiers, query_words},
};
use crate::{
    Learning, LearningKind, Scope, Store, StoreError,
    database::{Arg, Database, Dialect, Row},
    learning::learning_of,
};

/// What to look for. Give what is known: each part finds by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Words, in any order.
    pub text: String,
    /// Only what is valid there: the same or no project, database and schema.
    pub scope: Scope,
    /// About any of these tables.
    pub tables: Vec<String>,
    /// About this statement.
    pub fingerprint: Option<String>,
    /// Only these kinds; empty for all.
    pub kinds: Vec<LearningKind>,
    /// Hits wanted; 0 for ten.
    pub limit: u32,
}

/// Why a learning was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The same statement.
    Fingerprint,
    /// It speaks of the same tables.
    Tables(Vec<String>),
    /// It holds these words of the query, or words of the same stem.
    Words,
    /// It names an identifier that contains a piece of the query.
    Identifier,
}

/// A learning that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// The learning, with its status.
    pub learning: Learning,
    /// Why, strongest first.
    pub why: Vec<Why>,
    /// Higher is better; only comparable within one search.
    pub score: f64,
}

/// Hits that one search may give.
const MOST: u32 = 100;
/// Below this many learnings, common words cost nothing.
const PRUNE_FROM: i64 = 2_000;

/// One text query's hits, with the database's own measure of how well each fits.
struct Found {
    learning: Learning,
    relevance: f64,
}

impl Store {
    /// Finds learnings by statement, tables and words, the best first.
    ///
    /// # Errors
    /// When the state cannot be read. Odd characters in the text are no error.
    pub async fn search(&self, query: &Query) -> Result<Vec<Hit>, StoreError> {
        let limit = if query.limit == 0 { 10 } else { query.limit.min(MOST) };
        let database = &*self.database;
        let filter = Filter::of(query, limit);
        let mut candidates = Candidates::default();
        if let Some(fingerprint) = &query.fingerprint {
            for learning in filter.by_fingerprint(database, fingerprint).await? {
                candidates.add(learning, Why::Fingerprint, 1.0);
            }
        }
        let tables: Vec<String> = query.tables.iter().map(|name| bare_name(name)).collect();
        for learning in filter.by_tables(database, &tables).await? {
            let shared: Vec<String> =
                learning.tables.iter().filter(|name| tables.contains(&bare_name(name))).cloned().collect();
            candidates.add(learning, Why::Tables(shared), 0.6);
        }
        let words = query_words(&query.text);
        let mut found = filter.by_words(database, &words).await?;
        let why = if found.is_empty() { Why::Identifier } else { Why::Words };
        if found.is_empty() {
            found = filter.by_identifiers(database, &identifiers(&query.text)).await?;
        }
        let best = found.iter().map(|found| found.relevance).fold(f64::MIN_POSITIVE, f64::max);
        for Found { learning, relevance } in found {
            candidates.add(learning, why.clone(), 0.5 * relevance / best);
        }
        Ok(ranked(candidates, &query.scope, usize::try_from(limit).unwrap_or(usize::MAX)))
    }
}

/// The part of every statement that keeps scope and kinds, with parameters `$1` to `$5`.
struct Filter {
    args: Vec<Arg>,
    wanted: i64,
}

/// Scope, kinds and number of rows. `learnings` is called `l` in every statement.
const IN_SCOPE: &str = "($1 IS NULL OR l.project IS NULL OR l.project = $1) \
    AND ($2 IS NULL OR l.db_fingerprint IS NULL OR l.db_fingerprint = $2) \
    AND ($3 IS NULL OR l.schema_name IS NULL OR l.schema_name = $3) \
    AND ($4 IS NULL OR $4 LIKE '%,' || l.kind || ',%')";

impl Filter {
    fn of(query: &Query, limit: u32) -> Self {
        let kinds: Option<String> = (!query.kinds.is_empty())
            .then(|| query.kinds.iter().fold(String::from(","), |list, kind| list + kind.as_str() + ","));
        let Scope { project, db_fingerprint, schema } = query.scope.clone();
        // Ranking weighs status too, so more than the wanted number is looked at.
        let wanted = i64::from(limit) * 3 + 10;
        Self { args: vec![project.into(), db_fingerprint.into(), schema.into(), kinds.into(), wanted.into()], wanted }
    }

    fn args(&self, term: impl Into<Arg>) -> Vec<Arg> {
        let mut args = self.args.clone();
        args.push(term.into());
        args
    }

    async fn by_fingerprint(&self, database: &Database, fingerprint: &str) -> Result<Vec<Learning>, StoreError> {
        let sql = format!(
            "SELECT l.* FROM learnings l WHERE l.query_fingerprint = $6 AND {IN_SCOPE} ORDER BY l.last_seen DESC LIMIT $5"
        );
        database.fetch(&sql, self.args(fingerprint)).await?.iter().map(learning_of).collect()
    }

    async fn by_tables(&self, database: &Database, tables: &[String]) -> Result<Vec<Learning>, StoreError> {
        let sql = format!(
            "SELECT l.* FROM learning_tables t JOIN learnings l ON l.id = t.learning_id \
             WHERE t.name = $6 AND {IN_SCOPE} ORDER BY l.last_seen DESC LIMIT $5"
        );
        let mut found: Vec<Learning> = Vec::new();
        for name in tables {
            for row in database.fetch(&sql, self.args(name)).await? {
                let learning = learning_of(&row)?;
                if !found.iter().any(|known| known.id == learning.id) {
                    found.push(learning);
                }
            }
        }
        Ok(found)
    }

    /// All words first; any word when that gives too little. Ranking scores every match, so in a
    /// large store words that are everywhere are dropped from the second try.
    async fn by_words(&self, database: &Database, words: &[String]) -> Result<Vec<Found>, StoreError> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let all = self.matching(database, words, Connective::And).await?;
        if words.len() == 1 || i64::try_from(all.len()).unwrap_or(i64::MAX) >= self.wanted {
            return Ok(all);
        }
        let rare = rare_words(database, words).await?;
        let mut found = self.matching(database, &rare, Connective::Or).await?;
        for hit in all {
            if !found.iter().any(|known| known.learning.id == hit.learning.id) {
                found.push(hit);
            }
        }
        Ok(found)
    }

    async fn matching(&self, database: &Database, words: &[String], how: Connective) -> Result<Vec<Found>, StoreError> {
        let sql = match database.dialect() {
            Dialect::Sqlite => format!(
                "SELECT l.*, -bm25(learning_words, 3.0, 2.0, 1.0, 0.5) AS relevance FROM learning_words \
                 JOIN learning_numbers n ON n.number = learning_words.rowid JOIN learnings l ON l.id = n.id \
                 WHERE learning_words MATCH $6 AND {IN_SCOPE} ORDER BY relevance DESC LIMIT $5"
            ),
            Dialect::Postgres => format!(
                "SELECT l.*, ts_rank('{{0.17, 0.33, 0.67, 1.0}}', d.document, q, 1) AS relevance \
                 FROM to_tsquery('english', $6) q JOIN learning_documents d ON d.document @@ q \
                 JOIN learnings l ON l.id = d.id WHERE {IN_SCOPE} ORDER BY relevance DESC LIMIT $5"
            ),
        };
        let rows = database.fetch(&sql, self.args(how.join(database.dialect(), words))).await?;
        rows.iter().map(found).collect()
    }

    async fn by_identifiers(&self, database: &Database, pieces: &[String]) -> Result<Vec<Found>, StoreError> {
        if pieces.is_empty() {
            return Ok(Vec::new());
        }
        match database.dialect() {
            Dialect::Sqlite => {
                let sql = format!(
                    "SELECT l.*, -bm25(learning_trigrams) AS relevance FROM learning_trigrams \
                     JOIN learning_numbers n ON n.number = learning_trigrams.rowid JOIN learnings l ON l.id = n.id \
                     WHERE learning_trigrams MATCH $6 AND {IN_SCOPE} ORDER BY relevance DESC LIMIT $5"
                );
                let rows = database.fetch(&sql, self.args(Connective::Or.join(Dialect::Sqlite, pieces))).await?;
                rows.iter().map(found).collect()
            }
            Dialect::Postgres => {
                // ILIKE uses the trigram index where there is one. `_` and `%` stand for themselves.
                let patterns: Vec<String> =
                    pieces.iter().map(|piece| format!("%{}%", piece.replace('_', "\\_"))).collect();
                let sql = format!(
                    "SELECT l.*, 1.0::float8 AS relevance FROM learning_documents d JOIN learnings l ON l.id = d.id \
                     WHERE d.identifiers ILIKE ANY (string_to_array($6, ' ')) AND {IN_SCOPE} \
                     ORDER BY l.last_seen DESC LIMIT $5"
                );
                database.fetch(&sql, self.args(patterns.join(" "))).await?.iter().map(found).collect()
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Connective {
    And,
    Or,
}

impl Connective {
    /// One query expression. Each term is quoted: a user's NOT or OR is a word like any other.
    fn join(self, dialect: Dialect, terms: &[String]) -> String {
        let (quote, operator) = match (dialect, self) {
            (Dialect::Sqlite, Self::And) => ('"', " AND "),
            (Dialect::Sqlite, Self::Or) => ('"', " OR "),
            (Dialect::Postgres, Self::And) => ('\'', " & "),
            (Dialect::Postgres, Self::Or) => ('\'', " | "),
        };
        terms.iter().map(|term| format!("{quote}{term}{quote}")).collect::<Vec<_>>().join(operator)
    }
}

fn found(row: &Row) -> Result<Found, StoreError> {
    Ok(Found { learning: learning_of(row)?, relevance: row.real("relevance")? })
}

/// The words that fewer than one learning in fifty holds, or the rarest two when none does.
async fn rare_words(database: &Database, words: &[String]) -> Result<Vec<String>, StoreError> {
    let total = database.fetch_first("SELECT count(*) AS total FROM learnings", vec![]).await?;
    let total = total.map_or(Ok(0), |row| row.integer("total"))?;
    if total < PRUNE_FROM {
        return Ok(words.to_vec());
    }
    // Counting stops at the limit, so a word that is everywhere costs no more than one that is not.
    let sql = match database.dialect() {
        Dialect::Sqlite => {
            "SELECT count(*) AS seen FROM (SELECT 1 FROM learning_words WHERE learning_words MATCH $1 LIMIT $2) matches"
        }
        Dialect::Postgres => {
            "SELECT count(*) AS seen FROM (SELECT 1 FROM learning_documents \
             WHERE document @@ to_tsquery('english', $1) LIMIT $2) matches"
        }
    };
    let cap = total / 50;
    let mut counted = Vec::with_capacity(words.len());
    for word in words {
        let term = Connective::Or.join(database.dialect(), std::slice::from_ref(word));
        let row = database.fetch_first(sql, vec![term.into(), (cap + 1).into()]).await?;
        counted.push((row.map_or(Ok(0), |row| row.integer("seen"))?, word));
    }
    let rare: Vec<String> = counted.iter().filter(|(seen, _)| *seen <= cap).map(|(_, word)| (*word).clone()).collect();
    if !rare.is_empty() {
        return Ok(rare);
    }
    counted.sort();
    Ok(counted.into_iter().take(2).map(|(_, word)| word.clone()).collect())
}
