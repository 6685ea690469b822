//! The only way from here to a change of a database: typed actions, never free SQL.
//!
//! Pure part: arguments or a finding's fix become an [`ActionPlan`] of judged and rendered
//! statements with their locks, their way back and a hash for the approval. Effectful part:
//! [`carry_out`] looks whether the effect is there already, measures, runs with short locks or
//! under a watch, checks the catalog, measures again, and keeps the change or takes it back.
//!
//! What it deliberately does not do: definitions, rows, rights. Those are migrations.

mod args;
mod before;
mod catalog;
mod concurrent;
mod conduct;
mod ended;
mod error;
mod essence;
mod fix;
mod judge;
mod leftover;
mod measure;
mod name;
mod others;
mod output;
mod partitioned;
mod permit;
mod plan;
mod settings;
mod step;
mod timing;
mod tool;
mod transaction;
mod verdict;
mod writer;

pub use args::{ApplyChangeArgs, Change, MaintainArgs, Maintenance, TableOption};
pub use conduct::{carry_out, way_back};
pub use ended::{SessionStart, session_start};
pub use error::ActionError;
pub use fix::{plan_of, sessions_of, with_backend_start};
pub use output::{Changed, Outcome, StatementMeasured};
pub use permit::permit;
pub use plan::{ActionPlan, Expectation};
pub use step::{Lock, Step};
pub use timing::Patience;
pub use tool::{ApplyChange, Maintain, Remember, landed};
pub use verdict::{Fared, Runs};
