//! A DO block changes the schema where no rule looks.
//!
//! Fires on `DO $$ BEGIN ALTER TABLE t ADD PRIMARY KEY (a); END $$`; safe: a DO block that only changes rows.

use dbwright_finding::{Finding, Fix, FixKind, Object, ObjectKind, Rule, Severity};

use crate::operation::Operation;
use crate::site::{HazardRule, Site};

pub(crate) const RULE: HazardRule = HazardRule {
    rule: Rule {
        id: "code_block_hides_ddl",
        group: "migrations",
        severity: Severity::Low,
        summary: "A DO block changes the schema where no rule looks: its locks and scans are not judged",
    },
    hazardous: &["DO $$ BEGIN ALTER TABLE t ADD PRIMARY KEY (a); END $$", "DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$"],
    safe: &["DO $$ BEGIN UPDATE t SET a = 1 WHERE b = 2; COMMIT; END $$"],
    once: false,
    check,
};

fn check(site: &Site<'_>) -> Option<Finding> {
    let Operation::Code { changes: Some(word) } = site.operation else { return None };
    let title = format!("DO block with {word}: what it locks and reads was not judged");
    let fix = Fix::advice(
        FixKind::Migration,
        "Write the statements plainly where IF EXISTS or IF NOT EXISTS can do what the block is for; otherwise rehearse \
         the file on a scratch copy, which shows its locks.",
    );
    let object = Object::new(ObjectKind::Migration, site.script.path.clone());
    Some(
        site.finding(&RULE, object, title)
            .why("The body is a string to the grammar, and what it executes may depend on the data.")
            .fix(fix),
    )
}
