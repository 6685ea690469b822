//! Index advice over a catalog value and a cost oracle.
//!
//! The way of one run: the adapter reads a [`Catalog`] and the statements; [`analyze`] turns each
//! statement's parse tree into a [`QueryShape`]; [`candidates`] proposes indexes from the shapes,
//! one generator per class of index; [`Search`] asks the adapter what the planner thinks of sets
//! of candidates and settles on a small set; [`Trial`] asks for real executions where a scratch
//! copy exists and keeps what was proven; [`Advice`] carries the result with its DDL, its price
//! and what was rejected and why.
//!
//! Nothing here talks to a server. The search and the trial are state machines: they hand out
//! [`Question`]s and are fed answers, so that the adapter decides how to get them (hypopg, real
//! indexes on a scratch copy) and may stop at any time with the best set so far.

mod advice;
mod candidate;
mod candidates;
mod catalog;
mod conclude;
mod ddl;
mod error;
mod findings;
mod normal;
mod price;
mod redundancy;
mod rewrites;
mod search;
mod shape;
mod size;
mod trial;

pub use advice::{Advice, AdvisedIndex, Droppable, Gain, Rejected, Replaced, Rewrite, Skipped, Verified};
pub use candidate::{Candidate, CandidateClass, Direction, IndexKey, KeyExpression, Method};
pub use candidates::{Proposals, candidates};
pub use catalog::{
    Catalog, Column, CommonValue, ForeignKey, Index, IndexColumn, Table, TableKind, TableName, WriteCounters,
};
pub use conclude::{AdvisedStatement, Conclusion, conclude};
pub use ddl::{
    create_statements, drop_statement, hypothetical_statement, index_name, plain_create_statement, undo_statement,
};
pub use error::ShapeError;
pub use findings::{HIDDEN_COLUMN, MISSING_INDEX, RULES, SUPERFLUOUS_INDEX, findings};
pub use price::{TableWrites, WriteMix, WritePrice};
pub use redundancy::{Redundant, covered_by, covers, redundant};
pub use rewrites::rewrites;
pub use search::{Answer, Limits, PlanCost, Question, Search, SearchCandidate, Selection, Step, WeightedQuery};
pub use shape::{
    ImpliedStatement, ParameterUse, Predicate, PredicateKind, QueryShape, RelationUse, SortKey, Value, analyze,
    implied_statements,
};
pub use size::estimated_bytes;
pub use trial::{Run, Trial, TrialQuestion, TrialStep, Verdict};
