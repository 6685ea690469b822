//! PostgreSQL adapter: connections, guarded execution and the typed tools.
//!
//! Three ways to a server under review, and no others:
//!
//! - [`Database::probe`]: SQL of our own, `&'static str` with bind parameters, inside a read-only
//!   transaction that never waits longer than 200 ms for a lock.
//! - [`run_untrusted`]: SQL that a model or a person wrote. The only function of the product that
//!   does; it takes exactly one statement, bounded in rows, bytes and time, always rolled back.
//! - [`GuardedSession`]: the same, several times on one pinned connection, for work that needs
//!   state of the backend (hypothetical indexes).
//!
//! A fourth way writes, and is no free SQL: [`carry_out`] runs typed, judged and approved actions on a
//! connection of its own, where the configuration permits it.
//!
//! [`ScriptSession`] is for databases of our own only: it runs scripts that are compiled in.
//!
//! Every statement of ours carries [`MARK`] after its first keyword, so that the workload of the
//! application can be told from ours.

mod advise;
mod applied;
mod change;
mod check_health;
mod config;
mod connect;
mod database;
mod databases;
mod describe;
mod error;
mod explain;
mod guard;
mod identity;
mod mark;
mod migration_context;
mod nearest;
mod pool;
mod probe;
mod psql;
pub mod role;
mod script;
mod snapshot;
mod table;
mod tune;
mod workload;

pub use advise::{AdviseArgs, AdviseIndexes, AdviseOutput, AdviseSettings, ScratchPlace, Verify};
pub use applied::applied_migrations;
pub use change::{
    ActionError, ActionPlan, ApplyChange, ApplyChangeArgs, Change, Changed, Expectation, Fared, Lock, Maintain,
    MaintainArgs, Maintenance, Outcome, Patience, Remember, Runs, SessionStart, StatementMeasured, Step, TableOption,
    carry_out, landed, permit, plan_of, session_start, sessions_of, way_back, with_backend_start,
};
pub use check_health::{CheckHealth, CheckHealthArgs, Health, check};
pub use config::{Access, DatabaseConfig, Environment};
pub use database::{Database, until_cancelled};
pub use databases::Databases;
pub use describe::{
    Answer, CheckConstraint, ColumnCard, Describe, DescribeArgs, DescribeOutput, ExtensionLine, ForeignKey, IndexCard,
    IndexLine, ListedRelation, Listing, Match, Overview, Partitioning, Policy, Referencing, RelationCard,
    RelationStats, RoutineCard, SchemaLine, SequenceCard, Trigger,
};
pub use error::PgError;
pub use explain::{Explain, ExplainArgs, ExplainOutput, Mode, ParameterSource, Parameters};
pub use guard::{Column, GuardedSession, Limits, Rows, Statement, run_statement, run_untrusted};
pub use identity::Identity;
pub use mark::{APPLICATION_NAME, MARK};
pub use migration_context::migration_context;
pub use nearest::nearest;
pub use probe::{Probe, ProbeLimits};
pub use psql::{Psql, PsqlArgs, PsqlOutput};
pub use script::{ScriptSession, ScriptValue};
pub use snapshot::snapshot;
pub use tune::{Outcome as TuneOutcome, Tried, TuneArgs, TuneOutput, TuneStatement};
pub use workload::{Order, RunningStatement, Workload, WorkloadArgs, WorkloadOutput, WorkloadStatement};
