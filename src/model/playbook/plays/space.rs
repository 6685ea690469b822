//! Where the space goes: the biggest tables, and the indexes that need not stay.

use serde_json::{Value, json};

use super::describe;
use crate::model::playbook::{
    answer::{Answer, Unit, counted, plain},
    findings,
    run::{Pending, Run, Wanted},
    view::View,
};

/// Tables shown.
const SHOWN: usize = 10;

pub(super) fn play(run: &mut Run<'_>) -> Result<String, Pending> {
    let wanted = vec![Wanted::new("describe", json!({})), Wanted::new("check_health", json!({"only": "indexes"}))];
    let results = run.all("space", wanted)?;
    let [overview, check] = results.as_slice() else { return Err(Pending) };
    run.gaps_of(check);
    let found = findings::collect([check]);
    let size = plain(overview, "/database_bytes", Unit::Bytes).map_or_else(
        || "The tables could not be listed".to_owned(),
        |size| format!("{size} in all ({})", overview.source),
    );
    let indexes = match (check.result.is_ok(), found.len()) {
        (false, _) => "the indexes could not be checked".to_owned(),
        (true, 0) => format!("no index that the rules call superfluous ({})", check.source),
        (true, count) => {
            format!("{} about indexes: {} ({})", counted(count, "finding"), findings::tally(&found), check.source)
        }
    };
    let mut answer = Answer::new(format!("{size}; {indexes}."));
    if matches!(run.view, View::Answer | View::Detail) {
        let bytes = |table: &&Value| table.get("estimated_bytes").and_then(Value::as_f64).unwrap_or_default();
        let mut tables: Vec<&Value> = overview.list("/relations").iter().filter(|one| bytes(one) > 0.0).collect();
        tables.retain(|one| one.get("relation_kind").and_then(Value::as_str) != Some("sequence"));
        tables.sort_by(|a, b| bytes(b).total_cmp(&bytes(a)));
        answer = answer.list("Biggest first", tables.into_iter().take(SHOWN).filter_map(describe::listed));
    }
    answer = findings::show(answer, &found, run);
    Ok(answer.close(&run.gaps, "`is index NAME used?` says what keeps one; `why 1`, `apply 1`, `undo script`"))
}
