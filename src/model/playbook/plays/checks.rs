//! Rules over the database's catalog and statistics, by subject.

use serde_json::{Value, json};

use crate::model::playbook::{
    answer::{Answer, Unit, counted, plain},
    findings::{self, Found},
    run::{Answered, Pending, Run, Wanted},
    view::View,
};

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    All,
    Locks,
    Vacuum,
    Connections,
    Settings,
    Security,
    Indexes,
    Replication,
    Schema,
}

impl Subject {
    /// Groups of rules; none for all of them at once.
    const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::All => &[],
            Self::Locks => &["locks", "sessions"],
            Self::Vacuum => &["vacuum"],
            Self::Connections => &["sessions"],
            Self::Settings => &["settings"],
            Self::Security => &["security"],
            Self::Indexes => &["indexes"],
            Self::Replication => &["replication"],
            Self::Schema => &["schema", "tables"],
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::All => "health",
            Self::Locks => "locks and sessions",
            Self::Vacuum => "vacuum, bloat and wraparound",
            Self::Connections => "sessions and connections",
            Self::Settings => "settings",
            Self::Security => "row-level security, grants and functions",
            Self::Indexes => "indexes",
            Self::Replication => "replication and archiving",
            Self::Schema => "schema and tables",
        }
    }
}

pub(super) fn play(run: &mut Run<'_>, subject: Subject) -> Result<String, Pending> {
    let groups = subject.groups();
    let wanted = match groups {
        [] => vec![Wanted::new("check_health", json!({}))],
        groups => groups.iter().map(|group| Wanted::new("check_health", json!({"only": group}))).collect(),
    };
    let results = run.all("check", wanted)?;
    let cards = if subject == Subject::Security { policies(run)? } else { Vec::new() };
    for result in &results {
        run.gaps_of(result);
    }
    let mut found = findings::collect(&results);
    // What the question names comes first.
    let prose = run.input().prose;
    found.sort_by_key(|found| !is_named(found, &prose));
    let mut answer = findings::show(Answer::new(headline(subject, &results, &found)), &found, run);
    if matches!(run.view, View::Answer | View::Detail) {
        answer = answer.list("Row-level security", cards.iter().flat_map(card_lines));
    }
    Ok(answer.close(&run.gaps, "a number for one finding in full, `why 1`, `more detail`, `apply 1`, `undo script`"))
}

fn headline(subject: Subject, results: &[Answered], found: &[Found]) -> String {
    let name = subject.name();
    let Some(first) = results.iter().find(|result| result.result.is_ok()) else {
        return format!("The {name} could not be checked.");
    };
    let server = first.text("/server").map(|server| format!(" of {server}")).unwrap_or_default();
    let over = match (plain(first, "/tables", Unit::Count), plain(first, "/indexes", Unit::Count)) {
        (Some(tables), Some(indexes)) if subject == Subject::All => {
            format!(" over {tables} tables and {indexes} indexes")
        }
        _ => String::new(),
    };
    let rules = plain(first, "/rules", Unit::Count).filter(|_| results.len() == 1);
    let by = rules.map(|rules| format!(" by {rules} rules{over} ({})", first.source)).unwrap_or_default();
    if found.is_empty() {
        format!("Nothing found in the {name}{server}{by}.")
    } else {
        format!("{} in the {name}{server}{by}: {}.", counted(found.len(), "finding"), findings::tally(found))
    }
}

/// Whether the question speaks of the finding's object.
fn is_named(found: &Found, prose: &str) -> bool {
    let name = found.finding.object.name.to_lowercase();
    let bare = name.rsplit('.').next().unwrap_or_default();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    bare.len() > 2 && prose.split(|c| !is_word(c)).any(|word| word == bare)
}

/// The tables that the question names, as they are protected now.
fn policies(run: &mut Run<'_>) -> Result<Vec<Answered>, Pending> {
    let names = super::describe::names(&run.input());
    if names.is_empty() || !run.offers("describe") {
        return Ok(Vec::new());
    }
    run.all("tables", names.iter().take(3).map(|name| Wanted::new("describe", json!({"name": name}))).collect())
}

fn card_lines(card: &Answered) -> Vec<String> {
    let (Some(schema), Some(name)) = (card.text("/schema"), card.text("/name")) else { return Vec::new() };
    let is = |pointer: &str| card.field(pointer).and_then(Value::as_bool).unwrap_or(false);
    let state = match (is("/row_security"), is("/row_security_forced")) {
        (false, _) => "off",
        (true, false) => "on, but not for the table's owner",
        (true, true) => "on, for the owner too",
    };
    let policies = card.list("/policies").iter().filter_map(|policy| {
        let text = |field: &str| policy.get(field).and_then(Value::as_str);
        let using = text("using").map(|using| format!(" using `{using}`")).unwrap_or_default();
        let check =
            text("check").or_else(|| text("with_check")).map(|check| format!(" check `{check}`")).unwrap_or_default();
        Some(format!(
            "policy {} on {schema}.{name} for {}{using}{check} ({})",
            text("name")?,
            text("command")?,
            card.source
        ))
    });
    std::iter::once(format!("{schema}.{name}: {state} ({})", card.source)).chain(policies).collect()
}
