//! The tools that belong to the specialist itself: its skills, the way to hand over, and what
//! puts several engines together.

mod applied;
mod escalate;
mod gather;
mod learn_changes;
mod lint_migration;
mod load_skill;
mod report;
mod scan_code;
mod scripts;

pub use escalate::{Escalate, Escalation, HandOver};
pub use gather::{blocking, convention, gather};
pub use learn_changes::LearnChanges;
pub use lint_migration::{LintMigration, LintMigrationArgs, LintReport};
pub use load_skill::LoadSkill;
pub use scan_code::{CodeReport, ScanCode, ScanCodeArgs};
pub use scripts::{Chain, Gathered, Surroundings, surroundings};

use report::findings_text;
