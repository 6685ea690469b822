//! The judgement of one text: the tree first, then every name in it.

use dbwright_finding::Effect;
use dbwright_sql::{Item, SqlError, StatementKind, classify_item, executes, parse};

use super::{
    change,
    facts::{Facts, Wanted},
    inspect::Inspection,
    rules::refusal_rules,
};
use crate::{Decision, Mode, Refusal, Ruling};

/// Judges one SQL text by its tree and by what `facts` say of its names.
pub fn judge(sql: &str, mode: Mode, facts: &Facts) -> Ruling {
    match consider(sql, mode, facts) {
        Considered::Ruling(ruling) => ruling,
        Considered::Wants(_) => Ruling::block(
            Effect::Change,
            refusal("sql.catalog", "the catalog was not asked about every name in the statement".to_owned()),
        ),
    }
}

/// What must be asked of the catalog before [`judge`] can tell; empty when it can.
pub fn wanted(sql: &str, mode: Mode, facts: &Facts) -> Wanted {
    match consider(sql, mode, facts) {
        Considered::Ruling(_) => Wanted::default(),
        Considered::Wants(wanted) => wanted,
    }
}

/// What the tree alone refuses to a reader, with the rule and the reason; `None` lets the text go
/// on to where the catalog is known.
///
/// # Errors
/// As [`dbwright_sql::parse`]; several statements are refused, not an error.
pub fn read_only_refusal(sql: &str) -> Result<Option<Refusal>, SqlError> {
    match one(sql)? {
        Ok(item) => Ok(tree_refusal(&item)),
        Err(refusal) => Ok(Some(refusal)),
    }
}

enum Considered {
    Ruling(Ruling),
    Wants(Wanted),
}

/// The one statement of a text.
fn one(sql: &str) -> Result<Result<Item, Refusal>, SqlError> {
    let mut items = parse(sql)?.items();
    let count = items.len();
    Ok(match (items.pop(), count) {
        (Some(item), 1) => Ok(item),
        _ => Err(refusal("one_statement", format!("the text holds {count} statements; send them one at a time"))),
    })
}

fn consider(sql: &str, mode: Mode, facts: &Facts) -> Considered {
    let item = match one(sql) {
        Ok(Ok(item)) => item,
        Ok(Err(several)) => return Considered::Ruling(block(Effect::Change, several)),
        Err(error) => {
            let reason = error.to_string().lines().next().unwrap_or_default().to_owned();
            return Considered::Ruling(block(Effect::Observe, refusal("syntax", reason)));
        }
    };
    if mode > Mode::Readonly && !reads(&item) {
        return changing(&item, mode, facts);
    }
    if let Some(refusal) = tree_refusal(&item) {
        return Considered::Ruling(answer(mode, refusal, &item));
    }
    let mut inspection = Inspection::new(facts);
    inspection.names(&item, facts.path());
    match inspection.refusal {
        Some(refusal) => Considered::Ruling(answer(mode, refusal, &item)),
        None if !inspection.wanted.is_empty() => Considered::Wants(inspection.wanted),
        None => Considered::Ruling(Ruling::new(Decision::Allow, Effect::Observe, "sql.read", passed(facts))),
    }
}

fn passed(facts: &Facts) -> &'static str {
    if facts.is_embedded() {
        "only reads; judged without a catalog, so what stands behind views and types was not looked at"
    } else {
        "only reads"
    }
}

fn tree_refusal(item: &Item) -> Option<Refusal> {
    refusal_rules().iter().find_map(|rule| (rule.check)(item).map(|reason| Refusal { rule: rule.id, reason }))
}

/// Whether the statement's own form is one of reading: functions in it may still do more.
fn reads(item: &Item) -> bool {
    let class = classify_item(item);
    let form = matches!(class.kind, StatementKind::Select | StatementKind::Show | StatementKind::Explain);
    form && (!class.writes || (item.name == "ExplainStmt" && !executes(item)))
}

/// A statement that is meant to change something, in a mode where that may be asked for.
fn changing(item: &Item, mode: Mode, facts: &Facts) -> Considered {
    let planned = match change::plan(item) {
        Err(refusal) => return Considered::Ruling(block(Effect::Change, refusal)),
        Ok(planned) => planned,
    };
    if mode < planned.mode {
        let reason = format!("{} needs the mode change; this session may only maintain", planned.what);
        return Considered::Ruling(block(planned.effect, refusal("statement_kind", reason)));
    }
    // What no approval permits stays refused inside a change too.
    let never = tree_never(item);
    if let Some(refusal) = never {
        return Considered::Ruling(block(planned.effect, refusal));
    }
    let mut inspection = Inspection::new(facts);
    if !facts.is_embedded() {
        inspection.names(item, facts.path());
    }
    match inspection.refusal {
        Some(refusal) if effect_of(refusal.rule).is_none() => Considered::Ruling(block(planned.effect, refusal)),
        None if !inspection.wanted.is_empty() => Considered::Wants(inspection.wanted),
        _ if planned.decision == Decision::Allow => {
            Considered::Ruling(Ruling::new(Decision::Allow, planned.effect, "sql.setting", planned.what))
        }
        _ => {
            let rule = if planned.mode == Mode::Maintain { "sql.maintain" } else { "sql.change" };
            Considered::Ruling(Ruling::new(Decision::Ask, planned.effect, rule, planned.what))
        }
    }
}

/// The rules of the tree whose matter no approval permits.
fn tree_never(item: &Item) -> Option<Refusal> {
    refusal_rules()
        .iter()
        .filter(|rule| effect_of(rule.id).is_none())
        .find_map(|rule| (rule.check)(item).map(|reason| Refusal { rule: rule.id, reason }))
}

/// A reader's refusal; where changes may be asked for, a question for what can be approved.
fn answer(mode: Mode, refusal: Refusal, item: &Item) -> Ruling {
    let by_rule = effect_of(refusal.rule);
    if let (Mode::Change, Some(effect)) = (mode, by_rule) {
        return Ruling::new(Decision::Ask, effect, format!("sql.{}", refusal.rule), refusal.reason);
    }
    let effect = match (reads(item), by_rule) {
        (true, Some(effect)) => effect,
        // Reading what must not be read, or too much of it.
        (true, None) => Effect::Observe,
        (false, _) => change::plan(item).map_or(Effect::Change, |planned| planned.effect),
    };
    block(effect, refusal)
}

/// The effect of what a rule of functions keeps from a reader, where somebody may approve it.
fn effect_of(rule: &str) -> Option<Effect> {
    match rule {
        "foreign_session" => Some(Effect::Destroy),
        "server_state" | "volatile_function" | "unknown_function" | "unknown_operator" | "user_function"
        | "security_definer" | "unknown_extension" | "row_locks" | "data_changing_cte" | "select_into"
        | "explain_executes" | "statement_kind" => Some(Effect::Change),
        _ => None,
    }
}

fn refusal(rule: &'static str, reason: String) -> Refusal {
    Refusal { rule, reason }
}

fn block(effect: Effect, refusal: Refusal) -> Ruling {
    let rule = if refusal.rule.starts_with("sql.") { refusal.rule.to_owned() } else { format!("sql.{}", refusal.rule) };
    Ruling::new(Decision::Block, effect, rule, refusal.reason)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
