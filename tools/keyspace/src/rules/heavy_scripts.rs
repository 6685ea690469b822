//! Scripts that take long, and scripts without number.

use dbwright_finding::{Evidence, Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use super::words::count;
use crate::analysis::{Facts, rounded};

/// EVAL over two milliseconds on average, or a growing script cache.
pub(crate) const RULE: Rule = Rule {
    id: "lua.heavy",
    group: "scripts",
    severity: Severity::Medium,
    summary: "A script runs alone: while it works nobody else is served",
};

/// Scripts in the cache before it looks as if each call built its own.
const SCRIPTS: u64 = 500;

pub(crate) fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let info = &facts.snapshot.info;
    let mut found: Vec<Finding> = info
        .commands()
        .into_iter()
        .filter(|stat| matches!(stat.name.as_str(), "EVAL" | "EVALSHA" | "FCALL") && stat.usec_per_call > 2000.0 && stat.calls >= 5)
        .map(|stat| {
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Script, &stat.name),
                format!("scripts through {} take {:.1} ms each over {} calls", stat.name, stat.usec_per_call / 1000.0, count(stat.calls)),
            )
            .severity(if stat.usec_per_call > 50_000.0 { Severity::High } else { RULE.severity })
            .why("A script is atomic: its loops over keys or elements stop the server for their whole length.")
            .evidence(Evidence::new("INFO commandstats", "calls", stat.calls))
            .evidence(Evidence::new("INFO commandstats", "usec_per_call", rounded(stat.usec_per_call)))
            .fix(Fix::advice(FixKind::Code, "Bound what one call touches, move SCAN loops to the client, and lint the scripts (dbwright lint FILE.lua)."))
        })
        .collect();
    if let Some(scripts) = info.number("number_of_cached_scripts").filter(|number| *number > SCRIPTS) {
        found.push(
            Finding::new(
                &RULE,
                Object::new(ObjectKind::Script, "script cache"),
                format!(
                    "{} scripts are cached: values are built into the script text instead of passed as ARGV",
                    count(scripts)
                ),
            )
            .why("Each different text is compiled and kept until restart or SCRIPT FLUSH.")
            .evidence(Evidence::new("INFO memory", "number_of_cached_scripts", scripts))
            .fix(Fix::advice(
                FixKind::Code,
                "Pass values through KEYS and ARGV, load the script once and call EVALSHA.",
            )),
        );
    }
    found
}
