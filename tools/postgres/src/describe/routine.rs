//! Cards of functions and sequences.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::{PgError, Probe};

/// One function, procedure, aggregate or window function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RoutineCard {
    /// `schema.name(arguments)`.
    pub signature: String,
    /// `function`, `procedure`, `aggregate`, `window function`.
    pub routine_kind: String,
    /// What it returns.
    pub returns: Option<String>,
    /// Its language.
    pub language: String,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: String,
    /// `safe`, `restricted` or `unsafe` in parallel plans.
    pub parallel: String,
    /// Whether it runs with its owner's rights.
    pub security_definer: bool,
    /// Its owner.
    pub owner: String,
    /// Settings of its own (`search_path=…`).
    pub settings: Vec<String>,
    /// The whole CREATE FUNCTION, 8,000 characters at most; not for aggregates.
    pub definition: Option<String>,
    /// COMMENT ON it.
    pub comment: Option<String>,
}

/// One sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SequenceCard {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `smallint`, `integer` or `bigint`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The last value handed out; `None` before the first, or without the privilege to see it.
    pub last_value: Option<i64>,
    /// The last value it can hand out.
    pub max_value: i64,
    /// Step.
    pub increment: i64,
    /// Whether it starts again.
    pub cycles: bool,
    /// The column that it feeds.
    pub owned_by: Option<String>,
}

/// All overloads of a function.
pub(super) async fn read(probe: &mut Probe, schema: &str, name: &str) -> Result<Vec<RoutineCard>, PgError> {
    let cards: Vec<Json<RoutineCard>> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(card) FROM (SELECT
            format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS signature,
            CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window function'
                ELSE 'function' END AS routine_kind,
            pg_get_function_result(p.oid) AS returns, l.lanname AS language,
            CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
            CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel,
            p.prosecdef AS security_definer, pg_get_userbyid(p.proowner) AS owner,
            coalesce(p.proconfig, '{}') AS settings,
            CASE WHEN p.prokind IN ('f', 'p', 'w') THEN left(pg_get_functiondef(p.oid), 8000) END AS definition,
            obj_description(p.oid, 'pg_proc') AS comment
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
         WHERE n.nspname = $1 AND p.proname = $2 ORDER BY 1 LIMIT 20) card",
    )
    .bind(schema)
    .bind(name)
    .fetch_all(probe.connection())
    .await?;
    Ok(cards.into_iter().map(|Json(card)| card).collect())
}

pub(super) async fn read_sequence(probe: &mut Probe, oid: i64) -> Result<Option<SequenceCard>, PgError> {
    let card: Option<Json<SequenceCard>> = sqlx::query_scalar(
        "SELECT /* dbwright */ row_to_json(card) FROM (SELECT
            n.nspname AS schema, c.relname AS name, format_type(s.seqtypid, NULL) AS type,
            (SELECT v.last_value FROM pg_sequences v WHERE v.schemaname = n.nspname AND v.sequencename = c.relname) AS last_value,
            s.seqmax AS max_value, s.seqincrement AS increment, s.seqcycle AS cycles,
            (SELECT format('%I.%I.%I', tn.nspname, t.relname, a.attname)
             FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') LIMIT 1) AS owned_by
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.oid = $1::int8::oid) card",
    )
    .bind(oid)
    .fetch_optional(probe.connection())
    .await?;
    Ok(card.map(|Json(card)| card))
}
